"""Programs started by the system tests: noticed when they die, and ended with all that they started."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.system.processes import Process, ProcessDiedError, stop
from tests.system.sessions import uninterrupted

# A program that will not end by TERM, with a child in a process group of its own that will not either.
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgid(0, 0)
print(os.getpid(), flush=True)
time.sleep(60)
"""


def start(tmp_path: Path, program: str) -> Process:
    process = Process(
        "program", [sys.executable, "-c", program], log=tmp_path / "program.log", env=os.environ
    )
    process.start()
    return process


def pids_printed(process: Process, count: int) -> list[int]:
    deadline = time.monotonic() + 10
    while len(lines := process.log.read_text().split()) < count:
        assert time.monotonic() < deadline, "the program did not say that it runs"
        time.sleep(0.05)
    return [int(line) for line in lines]


def runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_program_that_ignores_term_is_killed_with_its_child_in_another_process_group(
    tmp_path: Path,
) -> None:
    process = start(tmp_path, STUBBORN)
    pids = pids_printed(process, 2)

    stop([process], grace=0.3)

    assert not process.alive()
    assert not any(runs(pid) for pid in pids)


def test_a_program_may_end_by_itself_after_term(tmp_path: Path) -> None:
    program = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye')))\n"
    process = start(tmp_path, program + "print(1, flush=True)\ntime.sleep(60)")
    pids_printed(process, 1)

    stop([process])

    assert process.log.read_text() == "1\nbye\n"


def test_a_program_that_was_killed_is_named_with_the_signal_its_log_and_its_last_words(
    tmp_path: Path,
) -> None:
    process = start(tmp_path, "print('about to die'); import os; os.abort()")
    process.wait(10)

    with pytest.raises(ProcessDiedError, match=r"^The program was killed by SIGABRT$") as raised:
        process.check()

    assert raised.value.log == tmp_path / "program.log"
    assert raised.value.lines == ["about to die"]


def test_what_the_dead_first_process_has_left_running_is_ended(tmp_path: Path) -> None:
    process = start(
        tmp_path, "import os, time\nif os.fork() == 0: print(os.getpid(), flush=True); time.sleep(60)"
    )
    [orphan] = pids_printed(process, 1)
    process.wait(10)

    assert process.alive()
    assert runs(orphan)
    stop([process])

    assert not runs(orphan)


def test_what_a_killed_starter_had_running_goes_with_it(tmp_path: Path) -> None:
    starter = f"""
import os, signal, sys
from pathlib import Path
from tests.system.processes import Process
process = Process(
    "program", [sys.executable, "-c", {STUBBORN!r}], log=Path({str(tmp_path)!r}) / "inner.log", env=os.environ
)
process.start()
while process.log.read_text().count("\\n") < 2: pass
print(*process.log.read_text().split(), sep="\\n", flush=True)
signal.pause()
"""
    process = start(tmp_path, starter)
    pids = pids_printed(process, 2)
    assert all(runs(pid) for pid in pids)

    os.kill(process.pid, signal.SIGKILL)

    deadline = time.monotonic() + 10
    while any(runs(pid) for pid in pids):
        assert time.monotonic() < deadline, "the guard did not end what was left"
        time.sleep(0.05)
    stop([process])


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Interrupts raise, also in a test run that a shell started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_while_a_program_is_being_started_comes_after_it_is_noted_down(
    interruptible: None,
) -> None:
    noted = False
    with pytest.raises(KeyboardInterrupt), uninterrupted():  # noqa: PT012 - it comes at the end
        signal.raise_signal(signal.SIGINT)
        noted = True

    assert noted
