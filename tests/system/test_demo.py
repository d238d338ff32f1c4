"""``make demo`` as a user runs it: what it shows, how it fails, and that it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MARK = "MARK_OF_THE_DEMO"


class Demo:
    """
    A running demo.

    What it started is found again by a mark in the environment, or, since some of Airflow's processes write
    their title over their environment, by the sessions that its children were seen in.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._mark = uuid.uuid4().hex
        self._output: list[str] = []
        self._sessions: set[int] = set()
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tests.system.demo", "--directory", str(directory)],
            cwd=REPOSITORY,
            env={**os.environ, MARK: self._mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, pattern: str) -> str:
        """Return the first group of the first line that matches; the demo ends by itself if none comes."""
        for line in self._lines():
            if found := re.search(pattern, line):
                return found[1] if found.groups() else found[0]
        raise AssertionError(f"The demo never said {pattern!r} but:\n{''.join(self._output)}")

    def end(self) -> tuple[int, str]:
        """Return the exit code and all that it printed."""
        for _ in self._lines():
            pass
        output = "".join(self._output)
        print(output)
        return self._popen.wait(), output

    def send(self, signum: signal.Signals) -> None:
        self._popen.send_signal(signum)

    def _lines(self) -> Iterator[str]:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            self._output.append(line)
            with suppress(psutil.Error, ProcessLookupError):
                children = psutil.Process(self._popen.pid).children()
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


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path)
    yield demo
    for process in demo.running():
        process.kill()


def test_the_demo_backs_up_and_restores_and_leaves_nothing_behind(demo: Demo) -> None:
    exit_code, output = demo.end()

    assert exit_code == 0
    assert re.search(r"^  backup_id +[0-9a-f-]{36}$", output, re.MULTILINE)
    assert re.search(r"^  restore_job_id +[0-9a-f-]{36}$", output, re.MULTILINE)
    assert re.search(r"^  restored index +movies-restored$", output, re.MULTILINE)
    assert re.search(r"^  records +1000$", output, re.MULTILINE)
    for step in ("start Airflow", "back up", "restore", "compare"):
        assert re.search(rf"^  {step} +\d+\.\d s$", output, re.MULTILINE)
    assert "back_up[movies]: deferred" in output
    assert "restore: deferred" in output
    assert demo.running() == []
    assert list(demo.directory.iterdir()) == []


def test_a_backup_that_fails_is_told_with_its_reason_and_log(demo: Demo) -> None:
    emulator = demo.wait_for(r"emulator listens on (\S+)")
    settings = {"next_backups": ["InitializationFailed"]}
    httpx.put(f"{emulator}/_emulator/settings", json=settings, trust_env=False).raise_for_status()

    exit_code, output = demo.end()

    assert exit_code == 1
    reason, log = re.findall(r"^(?:The demo failed|Log): (.*)$", output, re.MULTILINE)
    assert re.match(r"back_up\[.*\] of pinecone_nightly_backup failed: ", reason)
    assert "InitializationFailed" in reason
    assert "InitializationFailed" in Path(log).read_text()
    assert "backup_id " not in output
    assert demo.running() == []


def test_a_scheduler_that_is_killed_is_named_instead_of_waited_for(demo: Demo) -> None:
    demo.wait_for(r"back_up\[.*\]: running")
    for scheduler in demo.running("airflow scheduler"):
        scheduler.kill()

    exit_code, output = demo.end()

    assert exit_code == 1
    assert "\nThe demo failed: The scheduler was killed by SIGKILL\n" in output
    log = re.search(r"^Log: (.*)$", output, re.MULTILINE)
    assert log is not None
    assert Path(log[1]).name == "scheduler.log"
    assert demo.running() == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_ends_all_that_it_started(demo: Demo, signum: signal.Signals) -> None:
    demo.wait_for("the database is made")
    demo.send(signum)

    exit_code, output = demo.end()

    assert exit_code == 130
    assert "Nothing is left running." in output
    assert demo.running() == []
    assert list(demo.directory.iterdir()) == []
