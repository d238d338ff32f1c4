"""A hundred times kill -9 under load: nothing that was acknowledged is lost, and no backup is half."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Semaphore
from typing import TYPE_CHECKING, Any

import httpx

from tests.resilience.crashes.loads import Backups, Copies, Load, Writer
from tests.resilience.crashes.nursery import Nursery, nursery

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 100
SEED = 20261122
MOST_CHANGES = 40  # that are acknowledged between two kills
LONGEST_PAUSE = 0.01  # seconds between the last of them and the kill: a few changes' time
INDEX = {"fields": {"_values": {"type": "dense_vector", "dimension": 2, "metric": "euclidean"}}}


class Emulator:
    """The emulator on a state file, through all its lives."""

    def __init__(self, nursery: Nursery, state: Path) -> None:
        self._nursery = nursery
        self._state = str(state)
        self.start()

    def start(self) -> None:
        """Begin a life."""
        arguments = ("--state", self._state, "--backup-seconds", "0", "--restore-seconds", "0")
        self.pid, self.api = self._nursery.bear(*arguments)

    def kill(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)

    @property
    def host(self) -> str:
        """Where the records of the index ``docs`` are in this life."""
        described: dict[str, Any] = self.api.get("/indexes/docs").raise_for_status().json()
        return str(described["host"])


def test_a_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    random = chances("kills")
    writers = [Writer(name, chances(name)) for name in ("one", "two", "three")]
    backups = Backups("backup", chances("backup"))
    copies = Copies("copy", chances("copy"))
    loads: list[Load] = [*writers, backups, copies]

    with nursery() as ours:
        emulator = Emulator(ours, tmp_path / "state.db")
        emulator.api.post("/indexes", json={"name": "docs", "schema": INDEX}).raise_for_status()
        for _ in range(KILLS):
            copies.source = emulator.api.post("/indexes/docs/backups", json={"name": "source"}).json()
            changes, pause = random.randint(1, MOST_CHANGES), random.uniform(0, LONGEST_PAUSE)
            kill_under_load(emulator, loads, changes=changes, pause=pause)
            emulator.start()
            for load in loads:
                load.settle(emulator.api, emulator.host)
            emulator.api.delete(f"/backups/{copies.source['backup_id']}").raise_for_status()
        emulator.kill()

    for load in loads:
        print(f"{load.name}: {load.acknowledged} acknowledged, {load.kept} kept, {load.undone} undone")
    print(f"{len(backups.restored)} backups restored and found whole")
    assert all(load.acknowledged >= KILLS for load in loads)
    # The kills came in the middle of changes, before and after they were made.
    assert sum(load.kept for load in loads) >= 20
    assert sum(load.undone for load in loads) >= 20


def chances(name: str) -> Random:
    return Random(f"{SEED} {name}")


def kill_under_load(emulator: Emulator, loads: list[Load], *, changes: int, pause: float) -> None:
    """Let all loads make changes at once, until so many were acknowledged and a moment has passed."""
    acknowledged = Semaphore(0)
    host = emulator.host

    def change_until_it_dies(load: Load) -> None:
        with httpx.Client(
            base_url=emulator.api.base_url, headers=emulator.api.headers, trust_env=False
        ) as api:
            try:
                while True:
                    load.change(api, host)
                    acknowledged.release()
            except httpx.TransportError:
                pass

    with ThreadPoolExecutor(len(loads)) as threads:
        running = [threads.submit(change_until_it_dies, load) for load in loads]
        for _ in range(changes):
            acknowledged.acquire(timeout=60)
        time.sleep(pause)
        emulator.kill()
    for load in running:
        load.result()
