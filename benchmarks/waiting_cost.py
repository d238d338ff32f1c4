"""What a thousand waits cost the event loop they share: with our triggers, and with a loop in each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import httpx

from benchmarks.table import Table
from benchmarks.waiting_process import INTERVAL

BACKUPS = 1000
SECONDS = 30.0
ROUNDS = 3
CASES = [("ours", 1000), ("session per poll", 1000), ("session kept", 1000), ("ours", 10_000)]
NAMES = {
    "ours": "our triggers",
    "session per poll": "a loop each, an aiohttp session for each poll",
    "session kept": "a loop each, an aiohttp session kept open",
}

METHOD = (
    f"`PineconeBackupTrigger.run()`, with Airflow loaded, waits for {BACKUPS:,} backups that do not end. A "
    f"server in another process responds at once. Each trigger polls every {INTERVAL:.0f} s, for "
    f"{SECONDS:.0f} s from its start. For comparison, each trigger runs its own loop; that loop does not "
    "log, check responses or tolerate faults. Each row is the median of "
    f"{ROUNDS} fresh processes, which take turns with those of the other rows: CPU time, requests, CPU time "
    "per wait relative to each such loop, memory per wait, and, in separate processes, the event loop's lag "
    "(99th percentile)."
)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What waiting took in one process.

    :param size: bytes of memory for each wait.
    """

    cpu_seconds: float
    requests: int
    size: float


def measure() -> Table:
    """Wait in each way, in fresh processes that take turns."""
    costs: dict[tuple[str, int], list[Cost]] = {case: [] for case in CASES}
    for _ in range(ROUNDS):
        for case in CASES:
            costs[case].append(_cost(*case))
    alone = {
        way: median(cost.cpu_seconds for cost in costs[way, 1000]) / 1000 for way in NAMES if way != "ours"
    }
    rows = []
    for (way, waits), runs in costs.items():
        cpu_seconds = median(cost.cpu_seconds for cost in runs)
        rows.append(
            [
                NAMES[way],
                f"{waits:,}",
                f"{cpu_seconds:.2f} s",
                f"{median(cost.requests for cost in runs):,.0f}",
                *(f"1/{other / (cpu_seconds / waits):.1f}" for other in alone.values()),
                f"{median(cost.size for cost in runs) / 1024:.0f} KiB",
                f"{_lag(way, waits) * 1000:.0f} ms",
            ]
        )
    return Table(
        title="What waits cost a triggerer's loop",
        method=METHOD,
        header=[
            "trigger",
            "waits",
            "CPU time",
            "requests",
            "per wait, of session per poll",
            "per wait, of session kept",
            "memory per wait",
            "lag, p99",
        ],
        rows=rows,
    )


def _cost(way: str, waits: int) -> Cost:
    with _server() as url:
        measured = _process(way, waits, url, "cpu")
        requests = httpx.get(f"{url}/requests", trust_env=False).json()
    return Cost(cpu_seconds=measured["cpu_seconds"], requests=requests, size=measured["bytes"])


def _lag(way: str, waits: int) -> float:
    """Seconds by which the loop is late; not measured with the rest, since that takes CPU time itself."""
    with _server() as url:
        return _process(way, waits, url, "lag")["lag"]


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.instant_server", str(BACKUPS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def _process(way: str, waits: int, url: str, purpose: str) -> dict[str, float]:
    connection = {"conn_type": "pinecone_backup", "host": url, "password": "pcsk_benchmark"}
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "AIRFLOW_HOME": home,
            "AIRFLOW_CONN_PINECONE_DEFAULT": json.dumps(connection),
        }
        arguments = [way, str(waits), str(BACKUPS), str(SECONDS), purpose]
        printed = subprocess.run(
            [sys.executable, "-m", "benchmarks.waiting_process", *arguments],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    measured: dict[str, float] = json.loads(printed.splitlines()[-1])
    return measured


if __name__ == "__main__":
    print(measure().markdown(script=__file__))
