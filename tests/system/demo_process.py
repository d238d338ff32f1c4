"""``make demo`` and ``make up`` as a user runs them, and what still runs of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parents[2]
MARK = "MARK_OF_THE_DEMO"


class Demo:
    """
    A running demo, in a process group of its own.

    :param command: what to run instead, such as ``make up``.

    What it started is found again by a mark in the environment, or, since some of Airflow's processes write
    their title over their environment, by the sessions that its children were seen in.
    """

    def __init__(self, directory: Path, command: Sequence[str] = ()) -> None:
        self.directory = directory
        self._mark = uuid.uuid4().hex
        self._output: list[str] = []
        self._sessions: set[int] = set()
        self._popen = subprocess.Popen(
            command or [sys.executable, "-m", "tests.system.demo", "--directory", str(directory)],
            cwd=REPOSITORY,
            env={**os.environ, MARK: self._mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )

    def wait_for(self, pattern: str) -> str:
        """Return the first group of the first line that matches; the demo ends by itself if none comes."""
        for line in self._lines():
            if found := re.search(pattern, line):
                return found[1] if found.groups() else found[0]
        raise AssertionError(f"It never said {pattern!r} but:\n{self.output}")

    @property
    def output(self) -> str:
        """All that it has printed so far."""
        return "".join(self._output)

    def end(self) -> tuple[int, str]:
        """Return the exit code and all that it printed."""
        for _ in self._lines():
            pass
        # `make up` shows the emulator's key, and no test may.
        print(re.sub(r"pcsk_\w+", "pcsk_...", self.output))
        return self._popen.wait(), self.output

    def send(self, signum: signal.Signals) -> None:
        self._popen.send_signal(signum)

    def press_ctrl_c(self) -> None:
        """Interrupt the command and all that it waits for, as a terminal does."""
        os.killpg(self._popen.pid, signal.SIGINT)

    def _lines(self) -> Iterator[str]:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            self._output.append(line)
            with suppress(psutil.Error, ProcessLookupError):
                children = psutil.Process(self._popen.pid).children(recursive=True)
                # A child that was only just forked is in our own session still.
                self._sessions |= {os.getsid(child.pid) for child in children} - {os.getsid(0)}
            yield line

    def running(self, words: str = "") -> list[psutil.Process]:
        """Return what still runs of it, if its command line has these words."""
        return [process for process in psutil.process_iter() if self._is_ours(process, words)]

    def _is_ours(self, process: psutil.Process, words: str) -> bool:
        with suppress(psutil.Error, ProcessLookupError):
            ours = process.environ().get(MARK) == self._mark or os.getsid(process.pid) in self._sessions
            alive = process.status() != psutil.STATUS_ZOMBIE
            return ours and alive and words in " ".join(process.cmdline())
        return False


@contextmanager
def running_demo(directory: Path, command: Sequence[str] = ()) -> Iterator[Demo]:
    """Start the demo, or another command; whatever is left of it in the end is killed."""
    demo = Demo(directory, command)
    yield demo
    for process in demo.running():
        process.kill()
