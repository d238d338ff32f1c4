"""Driving flows through a hook: in a worker, which blocks, or in an event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.flows.kinds import Kind, Thing
from airflow_provider_pinecone.flows.steps import Driver, Ids

if TYPE_CHECKING:
    from airflow_provider_pinecone.api.async_client import AsyncPineconeClient
    from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook

T = TypeVar("T")
K = TypeVar("K", bound=Thing)


def forget(ids: Ids) -> None:
    """Keep nothing, for flows that begin nothing."""


class WorkerDriver(Driver):
    """Performs steps in a worker's process, and blocks it.

    :param remember: puts the ids of what a flow has begun on record.
    """

    def __init__(self, hook: PineconeBackupHook, *, remember: Callable[[Ids], None] = forget) -> None:
        self._hook = hook
        self._remember = remember

    async def send(self, call: Call[T], *, attempts: int | None) -> T:
        """Send a call."""
        return self._hook.send(call, attempts=attempts)

    async def read(self, kind: Kind[K], id: str) -> K:
        """Read one thing."""
        return self._hook.send(kind.describe(id), attempts=1)

    async def sleep(self, seconds: float) -> None:
        """Block for some seconds."""
        time.sleep(seconds)

    async def reconnect(self) -> None:
        """Read the Airflow connection again."""
        self._hook.reconnect()

    async def tell(self, message: str, *, warning: bool) -> None:
        """Write to the task's log."""
        self._hook.tell(message, warning=warning)

    async def remember(self, ids: Ids) -> None:
        """Put ids on record."""
        self._remember(ids)


class LoopDriver(Driver):
    """Performs steps in an event loop, which it never blocks, with a client of its own."""

    def __init__(self, hook: PineconeBackupHook, client: AsyncPineconeClient) -> None:
        self._hook = hook
        self.client = client

    async def send(self, call: Call[T], *, attempts: int | None) -> T:
        """Send a call."""
        return await self.client.send(call, attempts=attempts)

    async def read(self, kind: Kind[K], id: str) -> K:
        """Read one thing."""
        return await self.client.send(kind.describe(id), attempts=1)

    async def sleep(self, seconds: float) -> None:
        """Let others run for some seconds."""
        await asyncio.sleep(seconds)

    async def reconnect(self) -> None:
        """Read the Airflow connection again; keep the old one if that fails."""
        try:
            client = await self._hook.new_async_client()
        except Exception as error:
            self._hook.log.warning("The connection could not be read again: %s", error)
            return
        await self.client.aclose()
        self.client = client

    async def tell(self, message: str, *, warning: bool) -> None:
        """Write to the task's log."""
        self._hook.tell(message, warning=warning)

    async def remember(self, ids: Ids) -> None:
        """Keep nothing: what runs here begins nothing."""
