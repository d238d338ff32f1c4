"""Reads one kind of object for many waits: from pages of a listing if that needs fewer requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Generic

from airflow_provider_pinecone.api.errors import (
    PineconeConnectionError,
    PineconeError,
    PineconeNotFoundError,
    PineconeRateLimitedError,
)
from airflow_provider_pinecone.api.models import Page
from airflow_provider_pinecone.flows.kinds import K, Kind
from airflow_provider_pinecone.flows.steps import AwaitChange
from airflow_provider_pinecone.policies.batching import ListingCost
from airflow_provider_pinecone.triggers._sleepers import Sleepers
from airflow_provider_pinecone.triggers._waiter import Batch, Waiter

log = logging.getLogger(__name__)


WINDOW_OF_EACH = 0.05
LONGEST_WINDOW = 2.0
"""Seconds that a batch stays open for further reads: longer if there are more waits, but no longer than the
shortest pause between two polls."""

MOST_REFUSALS = 3
"""Listings rejected in a row with 429 after which objects are read one by one."""

AT_A_TIME = 100
"""Waits to wake before the event loop may run something else."""

NEARLY_DUE = 0.5
"""The share of its pause after which a sleeping wait counts in favour of a listing."""

RESTED = 0.1
"""The share of its pause after which a sleeping wait shares a listing made for others."""


class Reader(Generic[K]):
    """Reads one kind of object for all waits on a connection.

    :param send: sends a call once.
    :param start: starts a task that belongs to no single wait.
    """

    def __init__(
        self,
        kind: Kind[K],
        send: Callable[..., Coroutine[Any, Any, Any]],
        *,
        start: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._kind = kind
        self._send = send
        self._start = start
        self._batch: Batch[K] | None = None
        self._sleepers: Sleepers[K] = Sleepers(on_due=self._read_together)
        self._known: dict[str, K] = {}
        self._wanted: set[str] = set()
        self._pages: dict[str | None, dict[bytes, Page[K]]] = {}
        self._cost = ListingCost()
        self._refused_listings = 0
        self._loop = asyncio.get_running_loop()

    async def read(self, id: str) -> K:
        """Read one object, together with others that are read soon."""
        waiter = Waiter(id, self._loop.create_future())
        self._read_together([waiter], window=WINDOW_OF_EACH)
        return await answer_of(waiter.awake)

    async def await_change(self, step: AwaitChange[K]) -> asyncio.Future[K]:
        """Sleep and poll until something is new, or a poll fails. :return: what was read."""
        waiter = Waiter(step.id, self._loop.create_future(), step.seen, step.pause)
        self._sleepers.add(waiter, step.pause() or 0.0)
        try:
            await asyncio.wait([waiter.awake])
        finally:
            waiter.awake.cancel()
            self._sleepers.discard(waiter)
        return waiter.awake

    def _read_together(self, waiters: list[Waiter[K]], *, window: float = 0.0) -> None:
        """Read for these waiters, and for those that join in time.

        :param window: seconds to wait for others to join, per existing wait.
        """
        if self._batch is None:
            self._batch = Batch()
            self._start(self._serve(self._batch, window=window))
        self._batch.add(waiters)

    async def _serve(self, batch: Batch[K], *, window: float) -> None:
        """Answer every read of a batch with a value or an error, whatever happens here."""
        try:
            waits = len(self._sleepers) + len(batch.waiting)
            await asyncio.sleep(min(window * waits, LONGEST_WINDOW))
            self._take_along(batch)
            self._batch = None
            batch.drop_cancelled()
            if self._cost.is_worth_it(len(batch.waiting)):
                await self._serve_from_listing(batch)
            else:
                self._cost.forget()
            # What the listing omits.
            await asyncio.gather(*(self._serve_one(id, batch) for id in list(batch.waiting)))
        except PineconeError as error:
            batch.fail_all(error)
        except Exception:
            log.exception("The reader of each %s for all waits failed.", self._kind.name)
        finally:
            if self._batch is batch:
                self._batch = None
            batch.fail_all(
                PineconeConnectionError(
                    "The reader for all waits failed", method="GET", path=f"({self._kind.name})"
                )
            )

    def _take_along(self, batch: Batch[K]) -> None:
        """Also read for sleeping waits if a listing is likely: it answers them at no extra cost."""
        if self._cost.is_worth_it(len(batch.waiting) + self._sleepers.count(NEARLY_DUE)):
            batch.add(self._sleepers.take(RESTED))

    async def _serve_from_listing(self, batch: Batch[K]) -> None:
        """Answer what the listing holds. If it cannot be read, the rest is read one by one."""
        if self._refused_listings >= MOST_REFUSALS:
            await self._read_one_first(batch)
            self._refused_listings = 0
            self._cost.learn(pages=len(batch.waiting), is_whole=False)
            return
        try:
            await self._read_listing(batch)
        except PineconeRateLimitedError:
            self._refused_listings += 1
            raise
        except PineconeError as error:
            self._cost.learn(pages=len(batch.waiting), is_whole=False)
            try:
                await self._read_one_first(batch)
            except PineconeError:
                raise error from None
        self._refused_listings = 0

    async def _read_one_first(self, batch: Batch[K]) -> None:
        """Read one object by its id first: in an outage, one failed request serves a thousand waits."""
        id = next(iter(batch.waiting))
        try:
            self._answer(batch, id, await self._send(self._kind.describe(id), attempts=1))
        except PineconeNotFoundError as missing:
            batch.fail(id, missing)

    async def _read_listing(self, batch: Batch[K]) -> None:
        wanted, pages, token = self._want(batch), 0, None
        known_pages, self._pages = self._pages, {}
        while pages < wanted:
            memo = self._pages[token] = known_pages.get(token, {})
            call = self._kind.page(token, wanted=self._wanted, known=self._known, memo=memo)
            page = await self._send(call, attempts=1)
            pages += 1
            woken = 0
            for item in page.items:
                id = self._kind.id_of(item)
                self._known[id] = item
                woken += self._answer(batch, id, item)
                if woken >= AT_A_TIME:
                    woken = 0
                    await asyncio.sleep(0)
            token = page.next
            if token is None or not batch.waiting:
                break
        self._cost.learn(pages=pages, is_whole=token is None or not batch.waiting)

    def _want(self, batch: Batch[K]) -> int:
        """Prepare to find what a batch waits for. :return: how many objects."""
        wanted = batch.waiting.keys()
        if not wanted <= self._wanted:
            # The remembered pages omit rows that are wanted now.
            self._pages.clear()
            self._wanted |= wanted
        if len(self._wanted) > 2 * len(wanted) + AT_A_TIME:
            self._wanted = set(wanted)
            self._known = {id: known for id, known in self._known.items() if id in wanted}
        return len(wanted)

    async def _serve_one(self, id: str, batch: Batch[K]) -> None:
        try:
            self._answer(batch, id, await self._send(self._kind.describe(id), attempts=1))
        except PineconeError as error:
            batch.fail(id, error)

    def _answer(self, batch: Batch[K], id: str, thing: K) -> int:
        """Hand what was read to all its waiters. :return: how many wake."""
        woken = 0
        for waiter in batch.waiting.get(id, ()):
            seconds = waiter.answer(thing)
            if seconds is None:
                woken += 1
            else:
                self._sleepers.add(waiter, seconds)
        # Only now: if something fails above, the remaining waiters still get the error.
        batch.waiting.pop(id, None)
        return woken


async def answer_of(read: asyncio.Future[K]) -> K:
    """What was read. :raises PineconeError: if it could not be read."""
    try:
        return await read
    except PineconeError as error:
        # Many waits raise the same error, and each would add its frames to its traceback.
        raise error.with_traceback(None) from None
