"""The task state store is a shortcut to what a run began, and nothing is believed because of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_pinecone.operators._memory import KEY
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from tests.airflow.conftest import context_of, created
from tests.contract.conftest import Emulator

CREATE = "POST /indexes/movies/backups"
STALE = {"method": "GET", "path": "/indexes/movies/backups", "action": "stale", "seconds": 60}


@pytest.fixture(autouse=True)
def _old_enough(quick: None, movies: dict[str, Any], connected: Emulator) -> None:
    """An index that is older than any listing lags."""
    connected.advance(3600)


class Store(dict[str, Any]):
    """What outlives the tries of a task since Airflow 3.3."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


class BrokenStore:
    def get(self, key: str) -> Any:
        raise RuntimeError("out of order")

    def set(self, key: str, value: Any) -> None:
        raise RuntimeError("out of order")


def back_up(**arguments: Any) -> PineconeCreateBackupOperator:
    return PineconeCreateBackupOperator(task_id="back_up", index_name="movies", **arguments)


def execute(task: Any, store: Any, **fields: Any) -> dict[str, Any]:
    result: dict[str, Any] = task.execute({**context_of(task, **fields), "task_state_store": store})
    return result


def test_the_id_is_in_the_store_with_its_token(connected: Emulator) -> None:
    store = Store()
    backup = execute(back_up(), store)
    assert store[KEY]["ids"] == {"backup_id": backup["backup_id"]}
    assert store[KEY]["token"] in backup["description"]


@pytest.mark.parametrize("has_store", [False, True])
def test_a_listing_that_lags_until_the_next_try_makes_a_second_one(
    connected: Emulator, has_store: bool
) -> None:
    """What the clean-up at the end is for."""
    store = Store() if has_store else None
    execute(back_up(wait_for_completion=False), store)
    connected.set_faults(STALE)
    execute(back_up(wait_for_completion=False), store, try_number=2)
    assert created(connected).count(CREATE) == 2


@pytest.mark.parametrize(
    "kept",
    [
        None,
        "nonsense",
        {"token": "of another run", "ids": {"backup_id": "theirs"}},
        {"token": None, "ids": None},
        {"ids": {"backup_id": "theirs"}},
    ],
)
def test_what_is_not_this_runs_in_the_store_is_ignored(connected: Emulator, kept: Any) -> None:
    store = Store({KEY: kept})
    backup = execute(back_up(), store)
    assert store[KEY]["ids"] == {"backup_id": backup["backup_id"]}


def test_an_id_of_the_store_that_is_gone_is_done_without(connected: Emulator) -> None:
    store = Store()
    execute(back_up(), store)
    store[KEY]["ids"] = {"backup_id": "6a00902c-0000-0000-0000-000000000000"}
    execute(back_up(wait_for_completion=False), store, try_number=2)
    assert created(connected).count(CREATE) == 1


def test_a_store_that_is_out_of_order_is_done_without(connected: Emulator, told: Callable[[], str]) -> None:
    first = execute(back_up(), BrokenStore())
    assert execute(back_up(), BrokenStore(), try_number=2)["backup_id"] == first["backup_id"]
    assert "The task state store cannot be read: out of order" in told()


def test_a_retried_restore_finds_its_job_by_the_store(
    connected: Emulator, backup_of: Callable[..., str]
) -> None:
    task = PineconeCreateIndexFromBackupOperator(
        task_id="restore",
        index_name="movies-restored",
        backup_id=backup_of("movies"),
        wait_for_completion=False,
    )
    store = Store()
    first = execute(task, store)
    connected.set_faults({"path": "/restore-jobs", "action": "status", "status": 500, "times": 50})
    assert execute(task, store, try_number=2)["restore_job_id"] == first["restore_job_id"]
