"""The project that each task of the matrix is played in, and the tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.policies.identity import Run
from tests.airflow.conftest import RUN_ID
from tests.contract.conftest import Emulator

SOURCE, TARGET, OTHER = "movies", "movies-again", "songs"
RECORDS = {f"record-{number}": [number, 1.0, 0.0] for number in range(3)}
SECONDS = 60.0
"""That a backup or a restore takes, where the triggerer is to wait for it."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Project:
    """What there is: indexes by name with their records, backups and restore jobs by id."""

    indexes: Mapping[str, Row]
    records: Mapping[str, Any]
    backups: Mapping[str, Row]
    jobs: Mapping[str, Row]


@dataclass(frozen=True)
class Case:
    """A kind of task.

    :param look: the path of the request by which it looks for what it has made.
    :param asks: the end of the path of the request by which it asks for it.
    """

    name: str
    look: str
    asks: str
    make: Callable[..., Any]
    is_restore: bool = False
    is_by_name: bool = False

    def token(self, source: str, *, generation: int = 0) -> str:
        """What marks that which the task makes, where it restores this backup."""
        of_run = run(generation=generation)
        if not self.is_restore:
            return of_run.token(SOURCE)
        return of_run.token(TARGET, source=("", SOURCE, "", "") if self.is_by_name else (source, "", "", ""))


def _back_up(**arguments: Any) -> Any:
    return PineconeCreateBackupOperator(task_id="task", index_name=SOURCE, retries=2, **arguments)


def _restore(**arguments: Any) -> Any:
    return PineconeCreateIndexFromBackupOperator(task_id="task", index_name=TARGET, retries=2, **arguments)


def _by_id(*, source: str, **arguments: Any) -> Any:
    return _restore(backup_id=source, **arguments)


def _by_name(*, source: str, **arguments: Any) -> Any:
    return _restore(source_index_name=SOURCE, **arguments)


def _backup(*, source: str, **arguments: Any) -> Any:
    return _back_up(**arguments)


_LOOK, _ASKS = f"/indexes/{TARGET}", "/create-index"
CASES = (
    Case("back up", f"/indexes/{SOURCE}/backups", f"/indexes/{SOURCE}/backups", _backup),
    Case("restore by id", _LOOK, _ASKS, _by_id, is_restore=True),
    Case("restore by name", _LOOK, _ASKS, _by_name, is_restore=True, is_by_name=True),
)


def run(run_id: str = RUN_ID, *, generation: int = 0) -> Run:
    """The run that the task is in, and others."""
    return Run(
        deployment="default",
        dag_id="nightly",
        task_id="task",
        run_id=run_id,
        moment=datetime(2026, 7, 31, 2, tzinfo=UTC),
        generation=generation,
    )


def set_up(emulator: Emulator) -> str:
    """Begin with an index to back up, and with others and their backups that are none of the run's business.

    :return: the id of the backup to restore.
    """
    emulator.reset()
    with emulator.client() as client:
        for name in (SOURCE, OTHER):
            _fill(client, name)
        other = run("scheduled__2026-07-30T02:00:00+00:00")
        # By another run, under the very name that this run gives its backup; and by hand, to restore.
        for index, name, description in (
            (SOURCE, run().backup_name(SOURCE), other.description(SOURCE)),
            (OTHER, "by-hand", f"nightly task {RUN_ID}"),
            (SOURCE, "by-hand", "by hand"),
        ):
            made = _post(client, f"/indexes/{index}/backups", {"name": name, "description": description})
    # All that is older than anything stale.
    emulator.advance(7200)
    return str(made["backup_id"])


def _fill(client: httpx.Client, name: str) -> None:
    schema = {"fields": {"_values": {"type": "dense_vector", "dimension": 3, "metric": "cosine"}}}
    index = _post(client, "/indexes", {"name": name, "schema": schema})
    vectors = [{"id": id, "values": values} for id, values in RECORDS.items()]
    _post(client, f"{index['host']}/vectors/upsert", {"vectors": vectors, "namespace": ""})


def _post(client: httpx.Client, path: str, body: Any) -> Any:
    return client.post(path, json=body).raise_for_status().json()


def project_of(emulator: Emulator) -> Project:
    """All that there is, past all faults."""
    emulator.set_faults()
    with emulator.client() as client:

        def read(path: str) -> Any:
            return client.get(path).raise_for_status().json()

        indexes = {index["name"]: index for index in read("/indexes")["indexes"]}
        return Project(
            indexes=indexes,
            records={name: _records(read, index["host"]) for name, index in indexes.items()},
            backups={one["backup_id"]: one for one in read("/backups?limit=100")["data"]},
            jobs={one["restore_job_id"]: one for one in read("/restore-jobs?limit=100")["data"]},
        )


def _records(read: Callable[[str], Any], host: str) -> Any:
    ids = "&".join(f"ids={id}" for id in RECORDS)
    fetched = read(f"{host}/vectors/fetch?{ids}")["vectors"]
    return {id: vector["values"] for id, vector in fetched.items()}, read_count(read, host)


def read_count(read: Callable[[str], Any], host: str) -> int:
    return len(read(f"{host}/vectors/list")["vectors"])
