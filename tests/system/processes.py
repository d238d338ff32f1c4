"""Run programs in sessions of their own, notice when one dies, and leave nothing of them behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.system import guard, sessions

GRACE_SECONDS = 5.0
"""How long a program may take to end after TERM before it is killed."""


class LoggedError(Exception):
    """
    A failure whose cause stands in a log.

    :param message: the reason, in one line.
    :param log: the file to read on in.
    :param lines: what to show of it; its last lines if nothing better is known.
    """

    def __init__(self, message: str, *, log: Path, lines: Sequence[str] | None = None) -> None:
        super().__init__(message)
        self.log = log
        self.lines = last_lines(log) if lines is None else list(lines)


class ProcessDiedError(LoggedError):
    """A program that should be running has ended."""

    def __init__(self, name: str, exit_code: int, log: Path) -> None:
        how = f"was killed by {signal.Signals(-exit_code).name}" if exit_code < 0 else f"exited {exit_code}"
        super().__init__(f"The {name} {how}", log=log)


class Process:
    """
    A program with its output in a file, in a session of its own.

    A session rather than a process group: Airflow puts every running task into another group, and it is
    the session that the task cannot leave by that.
    """

    def __init__(self, name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._env = dict(env)
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the program's first process, which is also the id of its session."""
        if self._popen is None:
            raise RuntimeError(f"The {self.name} was not started")
        return self._popen.pid

    def start(self) -> None:
        """Start the program; what it prints is appended to its log."""
        with self.log.open("ab") as log, sessions.uninterrupted():
            self._popen = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
            )
            guard.begun(self._popen.pid)

    def wait(self, timeout: float) -> int:
        """Return the exit code of a program that ends by itself within ``timeout`` seconds."""
        if self._popen is None:
            raise RuntimeError(f"The {self.name} was not started")
        return self._popen.wait(timeout)

    def check(self) -> None:
        """:raises ProcessDiedError: if the program was started and has ended."""
        if self._popen is not None and (exit_code := self._popen.poll()) is not None:
            raise ProcessDiedError(self.name, exit_code, self.log)

    def kill(self) -> None:
        """Kill the program and all that it started, as the loss of its machine would."""
        stop([self], grace=0)

    def signal_all(self, signum: signal.Signals) -> bool:
        """Send a signal to every living process of the session; return whether there was one."""
        if self._popen is None:
            return False
        return sessions.send(signum, session=self._popen.pid)

    def alive(self) -> bool:
        """Whether any process of the session still lives."""
        return self._popen is not None and bool(sessions.members(self._popen.pid))

    def forget(self) -> None:
        """Take note that the whole session has been ended: its end will not be reported as a death."""
        if self._popen is not None:
            guard.ended(self._popen.pid)
            self._popen.wait()
            self._popen = None


def stop(processes: Iterable[Process], *, grace: float = GRACE_SECONDS) -> None:
    """
    End the programs and all that they started: TERM first, KILL after ``grace`` seconds.

    An interrupt in the meantime shortens the grace, not the work.
    """
    remaining = list(processes)
    try:
        if grace:
            for process in remaining:
                process.signal_all(signal.SIGTERM)
            _wait_until_gone(remaining, grace)
    finally:
        deadline = time.monotonic() + GRACE_SECONDS
        # More than once: a process may be born between the listing and the kill.
        while living := [process.name for process in remaining if process.signal_all(signal.SIGKILL)]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"Still running after KILL: {', '.join(living)}")
            time.sleep(0.05)
        for process in remaining:
            process.forget()


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def last_lines(log: Path, count: int = 15) -> list[str]:
    """Return the end of a log, without trailing space; of a log that is not there, nothing."""
    if not log.is_file():
        return []
    return [line.rstrip() for line in log.read_text(errors="replace").splitlines()[-count:]]


def _wait_until_gone(processes: Sequence[Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(process.alive() for process in processes):
        time.sleep(0.1)
