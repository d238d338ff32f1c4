"""One watcher per event loop drives all waits on an Airflow connection, and polls for them together."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.flows.kinds import K, Kind
from airflow_provider_pinecone.flows.steps import AwaitChange, Driver, Flow, drive
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.policies.durations import History
from airflow_provider_pinecone.triggers._connection import Connection
from airflow_provider_pinecone.triggers._reader import Reader, answer_of
from airflow_provider_pinecone.triggers._throttle import Throttle

R = TypeVar("R")
T = TypeVar("T")


_WATCHERS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Watcher]] = WeakKeyDictionary()

_HISTORIES: dict[str, History] = defaultdict(History)
"""How long backups took, by connection, as far as this process has waited for them."""


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
        self.history = _HISTORIES[hook.pinecone_conn_id]
        self.connection = Connection(hook)
        self._throttle = Throttle()
        self._readers: dict[Kind[Any], Reader[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.get_running_loop()

    async def run(self, flow: Flow[R], *, tell: Callable[..., None]) -> R:
        """Drive a wait to its end.

        :param tell: writes to the log of the task that waits.
        :raises PineconeError: what the flow ends with.
        """
        return await drive(flow, _WaitDriver(self, tell=tell))

    async def send(self, call: Call[T], *, attempts: int | None = None) -> T:
        """Send a call, through the one client and throttle of all waits."""
        async with self._throttle.slot(call):
            client = await self.connection.client(call)
            return await client.send(call, attempts=attempts)

    def reader(self, kind: Kind[K]) -> Reader[K]:
        """The reader of a kind."""
        if kind not in self._readers:
            self._readers[kind] = Reader(kind, self.send, start=self.start)
        return self._readers[kind]

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task in an empty context: in a trigger's, it would log to that trigger's task."""
        task = self._loop.create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def aclose(self) -> None:
        """Cancel what is running and close the clients."""
        others = self._tasks - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.connection.aclose()


class _WaitDriver(Driver):
    """Performs the steps of one wait through the watcher."""

    def __init__(self, watcher: Watcher, *, tell: Callable[..., None]) -> None:
        self._watcher = watcher
        self._tell = tell
        self._just_read: dict[tuple[Kind[Any], str], asyncio.Future[Any]] = {}

    async def send(self, call: Call[T], *, attempts: int | None) -> T:
        return await self._watcher.send(call, attempts=attempts)

    async def read(self, kind: Kind[K], id: str) -> K:
        # A sleep ends with what was just read.
        just_read = self._just_read.pop((kind, id), None)
        return await (self._watcher.reader(kind).read(id) if just_read is None else answer_of(just_read))

    async def sleep(self, seconds: float) -> None:
        self._just_read.clear()
        await asyncio.sleep(seconds)

    async def await_change(self, step: AwaitChange[K]) -> None:
        just_read = await self._watcher.reader(step.kind).await_change(step)
        self._just_read = {(step.kind, step.id): just_read}

    async def reconnect(self) -> None:
        await self._watcher.connection.reconnect()

    async def tell(self, message: str, *, warning: bool) -> None:
        self._tell(message, warning=warning)
