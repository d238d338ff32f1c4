"""Waits between two polls, with one alarm for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic

from airflow_provider_pinecone.flows.kinds import K
from airflow_provider_pinecone.triggers._waiter import Waiter


class Sleepers(Generic[K]):
    """The sleeping waiters.

    :param on_due: called with the waiters whose pause is over.
    """

    def __init__(self, *, on_due: Callable[[list[Waiter[K]]], None]) -> None:
        self._on_due = on_due
        self._asleep: set[Waiter[K]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def __len__(self) -> int:
        return len(self._asleep)

    def add(self, waiter: Waiter[K], seconds: float) -> None:
        """Put a waiter to sleep."""
        waiter.since = self._loop.time()
        waiter.due = waiter.since + seconds
        self._asleep.add(waiter)
        if self._alarm is None or waiter.due < self._alarm.when():
            self._set_alarm(waiter.due)

    def discard(self, waiter: Waiter[K]) -> None:
        """Forget a waiter."""
        self._asleep.discard(waiter)
        if not self._asleep and self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def count(self, share: float) -> int:
        """How many have slept this share of their pause."""
        now = self._loop.time()
        return sum(waiter.has_slept(share, now=now) for waiter in self._asleep)

    def take(self, share: float) -> list[Waiter[K]]:
        """Remove and return those that have slept this share of their pause."""
        now = self._loop.time()
        taken = [waiter for waiter in self._asleep if waiter.has_slept(share, now=now)]
        self._asleep.difference_update(taken)
        return taken

    def _set_alarm(self, due: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        due = self.take(1.0)
        if self._asleep:
            self._set_alarm(min(waiter.due for waiter in self._asleep))
        if due:
            self._on_due(due)
