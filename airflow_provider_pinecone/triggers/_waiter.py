"""One that waits for a thing to be read, and those that are answered together."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.kinds import K


def _at_once() -> None:
    """Come back whatever was read."""


@dataclass(eq=False, slots=True)
class Waiter(Generic[K]):
    """One that waits for a thing: for one reading, or until it has changed.

    :param awake: gets what was read.
    :param seen: what it has seen before.
    :param pause: seconds to sleep on after a reading that found the same; None: come back.
    :param since: since when it sleeps, by the event loop's clock.
    :param due: until when.
    """

    id: str
    awake: asyncio.Future[K]
    seen: K | None = None
    pause: Callable[[], float | None] = _at_once
    since: float = 0.0
    due: float = 0.0

    def has_slept(self, share: float, *, now: float) -> bool:
        """Whether so much of its pause is over."""
        return now - self.since >= share * (self.due - self.since)

    def answer(self, thing: K) -> float | None:
        """Give it what was read. :return: seconds that it sleeps on; None if it wakes."""
        if self.awake.done():
            return None
        if thing is self.seen or thing == self.seen:
            seconds = self.pause()
            if seconds is not None:
                return seconds
        self.awake.set_result(thing)
        return None

    def fail(self, error: PineconeError) -> None:
        """Wake it with an error."""
        if not self.awake.done():
            self.awake.set_exception(error)


@dataclass
class Batch(Generic[K]):
    """Waiters that are answered together, by what they wait for."""

    waiting: dict[str, list[Waiter[K]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, waiters: list[Waiter[K]]) -> None:
        """Answer these, too."""
        for waiter in waiters:
            self.waiting[waiter.id].append(waiter)

    def fail(self, id: str, error: PineconeError) -> None:
        """Give all who wait for it an error."""
        for waiter in self.waiting.pop(id, ()):
            waiter.fail(error)

    def fail_all(self, error: PineconeError) -> None:
        """Give all who still wait an error."""
        for id in list(self.waiting):
            self.fail(id, error)

    def drop_cancelled(self) -> None:
        """Forget what nobody waits for any more."""
        for id, waiters in list(self.waiting.items()):
            if all(waiter.awake.done() for waiter in waiters):
                del self.waiting[id]
