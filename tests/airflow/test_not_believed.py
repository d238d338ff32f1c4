"""What events, listings and names say is not believed where the API can be asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, TaskDeferred

from airflow_provider_pinecone.operators.backup import (
    PineconeCreateBackupOperator,
    PineconeDeleteBackupOperator,
)
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from tests.airflow.conftest import context_of
from tests.contract.conftest import Emulator


def event(**ids: Any) -> dict[str, Any]:
    now = time.time()
    wait = {"started_at": now, "deadline": now + 60, **ids}
    return {"status": "done", "message": "It ended.", "wait": wait}


def test_a_foreign_event_does_not_make_another_backup_this_tasks_own(
    movies: dict[str, Any], backup_of: Callable[..., str]
) -> None:
    operator = PineconeCreateBackupOperator(task_id="back_up", index_name="movies")
    with pytest.raises(AirflowFailException, match="the backup lacks this run's token"):
        operator.execute_complete(context_of(operator), event(backup_id=backup_of("movies")))


def test_an_event_without_the_ids_is_refused(movies: dict[str, Any]) -> None:
    operator = PineconeCreateBackupOperator(task_id="back_up", index_name="movies")
    with pytest.raises(AirflowException, match="ended without saying how"):
        operator.execute_complete(context_of(operator), event())


def test_two_restores_into_one_name_from_two_backups_are_not_one(
    movies: dict[str, Any], backup_of: Callable[..., str]
) -> None:
    """As two mapped tasks of one run would: the second must not be green for the first one's index."""
    first, second = (
        PineconeCreateIndexFromBackupOperator(
            task_id="restore", index_name="one-name", backup_id=backup_of("movies")
        )
        for _ in range(2)
    )
    first.execute(context_of(first))
    with pytest.raises(AirflowFailException, match="'one-name' is taken"):
        second.execute(context_of(second))


def test_a_key_that_stays_refused_ends_a_deferred_wait(
    movies: dict[str, Any], connected: Emulator, quick: None
) -> None:
    operator = PineconeCreateBackupOperator(task_id="back_up", index_name="movies", deferrable=True)
    context = context_of(operator)
    connected.set_faults({"path": "/backups/*", "action": "status", "status": 401})
    told = event(backup_id="6a00902c-0000-0000-0000-000000000000")
    # Refused just now, it may be rotated just now: the triggerer gives that its time.
    with pytest.raises(TaskDeferred):
        operator.execute_complete(context, told)
    # And where the triggerer has waited in vain, that is the end.
    with pytest.raises(AirflowFailException, match="The API key of connection pinecone_default was refused"):
        operator.execute_complete(context, {**told, "status": "error"})


def test_a_newer_backup_that_only_the_listing_shows_does_not_replace_the_last_good_one(
    movies: dict[str, Any], connected: Emulator, backup_of: Callable[..., str]
) -> None:
    last, newer = backup_of("movies"), backup_of("movies")
    connected.set_faults({"path": f"/backups/{newer}", "action": "status", "status": 404})
    operator = PineconeDeleteBackupOperator(task_id="forget", backup_id=last)
    with pytest.raises(AirflowFailException, match="movies: its last good backup is not deleted"):
        operator.execute(context_of(operator))
