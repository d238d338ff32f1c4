"""Reads of one kind that are answered together, and waits that sleep until they read again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.kinds import Thing

K = TypeVar("K", bound=Thing)


@dataclass
class Batch(Generic[K]):
    """Reads that are answered together: by id, whoever waits for them."""

    waiting: dict[str, list[asyncio.Future[K]]] = field(default_factory=lambda: defaultdict(list))
    answered: int = 0

    def answer(self, id: str, value: K) -> None:
        """Give all who wait for it what was read."""
        for future in self.waiting.pop(id, ()):
            if not future.done():
                future.set_result(value)
                self.answered += 1

    def fail(self, id: str, error: PineconeError) -> None:
        """Give all who wait for it an error."""
        for future in self.waiting.pop(id, ()):
            if not future.done():
                future.set_exception(error)

    def fail_all(self, error: PineconeError) -> None:
        """Give all who still wait an error."""
        for id in list(self.waiting):
            self.fail(id, error)

    def drop_cancelled(self) -> None:
        """Forget what nobody waits for any more."""
        for id, futures in list(self.waiting.items()):
            if all(future.done() for future in futures):
                del self.waiting[id]


@dataclass(eq=False)
class Sleeper:
    """A wait between two looks."""

    awake: asyncio.Future[None]
    since: float
    seconds: float

    def has_slept(self, share: float, *, now: float) -> bool:
        """Whether so much of its pause is over."""
        return now - self.since >= share * self.seconds

    def wake(self) -> None:
        """Let it look now."""
        if not self.awake.done():
            self.awake.set_result(None)
