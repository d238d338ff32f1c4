"""Sessions of processes: who is in one, and a signal to all of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import psutil

INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def members(session: int) -> list[int]:
    """Return the ids of the session's living processes; zombies do not count."""
    return [pid for pid in psutil.pids() if _session_of(pid) == session and not _is_zombie(pid)]


def send(signum: signal.Signals, *, session: int) -> bool:
    """Send a signal to all of a session; return whether there was anybody."""
    pids = members(session)
    for pid in pids:
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            continue  # it has ended by itself
    return bool(pids)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """
    Hold interrupts back until the block is done, in the main thread.

    For a program that is started but not yet noted down is one that nobody ends.
    """
    held: list[int] = []

    def hold(signum: int, frame: FrameType | None) -> None:
        held.append(signum)

    handlers = {signum: signal.signal(signum, hold) for signum in INTERRUPTS}
    try:
        yield
    finally:
        for signum, handler in handlers.items():
            signal.signal(signum, handler)
    for caught in held:
        signal.raise_signal(caught)


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _is_zombie(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
