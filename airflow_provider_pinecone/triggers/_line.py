"""What all waits on an Airflow connection send through: one client, one throttle."""

from __future__ import annotations

from typing import TypeVar

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.triggers._connection import Connection
from airflow_provider_pinecone.triggers._throttle import Throttle

T = TypeVar("T")


class Line:
    """The way to Pinecone.

    :param hook: reads the Airflow connection.
    """

    def __init__(self, hook: PineconeBackupHook) -> None:
        self.connection = Connection(hook)
        self._throttle = Throttle()

    async def send(self, call: Call[T], *, attempts: int | None = None) -> T:
        """Send a call.

        :param attempts: how often at most, in place of the client's own stubbornness.
        :raises PineconeError: the one that fits.
        """
        async with self._throttle.slot(call):
            client = await self.connection.client(call)
            return await client.send(call, attempts=attempts)
