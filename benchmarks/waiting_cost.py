"""What a thousand waits cost the event loop they share: through their watcher, and each by itself."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from statistics import quantiles
from typing import Any, cast

import aiohttp
import httpx

from airflow_provider_pinecone.api.async_client import AsyncPineconeClient
from airflow_provider_pinecone.api.wire import Settings
from airflow_provider_pinecone.flows.terms import Terms
from airflow_provider_pinecone.flows.wait import wait_for_backup
from airflow_provider_pinecone.triggers.watcher import Watcher
from benchmarks.emulator import Emulator, running
from benchmarks.table import Table

INTERVAL = 5.0
SECONDS = 20.0
SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": 8, "metric": "cosine"}}}

Wait = Callable[[str, float], Awaitable[None]]
"""Waits for a backup that does not end, until a moment of the loop's time."""


class Hook:
    """Stands for the hook, whose Airflow connection is no part of what is measured."""

    pinecone_conn_id = "benchmark"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def new_async_client(self) -> AsyncPineconeClient:
        """Connect."""
        return AsyncPineconeClient(self.settings)


def measure() -> Table:
    """Wait in each way, one after the other, on backups of an hour."""
    with running("--backup-seconds", "3600") as emulator:
        emulator.create("/indexes", name="docs", schema=SCHEMA)
        ids = [emulator.create("/indexes/docs/backups")["backup_id"] for _ in range(1000)]
        rows = []
        for name, waits, way in (
            ("1,000 through the watcher", 1000, _through_a_watcher),
            ("10,000 through the watcher", 10_000, _through_a_watcher),
            ("1,000, a session of aiohttp a look", 1000, _aiohttp_each),
            ("50, a client of httpx a look", 50, _httpx_each),
        ):
            asyncio.run(_cpu_seconds(ids[:1], way, emulator, seconds=1.0))  # imports, certificates
            each = [ids[n % len(ids)] for n in range(waits)]
            cpu_seconds = asyncio.run(_cpu_seconds(each, way, emulator))
            lag = asyncio.run(_lag(each, way, emulator))
            share = 100 * cpu_seconds / SECONDS
            rows.append(
                [name, f"{cpu_seconds:.2f} s", f"{share * 1000 / waits:.1f}%", f"{lag * 1000:.0f} ms"]
            )
        memory = asyncio.run(_memory_of(ids[:1000], emulator))
    return Table(
        title="What waits cost a triggerer's loop",
        method=f"Waits on 1,000 backups of one project in the emulator, each looking every {INTERVAL:.0f} s, "
        f"for {SECONDS:.0f} s: the CPU time of the process that waits, the same for 1,000 waits as a part of "
        f"one core; and, in another {SECONDS:.0f} s, by how much the loop is late (99th percentile). A "
        f"thousand waits through the watcher hold {memory / 1024:.1f} KiB each.",
        header=["waits", "CPU time", "of a core, for 1,000", "lag, p99"],
        rows=rows,
    )


async def _cpu_seconds(
    ids: list[str], way: Callable[..., Any], emulator: Emulator, *, seconds: float = SECONDS
) -> float:
    before = time.process_time()
    await way(ids, asyncio.get_running_loop().time() + seconds, emulator)
    return time.process_time() - before


async def _lag(ids: list[str], way: Callable[..., Any], emulator: Emulator) -> float:
    """The 99th percentile, in seconds, of how late the loop came to a callback."""
    loop = asyncio.get_running_loop()
    until = loop.time() + SECONDS
    lags: list[float] = []

    async def probe() -> None:
        while loop.time() < until:
            due = loop.time() + 0.02
            await asyncio.sleep(0.02)
            lags.append(loop.time() - due)

    await asyncio.gather(probe(), way(ids, until, emulator))
    return quantiles(lags, n=100)[98]


def _settings(emulator: Emulator) -> Settings:
    return Settings(api_key=emulator.api_key, host=emulator.url)


def _untold(message: str, *, warning: bool) -> None:
    pass


async def _through_a_watcher(ids: list[str], until: float, emulator: Emulator) -> None:
    clock = asyncio.get_running_loop().time
    terms = Terms(started_at=clock(), deadline=1e12, poll_interval=INTERVAL, pause_at=until)
    watcher = Watcher(cast(Any, Hook(_settings(emulator))))
    watcher.members = len(ids)
    await asyncio.gather(
        *(watcher.run(wait_for_backup(id, terms=terms, clock=clock), tell=_untold) for id in ids)
    )
    await watcher.aclose()


async def _each(ids: list[str], until: float, look: Callable[[str], Awaitable[Any]]) -> None:
    loop = asyncio.get_running_loop()

    async def wait(number: int, id: str) -> None:
        await asyncio.sleep(INTERVAL * number / len(ids))
        while loop.time() < until:
            await look(id)
            await asyncio.sleep(INTERVAL)

    await asyncio.gather(*(wait(number, id) for number, id in enumerate(ids)))


async def _aiohttp_each(ids: list[str], until: float, emulator: Emulator) -> None:
    headers = dict(_settings(emulator).headers)

    async def look(id: str) -> Any:
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(f"{emulator.url}/backups/{id}") as answer,
        ):
            return await answer.json()

    await _each(ids, until, look)


async def _httpx_each(ids: list[str], until: float, emulator: Emulator) -> None:
    headers = dict(_settings(emulator).headers)

    async def look(id: str) -> Any:
        async with httpx.AsyncClient(headers=headers) as client:
            return (await client.get(f"{emulator.url}/backups/{id}")).json()

    await _each(ids, until, look)


async def _memory_of(ids: list[str], emulator: Emulator) -> float:
    """Bytes that a wait holds while it sleeps."""
    loop = asyncio.get_running_loop()
    terms = Terms(started_at=loop.time(), deadline=1e12, poll_interval=3600.0)
    watcher = Watcher(cast(Any, Hook(_settings(emulator))))
    watcher.members = len(ids)
    first = wait_for_backup(ids[0], terms=terms, clock=loop.time)
    waits = [asyncio.create_task(watcher.run(first, tell=_untold))]
    await asyncio.sleep(4)
    gc.collect()
    tracemalloc.start()
    waits += [
        asyncio.create_task(watcher.run(wait_for_backup(id, terms=terms, clock=loop.time), tell=_untold))
        for id in ids
    ]
    await asyncio.sleep(6)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    await watcher.aclose()
    return held / len(ids)


if __name__ == "__main__":
    print(measure().markdown(script=__file__))
