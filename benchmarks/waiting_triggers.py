"""Two triggers that wait for a backup and end their task themselves, so that workers play no part.

Each notes in the file that the environment names when it saw the end of which backup.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from airflow.triggers.base import BaseTrigger, TaskFailedEvent, TaskSuccessEvent, TriggerEvent

from airflow_provider_pinecone.triggers.backup import PineconeBackupTrigger

NOTES = "BENCHMARK_NOTES"
"""The environment variable that names the file."""


def _note(backup_id: str) -> None:
    with open(os.environ[NOTES], "a") as notes:
        notes.write(f"{json.dumps([backup_id, time.time()])}\n")


class Shared(PineconeBackupTrigger):
    """The provider's own, through the watcher that all share."""

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait as ever, and end the task."""
        async for event in super().run():
            _note(self.wait.backup_id)
            is_done = event.payload["status"] == "done"
            yield TaskSuccessEvent() if is_done else TaskFailedEvent()


class Alone(BaseTrigger):
    """A loop by itself, as triggers usually are.

    It reads the connection from the environment without Airflow's help, which costs it less than others.

    :param session_per_poll: open a session for each poll, as providers often do; otherwise keep one open.
    """

    def __init__(self, *, backup_id: str, poll_interval: float, session_per_poll: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Airflow leaves it untyped
        self.backup_id = backup_id
        self.poll_interval = poll_interval
        self.session_per_poll = session_per_poll
        connection = json.loads(os.environ["AIRFLOW_CONN_PINECONE_DEFAULT"])
        self._url = f"{connection['host']}/backups/{backup_id}"
        self._headers = {"Api-Key": connection["password"], "X-Pinecone-Api-Version": "2026-07"}

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class path and the arguments."""
        arguments = {"backup_id": self.backup_id, "poll_interval": self.poll_interval}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until it is Ready."""
        is_ready = False
        while not is_ready:
            async with aiohttp.ClientSession(headers=self._headers) as session:
                is_ready = await self._poll(session)
        _note(self.backup_id)
        yield TaskSuccessEvent()

    async def _poll(self, session: aiohttp.ClientSession) -> bool:
        """Poll with a session for as long as it is to be used. :return: whether it is Ready."""
        while True:
            async with session.get(self._url) as response:
                if (await response.json())["status"] == "Ready":
                    return True
            await asyncio.sleep(self.poll_interval)
            if self.session_per_poll:
                return False
