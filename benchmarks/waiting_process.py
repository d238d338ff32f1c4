"""A process in which triggers wait, as a triggerer runs them; it prints what that cost, as JSON."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from statistics import quantiles

import psutil
from airflow.triggers.base import BaseTrigger

from airflow_provider_pinecone.flows.waiting.backup import BackupWait
from airflow_provider_pinecone.triggers.backup import PineconeBackupTrigger
from benchmarks.instant_server import backup_id
from benchmarks.waiting_triggers import Alone

INTERVAL = 5.0
WARM_UP = 0.5


def trigger(way: str, number: int) -> BaseTrigger:
    """A trigger that waits for a backup, in one way or the other."""
    if way != "ours":
        return Alone(
            backup_id=backup_id(number), poll_interval=INTERVAL, session_per_poll=way == "session per poll"
        )
    now = time.time()
    return PineconeBackupTrigger(
        pinecone_conn_id="pinecone_default",
        wait=BackupWait(backup_id=backup_id(number), started_at=now, deadline=now + 3600.0),
        poll_interval=INTERVAL,
    )


async def wait(
    way: str, *, waits: int, backups: int, seconds: float, lags: list[float] | None = None
) -> float:
    """Run triggers side by side for some seconds, then cancel them.

    :param lags: takes by how many seconds the loop came too late to a callback, over and over.
    :return: the CPU time that they took before they were cancelled.
    """
    cpu_seconds = time.process_time()

    async def one(number: int) -> None:
        async for _ in trigger(way, number % backups).run():
            raise AssertionError("no backup ends")

    tasks = [asyncio.create_task(one(number)) for number in range(waits)]
    if lags is None:
        await asyncio.sleep(seconds)
    else:
        await _probe(seconds, lags)
    cpu_seconds = time.process_time() - cpu_seconds
    for task in tasks:
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends[0]
    return cpu_seconds


async def _probe(seconds: float, lags: list[float]) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until:
        due = loop.time() + 0.02
        await asyncio.sleep(0.02)
        lags.append(loop.time() - due)


def main(way: str, waits: int, backups: int, seconds: float, is_for_lag: bool) -> None:
    """Wait, once to warm up and once to measure."""
    asyncio.run(wait(way, waits=1, backups=backups, seconds=WARM_UP))
    # What Airflow's imports left behind must not be collected amid one way and not the other.
    gc.collect()
    process = psutil.Process()
    lags: list[float] | None = [] if is_for_lag else None
    memory = process.memory_info().rss
    cpu_seconds = asyncio.run(wait(way, waits=waits, backups=backups, seconds=seconds, lags=lags))
    memory = process.memory_info().rss - memory
    lag = quantiles(lags, n=100)[98] if lags else None
    print(json.dumps({"cpu_seconds": cpu_seconds, "bytes": memory / waits, "lag": lag}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5] == "lag")
