"""What all waits on a connection send through: one client, a bound on what is open, one Retry-After."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Protocol, TypeVar

from airflow.providers.common.compat.sdk import AirflowNotFoundException

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import (
    PineconeConnectionError,
    PineconeError,
    PineconeInputError,
    PineconeRateLimitedError,
)
from airflow_provider_pinecone.flows.watch import LONGEST_ASKED_WAIT
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook

MOST_AT_ONCE = 8
"""Requests to the control plane that are open at the same time."""

MOST_INDEXES_AT_ONCE = 50
"""Requests to indexes that are open at the same time: half of what the client can have open in all."""

RECONNECT_PAUSE = 10.0
"""Seconds within which the connection is not read again, however many waits ask for it."""

UNREADABLE_PAUSE = 1.0
"""Seconds within which it is not read again where it could not be read."""


T = TypeVar("T")


class Client(Protocol):
    """What the hook connects with."""

    @property
    def settings(self) -> Any:
        """How Pinecone is reached."""

    async def send(self, call: Call[T], *, attempts: int | None = None) -> T:
        """Send a call."""

    async def aclose(self) -> None:
        """Give the connections back."""


class Line:
    """The way to Pinecone. The Airflow connection is read when it is first needed.

    :param hook: reads the Airflow connection.
    """

    def __init__(self, hook: PineconeBackupHook) -> None:
        self._hook = hook
        self._client: Client | None = None
        self._retired: list[Client] = []
        self._connecting = asyncio.Lock()
        self._connected_at = 0.0
        self._reading: asyncio.Task[Client] | None = None
        self._failure: PineconeConnectionError | None = None
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._index_slots = asyncio.Semaphore(MOST_INDEXES_AT_ONCE)
        self._quiet_until = 0.0
        self._loop = asyncio.get_running_loop()

    async def send(self, call: Call[T], *, attempts: int | None = None) -> T:
        """Send a call.

        :param attempts: how often at most, in place of the client's own stubbornness.
        :raises PineconeError: the one that fits.
        """
        if call.host is not None:
            # An index that is slow, or asks for quiet, holds no reading of the control plane up.
            async with self._index_slots:
                return await (await self._connected(call)).send(call, attempts=attempts)
        async with self._slots:
            self._keep_quiet(call)
            client = await self._connected(call)
            try:
                return await client.send(call, attempts=attempts)
            except PineconeError as error:
                asked = min(getattr(error, "retry_after", None) or 0.0, LONGEST_ASKED_WAIT)
                self._quiet_until = max(self._quiet_until, self._loop.time() + asked)
                raise

    def _keep_quiet(self, call: Call[Any]) -> None:
        """Send nothing while a server has asked for that: whoever would have is told so, and sleeps."""
        rest = self._quiet_until - self._loop.time()
        if rest > 0:
            raise PineconeRateLimitedError(
                "not sent: an answer to another wait asked for a pause.",
                method=call.method,
                path=call.path,
                status=429,
                retry_after=rest,
            )

    async def _connected(self, call: Call[Any]) -> Client:
        async with self._connecting:
            return self._client or await self._in_one_piece(lambda: self._connect(call))

    async def _in_one_piece(self, work: Callable[[], Coroutine[Any, Any, Client]]) -> Client:
        """Read the connection, and not cut in two with the wait that it is read for.

        Airflow 3.1 would not bear that. What an earlier wait left unfinished is waited for instead.
        """
        if self._reading is None or self._reading.done():
            self._reading = self._loop.create_task(work(), context=Context())
        return await asyncio.shield(self._reading)

    async def _connect(self, call: Call[Any]) -> Client:
        self._client = await self._new_client(call)
        return self._client

    async def _new_client(self, call: Call[Any]) -> Client:
        if self._failure is not None and self._loop.time() - self._connected_at < UNREADABLE_PAUSE:
            raise self._failure
        self._failure = None
        self._connected_at = self._loop.time()
        try:
            return await self._hook.new_async_client()
        except PineconeError:
            raise
        except AirflowNotFoundException as error:
            raise PineconeInputError(str(error)) from None
        except Exception as error:
            # Whoever keeps the connections may be out of reach for a while.
            self._failure = PineconeConnectionError(
                f"the Airflow connection could not be read: {error}.",
                method=call.method,
                path=call.path,
                may_have_acted=False,
            )
            self._connected_at = self._loop.time()
        raise self._failure

    async def reconnect(self) -> None:
        """Read the connection anew: once for all waits that have reason to."""
        async with self._connecting:
            old = self._client
            if old is not None and self._loop.time() - self._connected_at >= RECONNECT_PAUSE:
                self._connected_at = self._loop.time()
                await self._in_one_piece(lambda: self._replace(old))

    async def _replace(self, old: Client) -> Client:
        try:
            new = await self._hook.new_async_client()
        except Exception as error:
            self._hook.log.warning("The connection could not be read anew: %s", error)
            return old
        if new.settings == old.settings:
            await new.aclose()
            return old
        # Others may be in the middle of a request with the old one.
        self._retired.append(old)
        self._client = new
        return new

    async def aclose(self) -> None:
        """Give the connections back."""
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)
        for client in (self._client, *self._retired):
            if client is not None:
                await client.aclose()
