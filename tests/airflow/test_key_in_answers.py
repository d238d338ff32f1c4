"""A server that puts the key into its answers: it is in no log, error or XCom message, and data stay raw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators.backup import (
    PineconeCreateBackupOperator,
    PineconeDeleteBackupOperator,
    PineconeListBackupsOperator,
)
from airflow_provider_pinecone.operators.index import PineconeListIndexesOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.sensors.backup import PineconeBackupSensor
from tests.airflow.conftest import context_of
from tests.contract.conftest import Emulator

pytestmark = pytest.mark.usefixtures("quick", "airflow_database")


@pytest.fixture
def backup(movies: dict[str, Any], backup_of: Callable[..., str], read: Callable[[str], Any]) -> Any:
    """A backup of movies, as the API describes it."""
    return read(f"/backups/{backup_of('movies')}")


@pytest.fixture
def answer(connected: Emulator) -> Callable[..., None]:
    """Have the emulator give one body to each request for a path."""

    def answer(path: str, body: Any, *, status: int = 200) -> None:
        connected.set_faults({"path": path, "action": "status", "status": status, "body": body})

    return answer


OPERATORS: dict[str, Callable[[str], Any]] = {
    "create": lambda id: PineconeCreateBackupOperator(task_id="t", index_name="movies"),
    "delete": lambda id: PineconeDeleteBackupOperator(task_id="t", backup_id=id),
    "list backups": lambda id: PineconeListBackupsOperator(task_id="t"),
    "list indexes": lambda id: PineconeListIndexesOperator(task_id="t"),
    "restore": lambda id: PineconeCreateIndexFromBackupOperator(
        task_id="t", index_name="movies-restored", backup_id=id
    ),
    "sensor": lambda id: PineconeBackupSensor(task_id="t", backup_id=id),
}


@pytest.mark.parametrize(
    ("kind", "path", "field"),
    [
        ("create", "/backups/*", "status"),
        ("delete", "/backups/*", "source_index_name"),
        ("delete", "/backups/*", "source_index_id"),
        ("list backups", "/backups", "source_index_name"),
        ("list backups", "/backups", "status"),
        ("list indexes", "/indexes", "name"),
        ("restore", "/backups/*", "status"),
        ("sensor", "/backups/*", "status"),
    ],
)
def test_a_key_in_an_answer_is_told_nowhere(
    kind: str,
    path: str,
    field: str,
    backup: dict[str, Any],
    movies: dict[str, Any],
    connected: Emulator,
    answer: Callable[..., None],
    told: Callable[[], str],
) -> None:
    one = (backup if "backups" in path else movies) | {field: f"my {connected.api_key} is\n here"}
    answer(path, one if "*" in path else {"data": [one], "indexes": [one]})
    task = OPERATORS[kind](backup["backup_id"])
    context = context_of(task)
    error: Exception | None = None
    try:
        task.execute(context)
    except (PineconeError, AirflowException) as raised:
        error = raised
    everything = f"{told()} {error} {error!r} {context['ti'].xcoms.get('error')}"
    assert "my *** is" in everything
    assert connected.api_key not in everything


def test_data_is_as_the_server_sent_it(
    backup: dict[str, Any], connected: Emulator, answer: Callable[..., None]
) -> None:
    echo = f"my {connected.api_key}"
    answer("/backups/*", backup | {"description": echo, "unheard_of": echo, "tags": {"team": echo}})
    found = PineconeBackupHook().describe_backup(backup["backup_id"])
    assert (found.description, found.raw["unheard_of"], found.tags) == (echo, echo, {"team": echo})


@pytest.mark.parametrize("status", [400, 401, 403, 404, 412, 500])
def test_a_key_in_a_refusal_is_told_nowhere(
    status: int,
    backup: dict[str, Any],
    connected: Emulator,
    answer: Callable[..., None],
    told: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    answer("/backups/*", {"headers": {"Api-Key": connected.api_key}}, status=status)
    task = OPERATORS["delete"](backup["backup_id"])
    context = context_of(task)
    with pytest.raises((PineconeError, AirflowException)) as caught:
        task.execute(context)
    assert connected.api_key not in f"{caught.value} {vars(caught.value)}"
    assert "***" in context["ti"].xcoms["error"]["message"]
    assert connected.api_key not in context["ti"].xcoms["error"]["message"]
    assert connected.api_key not in told()
