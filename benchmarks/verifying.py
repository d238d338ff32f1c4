"""How fast restored records are verified, and in how much memory, compared with only fetching them."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.emulator import Emulator, running
from benchmarks.table import Table

SIZES = (10_000, 100_000)
WARM_UP = 300
NAMESPACES = ("", "films", "series")
DIMENSION = 64
BATCH = 500
ROUNDS = 3
SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": DIMENSION, "metric": "cosine"}}}
NAMES = {
    "fetch": "only fetched, in batches",
    "fingerprint": "level `sample`, against a fingerprint",
    "source": "level `sample`, against the live source",
}
METHOD = (
    f"`PineconeVerifyRestoreOperator` verifies an index of {SIZES[-1]:,} records of dimension {DIMENSION} in "
    f"{len(NAMESPACES)} namespaces, which the emulator has restored; the sample is all records. For "
    "comparison, the first row fetches the same records through the same client, in batches of the same "
    "size, and throws them away. Against the source, each record is fetched from both indexes, and its id is "
    f"listed. Each row is the median of {ROUNDS} fresh processes with Airflow loaded and a small index "
    "verified before; they take turns with those of the other rows in random order. The requests are those "
    "about records. The time includes the emulator's work, the CPU time does not. The peak memory is the "
    f"most that Python allocated for {SIZES[0]:,} and for {SIZES[-1]:,} records, by `tracemalloc`, in "
    "separate processes."
)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run took."""

    seconds: float
    cpu_seconds: float
    requests: int


class Restores:
    """An emulator's restored indexes, one of each size, and the fingerprints of their backups.

    :param home: Airflow's, and where the fingerprints are.
    """

    def __init__(self, emulator: Emulator, home: str) -> None:
        self._emulator = emulator
        self._home = home
        self._restored = {size: self._restore(size) for size in (WARM_UP, *SIZES)}

    def cost(self, way: str) -> Cost:
        """Read the largest index, in one of the ways."""
        self._emulator.api.delete("/_emulator/requests").raise_for_status()
        measured = self._read(way, SIZES[-1], trace=False)
        log = self._emulator.api.get("/_emulator/requests").raise_for_status().json()["requests"]
        # Those of the warm-up do not count.
        requests = sum("/vectors/" in entry["path"] and f"-{SIZES[-1]}-" in entry["path"] for entry in log)
        return Cost(seconds=measured["seconds"], cpu_seconds=measured["cpu_seconds"], requests=requests)

    def peak(self, way: str, size: int) -> float:
        """How many bytes reading an index takes at most."""
        return float(self._read(way, size, trace=True)["peak"])

    def _restore(self, size: int) -> tuple[str, str]:
        """Make an index, back it up between the two looks at its fingerprint, and restore it."""
        name, copy = f"docs-{size}", f"restored-{size}"
        self._write(name, size)
        self._run("take", index_name=name, records=size)
        # A backup lacks the writes just before it: a fingerprint that is older leaves no doubt.
        self._emulator.api.put("/_emulator/clock", json={"advance": 3600}).raise_for_status()
        backup_id = str(self._emulator.create(f"/indexes/{name}/backups")["backup_id"])
        self._run("confirm", backup_id=backup_id)
        self._emulator.create(f"/backups/{backup_id}/create-index", name=copy)
        return copy, backup_id

    def _write(self, name: str, size: int) -> None:
        dice = random.Random(size)
        host = self._emulator.create("/indexes", name=name, schema=SCHEMA)["host"]
        for place, namespace in enumerate(NAMESPACES):
            numbers = range(place, size, len(NAMESPACES))
            for first in range(0, len(numbers), BATCH):
                vectors = [_record(number, dice) for number in numbers[first : first + BATCH]]
                self._emulator.create(f"{host}/vectors/upsert", vectors=vectors, namespace=namespace)

    def _read(self, way: str, size: int, *, trace: bool) -> dict[str, Any]:
        restored = [self._restored[WARM_UP], self._restored[size]]
        printed = self._run("read", way=way, restored=restored, records=size, trace=trace)
        measured: dict[str, Any] = json.loads(printed.splitlines()[-1])
        if measured["records"] != size:
            raise RuntimeError(f"{NAMES[way]}: {measured['records']} records rather than {size}.")
        return measured

    def _run(self, program: str, **arguments: Any) -> str:
        connection = {
            "conn_type": "pinecone_backup",
            "host": self._emulator.url,
            "password": self._emulator.api_key,
        }
        environment = {
            **os.environ,
            "AIRFLOW_HOME": self._home,
            "AIRFLOW_CONN_PINECONE_DEFAULT": json.dumps(connection),
        }
        arguments["storage"] = f"file://{self._home}/fingerprints"
        return subprocess.run(
            [sys.executable, "-m", "benchmarks.verifying_process", program, json.dumps(arguments)],
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout


def measure() -> Table:
    """Verify in each way, in fresh processes that take turns."""
    with tempfile.TemporaryDirectory() as home, running() as emulator:
        restores = Restores(emulator, home)
        costs: dict[str, list[Cost]] = {way: [] for way in NAMES}
        for _ in range(ROUNDS):
            for way in random.sample(list(NAMES), len(NAMES)):
                costs[way].append(restores.cost(way))
        peaks = {way: [restores.peak(way, size) for size in SIZES] for way in NAMES}
    seconds = {way: median(cost.seconds for cost in costs[way]) for way in NAMES}
    cpu_seconds = {way: median(cost.cpu_seconds for cost in costs[way]) for way in NAMES}
    return Table(
        title="Verifying a restored index",
        method=METHOD,
        header=[
            "records",
            "requests",
            "time",
            "records per second",
            "time relative to fetching",
            "CPU time",
            "CPU time relative to fetching",
            *(f"peak memory, {size:,}" for size in SIZES),
        ],
        rows=[
            [
                name,
                f"{costs[way][0].requests:,}",
                f"{seconds[way]:.1f} s",
                f"{SIZES[-1] / seconds[way]:,.0f}",
                f"{seconds[way] / seconds['fetch']:.2f} x",
                f"{cpu_seconds[way]:.1f} s",
                f"{cpu_seconds[way] / cpu_seconds['fetch']:.2f} x",
                *(f"{peak / 2**20:.1f} MiB" for peak in peaks[way]),
            ]
            for way, name in NAMES.items()
        ],
    )


def _record(number: int, dice: random.Random) -> dict[str, Any]:
    return {
        "id": f"record-{number:08}",
        "values": [round(dice.uniform(-1, 1), 6) for _ in range(DIMENSION)],
        "metadata": {"title": f"Title of {number}", "year": 1900 + number % 126, "genre": ["drama", "war"]},
    }


if __name__ == "__main__":
    print(measure().markdown(script=__file__))
