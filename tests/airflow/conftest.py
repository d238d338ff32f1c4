"""Airflow as a library: its database, its connection to the emulator, and tasks run in this process."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_pinecone.flows import deferring, finish_backup
from airflow_provider_pinecone.policies import polling
from airflow_provider_pinecone.sensors import _base
from tests.airflow.dag_runs import bag, run
from tests.airflow.event_loops import connections_to
from tests.contract.conftest import (
    Emulator,
    api,
    create_index,
    emulator,
    emulator_process,
    launch_emulator,
    upsert,
)

__all__ = ["api", "bag", "create_index", "emulator", "emulator_process", "launch_emulator", "run", "upsert"]

STARTED_AT = datetime.now(UTC)
RUN_ID = "scheduled__2026-07-31T02:00:00+00:00"


@dataclass
class TaskInstance:
    """What an operator asks of its task instance, and what it told it."""

    task_id: str
    dag_id: str = "nightly"
    run_id: str = RUN_ID
    try_number: int = 1
    max_tries: int = 0
    map_index: int = -1
    xcoms: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        json.dumps(value)
        self.xcoms[key] = value

    def get_first_reschedule_date(self, context: Any) -> datetime | None:
        return None


def context_of(operator: Any, **fields: Any) -> dict[str, Any]:
    """The part of a task's context that the operators read. ``fields`` are the task instance's."""
    ti = TaskInstance(operator.task_id, **{"max_tries": operator.retries, **fields})
    # Pinecone keeps the real time, and what it made before a run began is not that run's.
    dag_run = SimpleNamespace(logical_date=datetime(2026, 7, 31, 2, tzinfo=UTC), start_date=STARTED_AT)
    return {"ti": ti, "dag_run": dag_run}


async def event_of(trigger: Any) -> dict[str, Any]:
    """The one event that a trigger yields."""
    (event,) = [event async for event in trigger.run()]
    payload: dict[str, Any] = event.payload
    return payload


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the connection ``pinecone_default``."""

    def connect(**fields: Any) -> None:
        connection = {"conn_type": "pinecone_backup", **fields}
        monkeypatch.setenv("AIRFLOW_CONN_PINECONE_DEFAULT", json.dumps(connection))

    return connect


@pytest.fixture
def connected(emulator: Emulator, connect: Callable[..., None]) -> Emulator:
    """An empty emulator, which ``pinecone_default`` leads to."""
    connect(host=emulator.url, password=emulator.api_key, extra={"deployment": "prod"})
    return emulator


@pytest.fixture
def fill(create_index: Callable[..., dict[str, Any]], upsert: Callable[..., None]) -> Callable[..., Any]:
    """Make an index of some records in one namespace."""

    def fill(name: str, records: int = 3, **more: Any) -> dict[str, Any]:
        index = create_index(name, **more)
        if records:
            upsert(index, {f"record-{number}": [number, 1, 0] for number in range(records)})
        return index

    return fill


@pytest.fixture
def movies(
    connected: Emulator, create_index: Callable[..., dict[str, Any]], upsert: Callable[..., None]
) -> dict[str, Any]:
    """An index of six records in two namespaces."""
    index = create_index("movies")
    for namespace in ("old", "new"):
        upsert(index, {f"{namespace}-{n}": [n, 1, 0] for n in range(3)}, namespace=namespace)
    return index


@pytest.fixture
def backup_of(connected: Emulator) -> Callable[..., str]:
    """Back an index up by hand, and return the backup's id."""

    def back_up(index_name: str) -> str:
        with connected.client() as client:
            answer = client.post(f"/indexes/{index_name}/backups", json={})
        assert answer.is_success, answer.text
        return str(answer.json()["backup_id"])

    return back_up


@pytest.fixture
def restore_of(connected: Emulator) -> Callable[..., str]:
    """Restore a backup by hand, and return the restore job's id."""

    def restore(backup_id: str, *, name: str = "movies-restored") -> str:
        with connected.client() as client:
            answer = client.post(f"/backups/{backup_id}/create-index", json={"name": name})
        assert answer.is_success, answer.text
        return str(answer.json()["restore_job_id"])

    return restore


@pytest.fixture
def read(connected: Emulator) -> Callable[[str], Any]:
    """Read something from the emulator, past all faults, as it says it itself."""

    def read(path: str) -> Any:
        connected.set_faults()
        with connected.client() as client:
            answer = client.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    return read


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of parts of a second: in the worker, in the triggerer, and between two looks."""
    monkeypatch.setattr(deferring, "SHORT_WAIT", 0.05)
    monkeypatch.setattr(finish_backup, "FOUND_PATIENCE", 0.05)
    monkeypatch.setattr(deferring, "EARLIEST_EVENT", 0.05)
    monkeypatch.setattr(polling, "SHORTEST_PAUSE", 0.05)
    monkeypatch.setattr(_base, "SHORTEST_POKE", 0.05)


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """All that was printed and logged in the test so far. Airflow 2 logs, Airflow 3 prints its logs."""
    caplog.set_level("INFO")
    text = ""

    def told() -> str:
        nonlocal text
        text += "".join(capfd.readouterr())
        return text + caplog.text

    return told


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Airflow's tables, in the tests' own home."""
    airflow = Path(sys.executable).parent / "airflow"
    subprocess.run([airflow, "db", "migrate"], check=True, capture_output=True, timeout=300)


@pytest.fixture
def connections(connected: Emulator) -> Callable[[], int]:
    """How many connections to the emulator this test has open in this process."""
    # Hooks of earlier tests leave theirs to the garbage collector.
    gc.collect()
    of_others = connections_to(connected)
    return lambda: connections_to(connected) - of_others


def created(emulator: Emulator) -> list[str]:
    """The requests that would have made or deleted something in Pinecone."""
    return [
        f"{entry['method']} {entry['path']}"
        for entry in emulator.requests()
        if entry["method"] in ("POST", "DELETE", "PATCH") and not entry["path"].startswith("/data/")
    ]


@pytest.fixture
def backups(connected: Emulator, backup_of: Callable[..., str]) -> Callable[..., list[str]]:
    """Make some backups, which take an hour, and forget that it was asked for them."""

    def make(count: int) -> list[str]:
        connected.change_settings(backup_seconds=3600)
        return [backup_of("movies") for _ in range(count)]

    return make
