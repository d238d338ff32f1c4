"""A waiter for one object, and batches of waiters that one listing answers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.kinds import K


def _at_once() -> None:
    """Wake whatever was read."""


@dataclass(eq=False, slots=True)
class Waiter(Generic[K]):
    """Waits for one reading of an object, or until the object has changed.

    :param awake: receives what was read.
    :param seen: what it saw last.
    :param pause: seconds to sleep on after a reading that found nothing new; None wakes it.
    :param since: when it fell asleep, by the event loop's clock.
    :param due: when its pause ends.
    """

    id: str
    awake: asyncio.Future[K]
    seen: K | None = None
    pause: Callable[[], float | None] = _at_once
    since: float = 0.0
    due: float = 0.0

    def has_slept(self, share: float, *, now: float) -> bool:
        """Whether this share of its pause is over."""
        return now - self.since >= share * (self.due - self.since)

    def answer(self, thing: K) -> float | None:
        """Hand over what was read. :return: seconds to sleep on; None if it wakes."""
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
    """Waiters to answer together, by the id they wait for."""

    waiting: dict[str, list[Waiter[K]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, waiters: list[Waiter[K]]) -> None:
        """Add waiters."""
        for waiter in waiters:
            self.waiting[waiter.id].append(waiter)

    def fail(self, id: str, error: PineconeError) -> None:
        """Wake all waiters for an id with an error."""
        for waiter in self.waiting.pop(id, ()):
            waiter.fail(error)

    def fail_all(self, error: PineconeError) -> None:
        """Wake all remaining waiters with an error."""
        for id in list(self.waiting):
            self.fail(id, error)

    def drop_cancelled(self) -> None:
        """Drop ids that nobody waits for any more."""
        for id, waiters in list(self.waiting.items()):
            if all(waiter.awake.done() for waiter in waiters):
                del self.waiting[id]
