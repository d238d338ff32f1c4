"""One watcher for all triggers of an event loop that wait on the same connection.

A triggerer runs a thousand triggers in one loop. Each drives the flow of its own wait, logs to its own
task's log, and ends by itself; what they ask of Pinecone goes through their watcher. It reads the connection
once, has one pooled client and a bound on what it sends at a time, keeps quiet for all when a server asks for
that, and answers reads that fall due together from pages of a listing, where that is cheaper than one by one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import (
    PineconeConnectionError,
    PineconeError,
    PineconeNotFoundError,
    PineconeRateLimitedError,
)
from airflow_provider_pinecone.flows.kinds import Kind, Thing
from airflow_provider_pinecone.flows.steps import Flow, Ids, drive
from airflow_provider_pinecone.flows.watch import Past
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.policies.batching import ListingCost
from airflow_provider_pinecone.triggers._batch import Batch, Sleeper
from airflow_provider_pinecone.triggers._line import Line

log = logging.getLogger(__name__)

R = TypeVar("R")
T = TypeVar("T")
K = TypeVar("K", bound=Thing)

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

_WATCHERS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Watcher]] = WeakKeyDictionary()

_PAST: dict[str, Past] = defaultdict(Past)
"""How long the waits took that this process has seen, by connection."""


@asynccontextmanager
async def watching(pinecone_conn_id: str) -> AsyncIterator[Watcher]:
    """The watcher of a connection in this event loop. The last one to leave closes it."""
    loop = asyncio.get_running_loop()
    watchers = _WATCHERS.setdefault(loop, {})
    watcher = watchers.get(pinecone_conn_id)
    if watcher is None:
        watcher = watchers[pinecone_conn_id] = Watcher(PineconeBackupHook(pinecone_conn_id))
    watcher.members += 1
    try:
        yield watcher
    finally:
        watcher.members -= 1
        if not watcher.members:
            del watchers[pinecone_conn_id]
            if not watchers:
                del _WATCHERS[loop]
            await asyncio.shield(watcher.start(watcher.aclose()))


class Watcher:
    """Performs the steps of many flows.

    :param hook: reads the Airflow connection.
    """

    def __init__(self, hook: PineconeBackupHook) -> None:
        self.members = 0
        self.past = _PAST[hook.pinecone_conn_id]
        self._conn_id = hook.pinecone_conn_id
        self._line = Line(hook)
        self._batches: dict[Kind[Any], Batch] = {}
        self._sleepers: dict[Kind[Any], set[Sleeper]] = defaultdict(set)
        self._known: dict[Kind[Any], dict[str, Any]] = defaultdict(dict)
        self._costs: dict[Kind[Any], ListingCost] = defaultdict(ListingCost)
        self._refused_listings: Counter[Kind[Any]] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.get_running_loop()

    async def run(self, flow: Flow[R], *, tell: Callable[..., None]) -> R:
        """Drive a wait to its end.

        :param tell: writes to the log of the task that waits.
        :raises PineconeError: what the flow ends with.
        """
        return await drive(flow, _Wait(self, tell=tell))

    async def send(self, call: Call[T], *, attempts: int | None) -> T:
        """Send a call."""
        return await self._line.send(call, attempts=attempts)

    async def reconnect(self) -> None:
        """Read the Airflow connection again."""
        await self._line.reconnect()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do something in the name of all: in the context of one trigger it would log to that one's task."""
        task = self._loop.create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def aclose(self) -> None:
        """Give the connections back, and ask for nothing more."""
        others = self._tasks - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._line.aclose()

    async def sleep(self, seconds: float, *, kind: Kind[Any] | None) -> None:
        """Sleep, or until others of the same kind are read anyway."""
        if kind is None or seconds <= 0:
            await asyncio.sleep(seconds)
            return
        awake: asyncio.Future[None] = self._loop.create_future()
        sleeper = Sleeper(awake, self._loop.time(), seconds)
        alarm = self._loop.call_later(seconds, sleeper.wake)
        self._sleepers[kind].add(sleeper)
        try:
            await awake
        finally:
            alarm.cancel()
            self._sleepers[kind].discard(sleeper)

    async def read(self, kind: Kind[K], id: str) -> K:
        """Read one thing, with whatever else falls due soon."""
        batch = self._batches.get(kind)
        if batch is None:
            batch = self._batches[kind] = Batch()
            self.start(self._serve(kind, batch))
        future: asyncio.Future[K] = self._loop.create_future()
        batch.waiting[id].append(future)
        try:
            return await future
        except PineconeError as error:
            # Many waits raise the same error; each would add its frames to the one traceback.
            raise error.with_traceback(None) from None

    async def _serve(self, kind: Kind[Any], batch: Batch) -> None:
        """Answer all reads of a batch: each gets its value or an error, whatever happens here."""
        try:
            await self._wake_for_listing(kind)
            await asyncio.sleep(min(WINDOW_OF_EACH * self.members, LONGEST_WINDOW))
            del self._batches[kind]
            batch.drop_cancelled()
            cost = self._costs[kind]
            if cost.is_worth_it(len(batch.waiting)):
                await self._serve_from_listing(kind, batch, cost)
            else:
                cost.forget()
            # What a listing lags behind with, or leaves out, is there all the same.
            await asyncio.gather(*(self._serve_one(kind, id, batch) for id in list(batch.waiting)))
        except PineconeError as error:
            batch.fail_all(error)
        except Exception:
            log.exception("The watcher of all waits on %s failed.", self._conn_id)
        finally:
            if self._batches.get(kind) is batch:
                del self._batches[kind]
            batch.fail_all(
                PineconeConnectionError(
                    "the watcher of all waits failed.", method="GET", path=f"({kind.name})"
                )
            )

    async def _wake_for_listing(self, kind: Kind[Any]) -> None:
        """Let others come along where a listing is likely: it answers them at no further cost."""
        now, sleepers = self._loop.time(), list(self._sleepers[kind])
        nearly_due = sum(sleeper.has_slept(NEARLY_DUE, now=now) for sleeper in sleepers)
        if self._costs[kind].is_worth_it(nearly_due + 1):
            for number, sleeper in enumerate(sleepers, 1):
                if sleeper.has_slept(RESTED, now=now):
                    sleeper.wake()
                if number % AT_A_TIME == 0:
                    await asyncio.sleep(0)

    async def _serve_from_listing(self, kind: Kind[Any], batch: Batch, cost: ListingCost) -> None:
        """Answer what the listing holds. One that cannot be read is no reason not to read one by one."""
        if self._refused_listings[kind] >= MOST_REFUSALS:
            await self._read_one_first(kind, batch)
            self._refused_listings[kind] = 0
            cost.learn(pages=len(batch.waiting), is_whole=False)
            return
        try:
            await self._read_listing(kind, batch, cost)
        except PineconeRateLimitedError:
            self._refused_listings[kind] += 1
            raise
        except PineconeError as error:
            cost.learn(pages=len(batch.waiting), is_whole=False)
            try:
                await self._read_one_first(kind, batch)
            except PineconeError:
                raise error from None
        self._refused_listings[kind] = 0

    async def _read_one_first(self, kind: Kind[Any], batch: Batch) -> None:
        """Read one thing by its id: in an outage a thousand waits need not find out, each by itself."""
        id = next(iter(batch.waiting))
        try:
            batch.answer(id, await self._line.send(kind.describe(id), attempts=1))
        except PineconeNotFoundError as missing:
            batch.fail(id, missing)

    async def _read_listing(self, kind: Kind[Any], batch: Batch, cost: ListingCost) -> None:
        wanted, pages, token = len(batch.waiting), 0, None
        while pages < wanted:
            known = self._known[kind]
            page = await self._line.send(kind.page(token, wanted=batch.waiting, known=known), attempts=1)
            pages += 1
            for item in page.items:
                known[kind.id_of(item)] = item
                batch.answer(kind.id_of(item), item)
                if batch.answered >= AT_A_TIME:
                    batch.answered = 0
                    await asyncio.sleep(0)
            token = page.next
            if token is None or not batch.waiting:
                break
        if len(self._known[kind]) > 2 * self.members + AT_A_TIME:
            self._known[kind].clear()
        cost.learn(pages=pages, is_whole=token is None or not batch.waiting)

    async def _serve_one(self, kind: Kind[Any], id: str, batch: Batch) -> None:
        try:
            batch.answer(id, await self._line.send(kind.describe(id), attempts=1))
        except PineconeError as error:
            batch.fail(id, error)


class _Wait:
    """Performs the steps of one wait through the watcher.

    :param tell: writes to the log of the task that waits.
    """

    def __init__(self, watcher: Watcher, *, tell: Callable[..., None]) -> None:
        self._watcher = watcher
        self._tell = tell
        self._kind: Kind[Any] | None = None  # of a look's first read; others may come with it

    async def send(self, call: Call[T], *, attempts: int | None) -> T:
        """Send a call."""
        return await self._watcher.send(call, attempts=attempts)

    async def read(self, kind: Kind[K], id: str) -> K:
        """Read one thing, along with what others read."""
        self._kind = self._kind or kind
        return await self._watcher.read(kind, id)

    async def sleep(self, seconds: float) -> None:
        """Sleep, or until others read the same kind anyway."""
        await self._watcher.sleep(seconds, kind=self._kind)
        self._kind = None

    async def reconnect(self) -> None:
        """Read the Airflow connection again, for all waits."""
        await self._watcher.reconnect()

    async def tell(self, message: str, *, warning: bool) -> None:
        """Write to the log of the task that waits."""
        self._tell(message, warning=warning)

    async def remember(self, ids: Ids) -> None:
        """Keep nothing: a wait begins nothing."""
