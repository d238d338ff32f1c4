"""Driving flows in a worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.flows.kinds import K, Kind
from airflow_provider_pinecone.flows.steps import Driver, Ids

if TYPE_CHECKING:
    from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook

T = TypeVar("T")


class WorkerDriver(Driver):
    """Performs steps in a worker's process, and blocks it.

    :param remember: puts the ids of what a flow has begun on record.
    """

    def __init__(self, hook: PineconeBackupHook, *, remember: Callable[[Ids], None] | None) -> None:
        self._hook = hook
        self._remember = remember

    async def send(self, call: Call[T], *, attempts: int | None) -> T:
        return self._hook.send(call, attempts=attempts)

    async def read(self, kind: Kind[K], id: str) -> K:
        return self._hook.send(kind.describe(id), attempts=1)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def reconnect(self) -> None:
        self._hook.reconnect()

    async def tell(self, message: str, *, warning: bool) -> None:
        self._hook.tell(message, warning=warning)

    async def remember(self, ids: Ids) -> None:
        if self._remember is not None:
            self._remember(ids)
