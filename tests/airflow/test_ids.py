"""Ids that may lead a request elsewhere, or forge a log line: one short line, and nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.models import Vector
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators.backup import (
    PineconeCreateBackupOperator,
    PineconeDeleteBackupOperator,
    PineconeListBackupsOperator,
)
from airflow_provider_pinecone.operators.drill import (
    PineconeCleanUpDrillOperator,
    PineconePrepareDrillOperator,
)
from airflow_provider_pinecone.operators.index import PineconeDeleteIndexOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.sensors.backup import PineconeBackupFreshnessSensor, PineconeBackupSensor
from airflow_provider_pinecone.sensors.restore import PineconeRestoreJobSensor
from tests.airflow.conftest import context_of
from tests.contract.conftest import Emulator

pytestmark = pytest.mark.usefixtures("airflow_database")

EVIL = [
    "../indexes/prod",
    "..",
    "a/b",
    "a%2Fb",
    "a?b",
    "a#b",
    "a b",
    "a\n2026-07-31 02:00:00 INFO - Backup deleted.",
    "\x1b[2J",
    "half \ud800",
    "x" * 10_000,
]
evil = pytest.mark.parametrize("id", EVIL, ids=lambda id: ascii(id)[:24])


def restore(**arguments: Any) -> PineconeCreateIndexFromBackupOperator:
    return PineconeCreateIndexFromBackupOperator(
        task_id="t", **{"index_name": "movies-restored", "backup_id": "b", **arguments}
    )


TASKS: dict[str, Callable[[Any], Any]] = {
    "create": lambda id: PineconeCreateBackupOperator(task_id="t", index_name=id),
    "create, settled": lambda id: PineconeCreateBackupOperator(task_id="t", index_name=id, settle=True),
    "delete": lambda id: PineconeDeleteBackupOperator(task_id="t", backup_id=id, missing_ok=True),
    "delete, a dict": lambda id: PineconeDeleteBackupOperator(task_id="t", backup_id={"backup_id": id}),
    "list": lambda id: PineconeListBackupsOperator(task_id="t", index_name=id),
    "list, deleted": lambda id: PineconeListBackupsOperator(task_id="t", index_name=id, include_deleted=True),
    "delete index": lambda id: PineconeDeleteIndexOperator(task_id="t", index_name=id, missing_ok=True),
    "drill": lambda id: PineconePrepareDrillOperator(task_id="t", source_index_name=id),
    "drill of one": lambda id: PineconePrepareDrillOperator(
        task_id="t", source_index_name="movies", source_index_id=id
    ),
    "end drill": lambda id: PineconeCleanUpDrillOperator(task_id="t", index_name=id, drill_id="1a2b3c4d"),
    "end drill of": lambda id: PineconeCleanUpDrillOperator(task_id="t", index_name="movies", drill_id=id),
    "restore into": lambda id: restore(index_name=id),
    "restore": lambda id: restore(backup_id=id),
    "restore of": lambda id: restore(backup_id=None, source_index_name=id),
    "restore of one": lambda id: restore(backup_id=None, source_index_name="movies", source_index_id=id),
    "await backup": lambda id: PineconeBackupSensor(task_id="t", backup_id=id),
    "await backup, deferred": lambda id: PineconeBackupSensor(task_id="t", backup_id=id, deferrable=True),
    "await restore": lambda id: PineconeRestoreJobSensor(task_id="t", restore_job_id=id),
    "await index": lambda id: PineconeRestoreJobSensor(task_id="t", restore_job_id="j", index_name=id),
    "freshness": lambda id: PineconeBackupFreshnessSensor(
        task_id="t", max_age=60, index_names=[id], timeout=0
    ),
}


@evil
@pytest.mark.parametrize("task", TASKS)
def test_a_task_refuses_it(connected: Emulator, told: Callable[[], str], task: str, id: str) -> None:
    operator = TASKS[task](id)
    context = context_of(operator)
    with pytest.raises(AirflowFailException) as caught:
        operator.execute(context)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 300
    assert connected.requests() == []
    assert len(json.dumps(context["ti"].xcoms)) < 700
    assert "\n2026-07-31 02:00:00" not in told()
    assert "\x1b[2J" not in told()


METHODS: dict[str, Callable[[PineconeBackupHook, Any], Any]] = {
    "create_backup": lambda hook, id: hook.create_backup(id),
    "describe_backup": lambda hook, id: hook.describe_backup(id),
    "list_backups": lambda hook, id: hook.list_backups(id),
    "iter_backups": lambda hook, id: hook.iter_backups(id),
    "delete_backup": lambda hook, id: hook.delete_backup(id),
    "create_index_from_backup": lambda hook, id: hook.create_index_from_backup(id, name="x"),
    "describe_restore_job": lambda hook, id: hook.describe_restore_job(id),
    "describe_index": lambda hook, id: hook.describe_index(id),
    "create_index": lambda hook, id: hook.create_index(id, dimension=3),
    "delete_index": lambda hook, id: hook.delete_index(id),
    "describe_index_stats": lambda hook, id: hook.describe_index_stats(id),
    "list_vector_ids": lambda hook, id: hook.list_vector_ids(id),
    "fetch_vectors": lambda hook, id: hook.fetch_vectors(id, ids=["a"]),
    "query": lambda hook, id: hook.query(id, vector=Vector(id="a", values=(1.0,))),
    "upsert_vectors": lambda hook, id: hook.upsert_vectors(id, vectors=[]),
    "check_freshness": lambda hook, id: hook.check_freshness(max_age=60, index_names=[id]),
}
SCHEDULES: dict[str, Callable[[PineconeBackupHook, Any], Any]] = {
    "create": lambda hook, id: hook.backup_schedules.create(
        index_name=id, name="n", frequency="daily", retention_days=1
    ),
    "list": lambda hook, id: hook.backup_schedules.list(index_name=id),
    "iter_schedules": lambda hook, id: hook.backup_schedules.iter_schedules(index_name=id),
    "describe": lambda hook, id: hook.backup_schedules.describe(schedule_id=id),
    "update": lambda hook, id: hook.backup_schedules.update(schedule_id=id, enabled=True),
    "delete": lambda hook, id: hook.backup_schedules.delete(schedule_id=id),
    "history": lambda hook, id: hook.backup_schedules.history(schedule_id=id),
    "iter_history": lambda hook, id: hook.backup_schedules.iter_history(schedule_id=id),
}
ALL_METHODS = METHODS | {f"backup_schedules.{name}": method for name, method in SCHEDULES.items()}


@evil
@pytest.mark.parametrize("method", ALL_METHODS)
def test_a_method_of_the_hook_refuses_it(connected: Emulator, method: str, id: str) -> None:
    with pytest.raises(PineconeInputError) as caught:
        ALL_METHODS[method](PineconeBackupHook(), id)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300
    assert connected.requests() == []


def test_every_method_that_takes_an_id_is_here() -> None:
    def taking(kind: type) -> set[str]:
        names = {"backup_id", "index_name", "restore_job_id", "schedule_id", "index_names"}
        methods = {name: vars(base)[name] for base in kind.__mro__ for name in vars(base) if name[0] != "_"}
        return {name for name, method in methods.items() if names & {*getattr(method, "__annotations__", ())}}

    assert taking(PineconeBackupHook) <= METHODS.keys()
    assert taking(type(PineconeBackupHook().backup_schedules)) <= SCHEDULES.keys()
    assert len(taking(PineconeBackupHook)) > 10
