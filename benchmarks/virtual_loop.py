"""An event loop whose clock jumps to whatever is due next, so that hours of waiting take seconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _NoWaiting:
    """A selector that lets the clock jump, where the real one would wait."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> Any:
        events = self._real.select(0)
        if not events and timeout:
            self._loop.now += timeout
        return events

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop. Nothing in it may wait for a socket."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_NoWaiting(self))  # type: ignore[arg-type] # it has a selector's methods

    def time(self) -> float:
        """Seconds since the loop began."""
        return self.now


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run something in a loop of its own."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
