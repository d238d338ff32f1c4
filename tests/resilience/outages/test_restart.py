"""Real triggers and tasks, while the Pinecone that they wait for is killed and started again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_pinecone.flows import deferring
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.policies import polling
from tests.airflow.conftest import context_of
from tests.system.emulator_process import Emulator

INDEXES = tuple(f"index-{number}" for number in range(10))
SECONDS = 3600.0


@pytest.fixture
def pinecone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A Pinecone of ten indexes, whose state survives a kill."""
    with Emulator(tmp_path, backup_seconds=SECONDS, restore_seconds=SECONDS) as emulator:
        for name, value in emulator.connection.items():
            monkeypatch.setenv(name, value)
        with httpx.Client(
            base_url=emulator.url, headers={"Api-Key": emulator.api_key}, trust_env=False
        ) as client:
            for name in INDEXES:
                _fill(client, name)
        yield emulator


def _fill(client: httpx.Client, name: str) -> None:
    schema = {"fields": {"_values": {"type": "dense_vector", "dimension": 2, "metric": "cosine"}}}
    index = client.post("/indexes", json={"name": name, "schema": schema}).raise_for_status().json()
    body = {"vectors": [{"id": "a", "values": [0.0, 1.0]}], "namespace": ""}
    client.post(f"{index['host']}/vectors/upsert", json=body).raise_for_status()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferring, "SHORT_WAIT", 0.0)
    monkeypatch.setattr(deferring, "EARLIEST_EVENT", 0.0)
    monkeypatch.setattr(polling, "SHORTEST_PAUSE", 0.1)


def test_ten_waits_in_one_triggerer_outlive_a_pinecone_that_is_killed_twice(
    pinecone: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    contexts, deferred = {}, {}
    for name in INDEXES:
        contexts[name] = context_of(_task(name))
        with pytest.raises(TaskDeferred) as caught:
            _task(name).execute(contexts[name])
        deferred[name] = caught.value
    events = asyncio.run(_wait_for_all([one.trigger for one in deferred.values()], pinecone))
    assert [event["status"] for event in events] == ["done"] * len(INDEXES)
    for name, event in zip(INDEXES, events, strict=True):
        backup = _task(name).execute_complete(contexts[name], event=event)
        assert (backup["source_index_name"], backup["status"]) == (name, "Ready")
        assert backup["backup_id"] == contexts[name]["ti"].xcoms["backup_id"]
    made = _backups(pinecone)
    assert sorted(backup["source_index_name"] for backup in made) == sorted(INDEXES)
    with capsys.disabled():
        print(f"\n  {len(events)} waits, Pinecone killed twice: {len(made)} backups, one each")


def _task(name: str) -> Any:
    return PineconeCreateBackupOperator(task_id="task", index_name=name, deferrable=True)


async def _wait_for_all(triggers: list[Any], pinecone: Emulator) -> list[dict[str, Any]]:
    """The events of all triggers, in one event loop, while Pinecone is killed."""
    waits = [asyncio.create_task(_event_of(trigger)) for trigger in triggers]
    for _ in range(2):
        await asyncio.sleep(0.5)
        pinecone.kill()
        # So long that every wait meets it.
        await asyncio.sleep(1.0)
        pinecone.start()
    assert not any(wait.done() for wait in waits)
    pinecone.advance(SECONDS)
    return await asyncio.gather(*waits)


async def _event_of(trigger: Any) -> dict[str, Any]:
    _, arguments = trigger.serialize()
    [event] = [event async for event in type(trigger)(**json.loads(json.dumps(arguments))).run()]
    payload: dict[str, Any] = event.payload
    return payload


def _backups(pinecone: Emulator) -> list[dict[str, Any]]:
    headers = {"Api-Key": pinecone.api_key, "X-Pinecone-Api-Version": "2026-07"}
    answer = httpx.get(f"{pinecone.url}/backups", headers=headers, params={"limit": 100}, trust_env=False)
    backups: list[dict[str, Any]] = answer.raise_for_status().json()["data"]
    return backups
