"""The one client of all waits on an Airflow connection: created on first use, replaced if that changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowNotFoundException

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeConnectionError, PineconeError, PineconeInputError
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook

if TYPE_CHECKING:
    from airflow_provider_pinecone.api.async_client import AsyncPineconeClient

RECONNECT_PAUSE = 10.0
"""The shortest time between two reads of the Airflow connection, however many waits ask for one."""

UNREADABLE_PAUSE = 1.0
"""The same after it could not be read: one failure is enough for a thousand waits."""


class Connection:
    """The Airflow connection, as a client.

    :param hook: reads the Airflow connection.
    """

    def __init__(self, hook: PineconeBackupHook) -> None:
        self._hook = hook
        self._client: AsyncPineconeClient | None = None
        self._retired: list[AsyncPineconeClient] = []
        self._lock = asyncio.Lock()
        self._reading: asyncio.Task[AsyncPineconeClient] | None = None
        self._read_at = 0.0
        self._failure: PineconeConnectionError | None = None
        self._loop = asyncio.get_running_loop()

    async def client(self, call: Call[Any]) -> AsyncPineconeClient:
        """The client for a call.

        :raises PineconeInputError: if there is no such connection, or it cannot be right.
        :raises PineconeConnectionError: if it cannot be read for now.
        """
        if self._client is not None:
            return self._client
        async with self._lock:
            return self._client or await self._in_one_piece(lambda: self._connect(call))

    async def reconnect(self) -> None:
        """Read the Airflow connection again, once for all waits that ask."""
        async with self._lock:
            old = self._client
            if old is not None and self._loop.time() - self._read_at >= RECONNECT_PAUSE:
                self._read_at = self._loop.time()
                await self._in_one_piece(lambda: self._replace(old))

    async def aclose(self) -> None:
        """Close the clients."""
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)
        for client in (self._client, *self._retired):
            if client is not None:
                await client.aclose()

    async def _in_one_piece(
        self, work: Callable[[], Coroutine[Any, Any, AsyncPineconeClient]]
    ) -> AsyncPineconeClient:
        """Read the connection to the end even if the wait that needs it is cancelled; the next takes over.

        Airflow 3.1 does not survive being cancelled there.
        """
        if self._reading is None or self._reading.done():
            self._reading = self._loop.create_task(work(), context=Context())
        return await asyncio.shield(self._reading)

    async def _connect(self, call: Call[Any]) -> AsyncPineconeClient:
        if self._failure is not None and self._loop.time() - self._read_at < UNREADABLE_PAUSE:
            raise self._failure
        self._failure = None
        try:
            self._client = await self._hook.new_async_client()
            return self._client
        except PineconeError:
            raise
        except AirflowNotFoundException as error:
            raise PineconeInputError(str(error)) from None
        except Exception as error:
            # The secrets backend may be unreachable for a while.
            self._failure = PineconeConnectionError(
                f"The Airflow connection could not be read: {error}",
                method=call.method,
                path=call.path,
                may_have_acted=False,
            )
        finally:
            self._read_at = self._loop.time()
        raise self._failure

    async def _replace(self, old: AsyncPineconeClient) -> AsyncPineconeClient:
        try:
            new = await self._hook.new_async_client()
        except Exception as error:
            self._hook.tell(f"The connection could not be read again: {error}", warning=True)
            return old
        if new.settings == old.settings:
            await new.aclose()
            return old
        # Other waits may have requests open with the old one.
        self._retired.append(old)
        self._client = new
        return new
