"""Reads things of one kind for many waits: from pages of a listing if that is cheaper than one by one."""

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
"""Seconds that a batch stays open for reads that fall due soon after its first one: the longer the more waits
there are, and no longer than the shortest pause between two looks."""

MOST_REFUSALS = 3
"""Listings in a row that were asked for too often, after which things are read one by one, if that is let."""

AT_A_TIME = 100
"""Waits that are woken before the event loop gets to do something else."""

NEARLY_DUE = 0.5
"""Which part of its pause a wait has slept when it speaks for a listing that others need now."""

RESTED = 0.1
"""Which part of its pause a wait has slept at least when it comes along with a listing made for others."""


class Reader(Generic[K]):
    """Reads one kind for all waits on a connection.

    :param send: sends a call once.
    :param start: does something in the name of all waits.
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
        """Read one thing, with whatever else is read soon."""
        waiter = Waiter(id, self._loop.create_future())
        self._read_together([waiter], window=WINDOW_OF_EACH)
        return await answer_of(waiter.awake)

    async def await_change(self, step: AwaitChange[K]) -> asyncio.Future[K]:
        """Sleep, and read, until that finds something new, or fails. :return: what was read."""
        waiter = Waiter(step.id, self._loop.create_future(), step.seen, step.pause)
        self._sleepers.add(waiter, step.pause() or 0.0)
        try:
            await asyncio.wait([waiter.awake])
        finally:
            waiter.awake.cancel()
            self._sleepers.discard(waiter)
        return waiter.awake

    def _read_together(self, waiters: list[Waiter[K]], *, window: float = 0.0) -> None:
        """Read for these, and for whoever comes within a time.

        :param window: seconds to wait for others, for each wait that there is.
        """
        if self._batch is None:
            self._batch = Batch()
            self._start(self._serve(self._batch, window=window))
        self._batch.add(waiters)

    async def _serve(self, batch: Batch[K], *, window: float) -> None:
        """Answer all reads of a batch: each gets its value or an error, whatever happens here."""
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
            # A listing lags, and leaves some out.
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
                    "the reader for all waits failed.", method="GET", path=f"({self._kind.name})"
                )
            )

    def _take_along(self, batch: Batch[K]) -> None:
        """Read for those that sleep, too, if a listing is likely: it answers them at no further cost."""
        if self._cost.is_worth_it(len(batch.waiting) + self._sleepers.count(NEARLY_DUE)):
            batch.add(self._sleepers.take(RESTED))

    async def _serve_from_listing(self, batch: Batch[K]) -> None:
        """Answer what the listing holds. One that cannot be read is no reason not to read one by one."""
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
        """Read one thing by its id: in an outage a thousand waits need not find out, each by itself."""
        id = next(iter(batch.waiting))
        try:
            self._answer(batch, id, await self._send(self._kind.describe(id), attempts=1))
        except PineconeNotFoundError as missing:
            batch.fail(id, missing)

    async def _read_listing(self, batch: Batch[K]) -> None:
        wanted, pages, token = self._want(batch), 0, None
        while pages < wanted:
            memo = self._pages.setdefault(token, {})
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
        """Make ready to find what a batch waits for. :return: how many things that are."""
        wanted = batch.waiting.keys()
        if not wanted <= self._wanted:
            # The pages as they were read left rows out that are wanted now.
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
        """Give all who wait for it what was read. :return: how many it wakes."""
        woken = 0
        for waiter in batch.waiting.get(id, ()):
            seconds = waiter.answer(thing)
            if seconds is None:
                woken += 1
            else:
                self._sleepers.add(waiter, seconds)
        # Not before: whatever goes wrong here, those who still wait are told.
        batch.waiting.pop(id, None)
        return woken


async def answer_of(read: asyncio.Future[K]) -> K:
    """What was read. :raises PineconeError: why it could not be."""
    try:
        return await read
    except PineconeError as error:
        # Many waits raise the same error; each would add its frames to the one traceback.
        raise error.with_traceback(None) from None
