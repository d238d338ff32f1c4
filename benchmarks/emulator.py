"""An emulator to measure: a process of its own, as users run it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psutil


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a call takes.

    :param seconds: until its answer is there.
    :param cpu_seconds: of the emulator's process.
    """

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Emulator:
    """A running emulator whose backups and restores are done at once, unless its arguments say otherwise.

    :param url: where it listens.
    :param api_key: the key it takes.
    :param api: a client of it.
    :param process: its process.
    """

    url: str
    api_key: str
    api: httpx.Client
    process: psutil.Process

    def create(self, path: str, **body: Any) -> Any:
        """Send a body, and give the answer's."""
        return self.api.post(path, json=body).raise_for_status().json()

    @contextmanager
    def measured(self) -> Iterator[list[Cost]]:
        """Add what the block costs to a list."""
        costs: list[Cost] = []
        started, cpu_started = time.perf_counter(), self._cpu_seconds()
        yield costs
        seconds = time.perf_counter() - started
        costs.append(Cost(seconds=seconds, cpu_seconds=self._cpu_seconds() - cpu_started))

    def _cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def running(*arguments: str) -> Iterator[Emulator]:
    """Start an emulator with arguments of its command line, and kill it in the end."""
    command = [sys.executable, "-m", "airflow_provider_pinecone.emulator", "--port", "0"]
    command += ["--backup-seconds", "0", "--restore-seconds", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        headers = {
            "Api-Key": ready["api_key"],
            "X-Pinecone-Api-Version": "2026-07",
            "X-Emulator-Control": "1",
        }
        with httpx.Client(base_url=ready["url"], headers=headers, trust_env=False, timeout=60) as api:
            # Measured with more backups than a project of Pinecone's may have.
            api.put("/_emulator/settings", json={"max_backups": None}).raise_for_status()
            yield Emulator(ready["url"], ready["api_key"], api, psutil.Process(process.pid))
    finally:
        process.kill()
        process.wait()
