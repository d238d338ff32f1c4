"""What many deferred tasks cost a real triggerer: through the watcher, and each by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import quantiles
from typing import Any

import psutil

from benchmarks.emulator import Emulator, running
from benchmarks.table import Table
from tests.system.airflow_api import DagRun
from tests.system.airflow_process import LocalAirflow

TASKS = 1_000
INTERVAL = 10.0
SHORTEST, LONGEST = 90.0, 150.0
PATIENCE = 180.0
SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": 8, "metric": "cosine"}}}
PROJECT = Path(__file__).parents[1]

# There is no such pool, so that no worker begins the tasks before they are deferred.
DAG = """
from airflow.sdk import DAG, BaseOperator


class Wait(BaseOperator):
    def __init__(self, *, number, **kwargs):
        super().__init__(**kwargs)
        self.number = number


with DAG("waiting", schedule=None):
    Wait.partial(task_id="wait", pool="nobody").expand(number=list(range({tasks})))
"""

Trigger = tuple[str, dict[str, Any]]
"""A class path and arguments."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one way of waiting cost.

    :param ended: tasks that succeeded.
    :param requests: that the emulator saw.
    :param cpu_seconds: of the triggerer: of the process that runs the triggers, and of the one above it.
    :param latencies: seconds from the end of each backup to when its trigger fired.
    """

    ended: int
    requests: int
    cpu_seconds: tuple[float, float]
    latencies: list[float]


def measure(tasks: int = TASKS) -> Table:
    """Let the tasks of two runs wait, one run after the other, in one Airflow."""
    with tempfile.TemporaryDirectory() as folder, running() as emulator:
        bench = Bench(Path(folder), emulator=emulator, tasks=tasks)
        with bench.airflow:
            alone = bench.wait("each by itself", _alone)
            shared = bench.wait("through the watcher", _shared)
    return Table(
        title="Deferred tasks in a triggerer",
        method=f"{tasks:,} deferred tasks in a triggerer of Airflow {version('apache-airflow')} each wait "
        f"for one of {tasks:,} backups of a project in the emulator, and poll every {INTERVAL:.0f} s. The "
        f"backups start before the tasks are deferred, and end one after another {SHORTEST:.0f} to "
        f"{LONGEST:.0f} s later. The delay is the time from a backup's end until its trigger fires. The "
        "table shows the CPU time of the process that runs the triggers, and of the triggerer's parent "
        "process, which assigns them and records how they end. No worker takes part: a script defers the "
        "tasks, and their triggers end them. Without the watcher, each task has its own loop and its own "
        "aiohttp session.",
        header=["waits", "ended", "requests", "delay, p50", "delay, p99", "CPU time", "parent's CPU time"],
        rows=[_row("without the watcher", alone), _row("through the watcher", shared)],
    )


def _row(name: str, measured: Measured) -> list[str]:
    late = quantiles(measured.latencies, n=100)
    runner, first = measured.cpu_seconds
    return [
        name,
        f"{measured.ended:,}",
        f"{measured.requests:,}",
        f"{late[49]:.1f} s",
        f"{late[98]:.1f} s",
        f"{runner:.1f} s",
        f"{first:.1f} s",
    ]


def _alone(backup_id: str) -> Trigger:
    return "benchmarks.waiting_triggers.Alone", {"backup_id": backup_id, "poll_interval": INTERVAL}


def _shared(backup_id: str) -> Trigger:
    now = time.time()
    return "benchmarks.waiting_triggers.Shared", {
        "pinecone_conn_id": "pinecone_default",
        "wait": {"backup_id": backup_id, "started_at": now, "deadline": now + 3600},
        "poll_interval": INTERVAL,
    }


class Bench:
    """An Airflow, and an emulator beside it.

    :param folder: an empty one.
    :param tasks: how many wait at a time.
    """

    def __init__(self, folder: Path, *, emulator: Emulator, tasks: int) -> None:
        self.tasks = tasks
        self._emulator = emulator
        self._notes = folder / "notes"
        self._home = folder / "airflow"
        (folder / "dags").mkdir()
        (folder / "dags" / "waiting.py").write_text(DAG.format(tasks=tasks))
        emulator.create("/indexes", name="docs", schema=SCHEMA)
        connection = {"conn_type": "pinecone_backup", "password": emulator.api_key, "host": emulator.url}
        self._env = {
            "AIRFLOW_CONN_PINECONE_DEFAULT": json.dumps(connection),
            "AIRFLOW__CORE__FERNET_KEY": urlsafe_b64encode(os.urandom(32)).decode(),
            "BENCHMARK_NOTES": str(self._notes),
            "PYTHONPATH": str(PROJECT),
        }
        self.airflow = LocalAirflow(
            self._home, dags_folder=folder / "dags", env=self._env, say=lambda line: _say(line)
        )

    def wait(self, name: str, trigger: Callable[[str], Trigger]) -> Measured:
        """Begin backups, defer tasks that wait for them, and wait until all have ended."""
        run = self.airflow.trigger("waiting")
        self.airflow.wait_for_tasks(run, "wait", state="scheduled", timeout=PATIENCE)
        ends = dict(self._begin_backup(number) for number in range(self.tasks))
        _say(f"{name}: the backups are begun")
        self._notes.write_text("")
        self._emulator.api.delete("/_emulator/requests").raise_for_status()
        before = self._cpu_seconds()
        self._defer(run, [trigger(backup_id) for backup_id in ends])
        _say(f"{name}: the tasks are deferred")
        self.airflow.wait_until(
            lambda: len(self._seen()) == self.tasks, timeout=LONGEST + PATIENCE, what="all triggers to fire"
        )
        _say(f"{name}: all triggers have fired")
        self.airflow.wait_until(
            lambda: self.airflow.api.dag_run(run.dag_id, run.run_id).finished,
            timeout=PATIENCE,
            what="the run to end",
        )
        after = self._cpu_seconds()
        instances = self.airflow.api.task_instances(run.dag_id, run.run_id)
        requests = self._emulator.api.get("/_emulator/requests").raise_for_status().json()["requests"]
        return Measured(
            ended=sum(task.state == "success" for task in instances),
            requests=len(requests),
            cpu_seconds=(after[0] - before[0], after[1] - before[1]),
            latencies=[seen - ends[backup_id] for backup_id, seen in self._seen().items()],
        )

    def _begin_backup(self, number: int) -> tuple[str, float]:
        """Its id, and when it will end, in Unix seconds."""
        seconds = SHORTEST + (LONGEST - SHORTEST) * number / self.tasks
        self._emulator.api.put("/_emulator/settings", json={"backup_seconds": seconds}).raise_for_status()
        backup = self._emulator.create("/indexes/docs/backups")
        return backup["backup_id"], datetime.fromisoformat(backup["created_at"]).timestamp() + seconds

    def _defer(self, run: DagRun, triggers: list[Trigger]) -> None:
        environment = {**os.environ, **self._env, "AIRFLOW_HOME": str(self._home)}
        subprocess.run(
            [sys.executable, "-m", "benchmarks.deferring", run.run_id],
            input=json.dumps(triggers),
            text=True,
            env=environment,
            cwd=PROJECT,
            check=True,
        )

    def _seen(self) -> dict[str, float]:
        """When each trigger fired that has, by its backup's id."""
        lines = self._notes.read_text().splitlines(keepends=True)
        return dict(json.loads(line) for line in lines if line.endswith("\n"))

    def _cpu_seconds(self) -> tuple[float, float]:
        """Of the process that runs the triggers, and of the triggerer's first one."""
        first = psutil.Process(self.airflow.pid("triggerer"))
        return sum(_cpu_seconds(child) for child in first.children(recursive=True)), _cpu_seconds(first)


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _say(line: str) -> None:
    print(f"triggerer: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(measure().markdown(script=__file__))
