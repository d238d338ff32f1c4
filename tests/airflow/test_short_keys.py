"""A key may be any word, as those of emulators, proxies and CI are: what the API says is never altered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_pinecone.flows.waiting.backup import BackupWait
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.sensors.backup import PineconeBackupSensor
from airflow_provider_pinecone.triggers.backup import PineconeBackupTrigger
from tests.airflow.conftest import context_of, created
from tests.contract.conftest import Emulator

KEYS = ("pinecone", "airflow", "test", "k", "1")
"""Each stands in marks, tags, hosts, ids, names or field names that the API answers with."""


@pytest.fixture(params=KEYS)
def emulator(
    request: pytest.FixtureRequest, emulator: Emulator, quick: None, connect: Callable[..., None]
) -> Emulator:
    """An empty emulator with one of these keys, which ``pinecone_default`` leads to."""
    emulator.change_settings(api_key=request.param)
    connect(host=emulator.url, password=request.param)
    return replace(emulator, api_key=request.param)


def back_up(**ti: Any) -> dict[str, Any]:
    task = PineconeCreateBackupOperator(task_id="back_up", index_name="test-1", timeout=60.0)
    return task.execute(context_of(task, **ti))


def restore(backup_id: str, **ti: Any) -> dict[str, Any]:
    task = PineconeCreateIndexFromBackupOperator(
        task_id="restore", index_name="test-1-restored", backup_id=backup_id, timeout=60.0
    )
    return task.execute(context_of(task, **ti))


def test_two_tries_make_one_backup(emulator: Emulator, fill: Callable[..., Any]) -> None:
    fill("test-1")
    assert back_up() == back_up(try_number=2)
    assert created(emulator).count("POST /indexes/test-1/backups") == 1


def test_a_restore_is_adopted_by_the_next_try(emulator: Emulator, fill: Callable[..., Any]) -> None:
    fill("test-1")
    backup_id = back_up()["backup_id"]
    assert restore(backup_id) == restore(backup_id, try_number=2)
    assert created(emulator).count(f"POST /backups/{backup_id}/create-index") == 1


def test_listings_are_unaltered(emulator: Emulator, fill: Callable[..., Any]) -> None:
    fill("test-1", tags={"test": "airflow-1"})
    back_up()
    with emulator.client() as client:
        indexes = client.get("/indexes").json()["indexes"]
        backups = client.get("/backups").json()["data"]
    hook = PineconeBackupHook()
    assert [index.raw for index in hook.list_indexes()] == indexes
    assert [backup.raw for backup in hook.iter_backups()] == backups
    assert hook.describe_index_stats("test-1").total_vector_count == 3
    assert hook.test_connection()[0]


@pytest.mark.parametrize("deferred", [False, True])
def test_a_wait_ends(emulator: Emulator, fill: Callable[..., Any], deferred: bool) -> None:
    fill("test-1")
    emulator.change_settings(backup_seconds=0.3)
    backup_id = PineconeBackupHook().create_backup("test-1").backup_id
    if not deferred:
        sensor = PineconeBackupSensor(task_id="until_ready", backup_id=backup_id, timeout=20.0)
        assert sensor.execute(context_of(sensor))["status"] == "Ready"
        return
    now = time.time()
    wait = BackupWait(backup_id=backup_id, started_at=now, deadline=now + 20)
    trigger = PineconeBackupTrigger(pinecone_conn_id="pinecone_default", wait=wait)

    async def event() -> Any:
        return [event.payload async for event in trigger.run()]

    assert [payload["status"] for payload in asyncio.run(event())] == ["done"]
