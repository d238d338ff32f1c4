"""How fast a thousand backups are read in pages: through our client, the official SDK, and by hand."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from statistics import median

from benchmarks.emulator import Emulator, running
from benchmarks.page_reader import PAGE
from benchmarks.table import Table

BACKUPS = 1_000
ROUNDS = 40
SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": 8, "metric": "cosine"}}}
WAYS = {
    "ours": "our client",
    "sdk": f"the official SDK {version('pinecone')}",
    "requests": f"`requests` {version('requests')}, by hand",
    "raw": "`http.client` and `json`, by hand",
}


def measure() -> Table:
    """Read them in processes of their own, taking turns."""
    with running() as emulator, ExitStack() as readers:
        emulator.create("/indexes", name="docs", schema=SCHEMA)
        for number in range(BACKUPS):
            emulator.create("/indexes/docs/backups", name=f"backup-{number}")
        programs = {way: readers.enter_context(_reader(way, emulator)) for way in WAYS}
        times: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            # None always after the same other, whose work may leave the machine slow or warm.
            for way in random.sample(list(WAYS), len(WAYS)):
                times[way].append(_read(programs[way]))
    seconds, cpu_seconds = (
        {way: median(time[which] for time in times[way]) for way in WAYS} for which in (0, 1)
    )
    return Table(
        title="Reading backups in pages",
        method=f"Each client reads all {BACKUPS:,} backups of a project in the emulator, {PAGE} per page, "
        "one request after the other on one connection. It runs in its own process and has read the "
        f"backups once before. Each row is the median of {ROUNDS} rounds; each round runs all clients in "
        "random order. The time includes the emulator's work, the CPU time does not. The two hand-written "
        "clients only parse the JSON and check nothing. Our client uses `requests`: the third row shows "
        "what that library takes alone.",
        header=[
            "client",
            "time",
            "backups per second",
            "time relative to `http.client`",
            "CPU time",
            "CPU time relative to `http.client`",
        ],
        rows=[
            [
                name,
                f"{seconds[way] * 1000:.0f} ms",
                f"{BACKUPS / seconds[way]:,.0f}",
                f"{seconds[way] / seconds['raw']:.1f} x",
                f"{cpu_seconds[way] * 1000:.0f} ms",
                f"{cpu_seconds[way] / cpu_seconds['raw']:.1f} x",
            ]
            for way, name in WAYS.items()
        ],
    )


@contextmanager
def _reader(way: str, emulator: Emulator) -> Iterator[subprocess.Popen[str]]:
    """A program that reads in one way, once it has read everything."""
    command = [sys.executable, "-m", "benchmarks.page_reader", way, emulator.url, emulator.api_key]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        read = json.loads(_line(program))
        if read != BACKUPS:
            raise RuntimeError(f"{WAYS[way]} read {read} backups rather than {BACKUPS}.")
        yield program
    finally:
        program.kill()
        program.wait()


def _read(program: subprocess.Popen[str]) -> tuple[float, float]:
    """The seconds and the CPU seconds of one more time."""
    assert program.stdin is not None
    program.stdin.write("\n")
    program.stdin.flush()
    seconds, cpu_seconds = json.loads(_line(program))
    return seconds, cpu_seconds


def _line(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline()


if __name__ == "__main__":
    print(measure().markdown(script=__file__))
