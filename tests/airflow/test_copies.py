"""Airflow copies operators with their hooks; what holds the key is neither copied nor pickled."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.async_client import AsyncPineconeClient
from airflow_provider_pinecone.api.client import PineconeClient
from airflow_provider_pinecone.api.settings import Settings
from airflow_provider_pinecone.api.wire import request_for
from airflow_provider_pinecone.hooks.connection import PineconeConnection
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators.backup import (
    PineconeCreateBackupOperator,
    PineconeListBackupsOperator,
)
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.sensors.backup import PineconeBackupFreshnessSensor, PineconeBackupSensor
from tests.airflow.conftest import context_of
from tests.contract.conftest import Emulator

SETTINGS = Settings(api_key="pcsk_never_to_be_pickled", host="http://127.0.0.1:1")
HOLDERS: dict[str, Callable[[], Any]] = {
    "settings": lambda: SETTINGS,
    "connection": lambda: PineconeConnection(settings=SETTINGS),
    "client": lambda: PineconeClient(SETTINGS),
    "async client": lambda: AsyncPineconeClient(SETTINGS),
    "request": lambda: request_for(endpoints.list_indexes(), settings=SETTINGS),
}
WAYS: dict[str, Callable[[Any], Any]] = {"pickle": pickle.dumps, "deepcopy": copy.deepcopy}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_what_holds_the_key_refuses_to_be_pickled_or_copied(holder: str, way: str) -> None:
    with pytest.raises(TypeError, match="holds the API key, so it is not pickled or copied"):
        WAYS[way](HOLDERS[holder]())


def test_a_hook_that_holds_the_key_refuses_to_be_pickled(connected: Emulator) -> None:
    hook = PineconeBackupHook()
    hook.list_indexes()
    with pytest.raises(TypeError, match="holds the API key"):
        pickle.dumps(hook)


def test_a_copied_hook_reads_the_connection_itself(connected: Emulator, movies: Any) -> None:
    hook = PineconeBackupHook("pinecone_default")
    hook.list_indexes()
    copied = copy.deepcopy(hook)
    assert vars(copied).keys().isdisjoint({"connection", "client"})
    hook.close()
    assert [index.name for index in copied.list_indexes()] == ["movies"]


TASKS: list[Callable[[], Any]] = [
    lambda: PineconeCreateBackupOperator(task_id="t", index_name="movies"),
    lambda: PineconeListBackupsOperator(task_id="t"),
    lambda: PineconeCreateIndexFromBackupOperator(
        task_id="t", index_name="movies-restored", source_index_name="movies"
    ),
    lambda: PineconeBackupSensor(task_id="t", backup_id="b"),
    lambda: PineconeBackupFreshnessSensor(task_id="t", max_age=60),
]


@pytest.mark.parametrize("made", TASKS)
def test_a_task_whose_hook_was_used_is_copied_with_its_dag(
    movies: Any, connected: Emulator, made: Callable[[], Any]
) -> None:
    with DAG("copied", start_date=datetime(2026, 1, 1), schedule=None) as dag:
        task = made()
    task.hook.list_indexes()
    for copied in (copy.deepcopy(task), copy.deepcopy(dag).get_task("t"), copy.copy(task)):
        assert [index.name for index in copied.hook.list_indexes()] == ["movies"]
    assert copy.deepcopy(task).hook is not task.hook


@pytest.mark.usefixtures("quick")
def test_a_task_that_has_run_is_copied(movies: Any, connected: Emulator) -> None:
    task = PineconeCreateBackupOperator(task_id="t", index_name="movies")
    made = task.execute(context_of(task))
    copied = copy.deepcopy(task)
    assert copied.execute(context_of(copied, try_number=2)) == made
