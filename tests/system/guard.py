"""
A process that ends what its starter could not: when the starter is killed, what it had running goes with it.

It reads from a pipe which sessions have begun (``+123``) and ended (``-123``). When the pipe's other end is
gone, however that came, it kills the sessions that are left.
"""

from __future__ import annotations

import atexit
import signal
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import IO

from tests.system.sessions import send

REPOSITORY = Path(__file__).resolve().parents[2]


def begun(session: int) -> None:
    """Have a session killed when this process ends without having ended it."""
    _tell(f"+{session}")


def ended(session: int) -> None:
    """Forget a session: its number may be another's one day."""
    _tell(f"-{session}")


def sessions_left(lines: Iterable[str]) -> set[int]:
    """Return the sessions that have begun and not ended."""
    left: set[int] = set()
    for line in lines:
        change = left.add if line.startswith("+") else left.discard
        change(int(line[1:]))
    return left


def main() -> None:
    """Wait for the end of the pipe, then kill what is left, more than once: it may be giving birth."""
    for session in sessions_left(sys.stdin):
        while send(signal.SIGKILL, session=session):
            pass


def _tell(line: str) -> None:
    pipe = _pipe()
    pipe.write(f"{line}\n")
    pipe.flush()


@cache
def _pipe() -> IO[str]:
    guard = subprocess.Popen(
        [sys.executable, "-m", "tests.system.guard"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    atexit.register(guard.communicate)
    assert guard.stdin is not None
    return guard.stdin


if __name__ == "__main__":
    main()
