"""Airflow as a library: its database, its connection to the emulator, and tasks run in this process."""

from __future__ import annotations

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

from tests.contract.conftest import (
    Emulator,
    create_index,
    emulator,
    emulator_process,
    launch_emulator,
    upsert,
)

__all__ = ["create_index", "emulator", "emulator_process", "launch_emulator", "upsert"]


@dataclass
class TaskInstance:
    """What an operator asks of its task instance, and what it told it."""

    task_id: str
    dag_id: str = "nightly"
    run_id: str = "scheduled__2026-07-31T02:00:00+00:00"
    try_number: int = 1
    max_tries: int = 0
    map_index: int = -1
    xcoms: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        json.dumps(value)
        self.xcoms[key] = value


def context_of(operator: Any, *, run_id: str = "scheduled__2026-07-31T02:00:00+00:00") -> dict[str, Any]:
    """The part of a task's context that the operators read."""
    ti = TaskInstance(operator.task_id, run_id=run_id, max_tries=operator.retries)
    return {"ti": ti, "dag_run": SimpleNamespace(logical_date=datetime(2026, 7, 31, 2, tzinfo=UTC))}


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
    connect(host=emulator.url, password=emulator.api_key)
    return emulator


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


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Airflow's tables, in the tests' own home."""
    airflow = Path(sys.executable).parent / "airflow"
    subprocess.run([airflow, "db", "migrate"], check=True, capture_output=True, timeout=300)  # noqa: S603 - our own


def created(emulator: Emulator) -> list[str]:
    """The requests that would have made or deleted something in Pinecone."""
    return [
        f"{entry['method']} {entry['path']}"
        for entry in emulator.requests()
        if entry["method"] in ("POST", "DELETE", "PATCH") and not entry["path"].startswith("/data/")
    ]
