"""What a backup and a restore cost the emulator, beside copying the file that holds the same records."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks.emulator import Cost, Emulator, running
from benchmarks.table import Table

RECORDS = 10_000
DIMENSION = 256
VALUES = RECORDS * DIMENSION * 4  # bytes
BATCH = 200
ROUNDS = 5
SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": DIMENSION, "metric": "cosine"}}}


def measure() -> Table:
    """Copy the state file, back up its index and restore a backup, several times each."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state.db"
        with running("--state", str(state)) as emulator:
            _write_records(emulator)
            alone = _size(state)
            copying = [_seconds_to_copy(state) for _ in range(ROUNDS)]
            backups = [_back_up(emulator) for _ in range(ROUNDS)]
            backed_up = _size(state)
            restores = [_restore(emulator, number) for number in range(ROUNDS)]
            restored = _size(state)
    return Table(
        title="Backups and restores in the emulator",
        method=f"The emulator backs up and restores an index of {RECORDS:,} records of dimension "
        f"{DIMENSION}, which hold {_megabytes(VALUES)} of values. The time runs from the request to its "
        "response, when all records are copied. For comparison, the last row copies the state file as it "
        f"is without any backup. Each row is the median of {ROUNDS} measurements.",
        header=["operation", "time", "CPU time", "size", "size relative to the values"],
        rows=[
            ["backup", *_times(backups), *_sizes((backed_up - alone) / ROUNDS)],
            ["restore", *_times(restores), *_sizes((restored - backed_up) / ROUNDS)],
            ["copying the file", _milliseconds(median(copying)), "", *_sizes(alone)],
        ],
    )


def _back_up(emulator: Emulator) -> Cost:
    with emulator.measured() as costs:
        emulator.create("/indexes/docs/backups")
    return costs[0]


def _restore(emulator: Emulator, number: int) -> Cost:
    backup = emulator.api.get("/backups", params={"limit": 1}).raise_for_status().json()["data"][0]
    with emulator.measured() as costs:
        emulator.create(f"/backups/{backup['backup_id']}/create-index", name=f"copy-{number}")
    return costs[0]


def _write_records(emulator: Emulator) -> None:
    dice = random.Random(1)
    host = emulator.create("/indexes", name="docs", schema=SCHEMA)["host"]
    for first in range(0, RECORDS, BATCH):
        vectors = [
            {"id": f"v{number}", "values": [dice.random() for _ in range(DIMENSION)]}
            for number in range(first, first + BATCH)
        ]
        emulator.create(f"{host}/vectors/upsert", vectors=vectors)


def _size(state: Path) -> int:
    with closing(sqlite3.connect(state)) as connection:
        # What is in the write-ahead log belongs to the data.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return state.stat().st_size


def _seconds_to_copy(state: Path) -> float:
    started = time.perf_counter()
    shutil.copyfile(state, state.with_suffix(".copy"))
    return time.perf_counter() - started


def _times(costs: list[Cost]) -> list[str]:
    return [
        _milliseconds(median(cost.seconds for cost in costs)),
        _milliseconds(median(cost.cpu_seconds for cost in costs)),
    ]


def _sizes(size: float) -> list[str]:
    return [_megabytes(size), f"{size / VALUES:.2f}"]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB"


if __name__ == "__main__":
    print(measure().markdown(script=__file__))
