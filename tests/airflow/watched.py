"""Flows driven side by side through the shared watcher, and what they asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.kinds import BACKUP, Kind
from airflow_provider_pinecone.flows.steps import AwaitChange, Flow, Read
from airflow_provider_pinecone.triggers.watcher import watching
from tests.contract.conftest import Emulator

MISSING = "6a00902c-0000-0000-0000-000000000000"
CONNECTION = "pinecone_default"


def asked(emulator: Emulator) -> Counter[str]:
    """What has been asked since everything was made, by path."""
    paths = [f"{entry['method']} {entry['path']}" for entry in emulator.requests()]
    last = max((number for number, path in enumerate(paths) if path.startswith("POST")), default=-1)
    return Counter(paths[last + 1 :])


def untold(message: str, *, warning: bool) -> None:
    pass


def reading(id: str, *, kind: Kind[Any] = BACKUP, times: int = 1, pause: float = 0.0) -> Flow[Any]:
    """A wait that looks some times, whatever it sees, and returns what it saw last."""
    seen = None
    for look in range(times):
        if look:
            yield AwaitChange(kind, id, None, lambda: pause)
        try:
            seen = yield Read(kind, id)
        except PineconeError as error:
            seen = error
    return seen


def together(*flows: Flow[Any], conn_id: str = CONNECTION) -> list[Any]:
    """Drive flows side by side, each as a trigger of its own would."""

    async def drive(flow: Flow[Any]) -> Any:
        async with watching(conn_id) as watcher:
            return await watcher.run(flow, tell=untold)

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*map(drive, flows))

    return asyncio.run(all_of_them())
