"""Operators that wait in the triggerer: what they hand over, and what they believe when they come back."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, TaskDeferred

from airflow_provider_pinecone.api.errors import PineconeBackupFailedError, PineconeWaitTimeoutError
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from tests.airflow.conftest import context_of, created, event_of
from tests.contract.conftest import Emulator

TRIGGERS = {
    "back_up": "airflow_provider_pinecone.triggers.backup.PineconeBackupTrigger",
    "restore": "airflow_provider_pinecone.triggers.restore.PineconeRestoreJobTrigger",
}


def back_up(**arguments: Any) -> PineconeCreateBackupOperator:
    return PineconeCreateBackupOperator(
        **{"task_id": "back_up", "index_name": "movies", "deferrable": True} | arguments
    )


def restore(**arguments: Any) -> PineconeCreateIndexFromBackupOperator:
    settings = {"task_id": "restore", "index_name": "movies-restored", "deferrable": True}
    return PineconeCreateIndexFromBackupOperator(**settings | arguments)


@pytest.fixture(autouse=True)
def _quick(quick: None, movies: dict[str, Any]) -> None:
    """Every test has six records, and no patience."""


def deferral(task: Any, context: dict[str, Any] | None = None) -> TaskDeferred:
    """What the task hands over when it defers."""
    with pytest.raises(TaskDeferred) as caught:
        task.execute(context or context_of(task))
    return caught.value


def told_by(deferred: TaskDeferred, status: str = "done") -> dict[str, Any]:
    """The event that the trigger would send, whatever the truth is."""
    return {"status": status, "message": "It ended.", "wait": deferred.trigger.wait.to_json()}


def resume(task: Any, deferred: TaskDeferred, event: Any, context: dict[str, Any] | None = None) -> Any:
    """The task goes on, as Airflow lets it."""
    method = getattr(task, deferred.method_name)
    return method(context or context_of(task), **(deferred.kwargs or {}), event=event)


@pytest.fixture
def deferred_task(
    connected: Emulator, backup_of: Callable[..., str]
) -> Callable[[str], tuple[Any, dict[str, Any], TaskDeferred]]:
    """A task of either kind that has deferred, and what it waits for takes an hour."""

    def begin(kind: str) -> tuple[Any, dict[str, Any], TaskDeferred]:
        task = back_up() if kind == "back_up" else restore(backup_id=backup_of("movies"))
        connected.change_settings(backup_seconds=3600, restore_seconds=3600)
        context = context_of(task)
        return task, context, deferral(task, context)

    return begin


def test_what_ends_at_once_is_not_deferred(backup_of: Callable[..., str]) -> None:
    task = back_up()
    made = task.execute(context_of(task))
    assert made["status"] == "Ready"
    task = restore(backup_id=made["backup_id"])
    assert task.execute(context_of(task))["status"] == "Completed"


@pytest.mark.parametrize("kind", TRIGGERS)
def test_what_takes_longer_is_handed_over(deferred_task: Any, kind: str) -> None:
    before = time.time()
    _, context, deferred = deferred_task(kind)
    path, arguments = deferred.trigger.serialize()
    assert path == TRIGGERS[kind]
    assert json.loads(json.dumps(arguments)) == arguments
    assert arguments["pinecone_conn_id"] == "pinecone_default"
    wait = arguments["wait"]
    assert before <= wait["started_at"] <= time.time()
    assert wait["deadline"] == pytest.approx(wait["started_at"] + 8 * 3600)
    xcoms = context["ti"].xcoms
    if kind == "back_up":
        assert wait["backup_id"] == xcoms["backup_id"]
    else:
        assert wait["restore_job_id"] == xcoms["restore_job_id"]
        assert wait["index_name"] == xcoms["index_name"] == "movies-restored"
    assert deferred.method_name == "execute_complete"


@pytest.mark.parametrize("kind", TRIGGERS)
def test_airflow_ends_a_deferral_only_after_the_deadline(deferred_task: Any, kind: str) -> None:
    _, _, deferred = deferred_task(kind)
    left = deferred.trigger.wait.deadline - time.time()
    assert left < deferred.timeout.total_seconds() < left + 300


@pytest.mark.parametrize("kind", TRIGGERS)
def test_a_task_that_comes_back_returns_the_truth(connected: Emulator, deferred_task: Any, kind: str) -> None:
    task, context, deferred = deferred_task(kind)
    connected.advance(3601)
    ended = resume(task, deferred, told_by(deferred), context)
    if kind == "back_up":
        assert (ended["backup_id"], ended["status"]) == (context["ti"].xcoms["backup_id"], "Ready")
    else:
        assert ended["restore_job_id"] == context["ti"].xcoms["restore_job_id"]
        assert ended["status"] == "Completed"
        assert context["ti"].xcoms["host"]
    assert sum(request.startswith("POST /indexes/movies/backups") for request in created(connected)) == 1


@pytest.mark.parametrize("kind", TRIGGERS)
def test_worker_and_triggerer_log_each_change_once(
    connected: Emulator, deferred_task: Any, kind: str, told: Callable[[], str]
) -> None:
    task, context, deferred = deferred_task(kind)
    connected.advance(3601)
    event = asyncio.run(event_of(deferred.trigger))
    resume(task, deferred, event, context)
    of_wait = re.findall(rf"{deferred.trigger.wait.what}: (.+) after \d+ s\.", told())
    begun, ended = ("Initializing", "Ready") if kind == "back_up" else ("Pending", "target index Ready")
    # Airflow 2 prints what it logs.
    assert of_wait in ([begun, ended], [begun, ended, begun, ended])


@pytest.mark.parametrize("kind", TRIGGERS)
@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        "done",
        {"status": "done"},
        {"status": "done", "message": "It ended.", "wait": {}},
        {"status": "success", "message": "It ended.", "wait": {"deadline": 1.0}},
    ],
    ids=str,
)
def test_an_event_that_is_none_or_foreign_fails_the_task(
    connected: Emulator, deferred_task: Any, kind: str, event: Any
) -> None:
    task, context, deferred = deferred_task(kind)
    connected.advance(3601)
    with pytest.raises(AirflowException, match="The trigger ended without saying how"):
        resume(task, deferred, event, context)


@pytest.mark.parametrize("kind", TRIGGERS)
def test_an_event_that_is_early_is_not_believed(deferred_task: Any, kind: str) -> None:
    task, context, deferred = deferred_task(kind)
    with pytest.raises(TaskDeferred) as again:
        resume(task, deferred, told_by(deferred), context)
    assert again.value.trigger.serialize() == deferred.trigger.serialize()


def test_an_event_that_tells_of_an_error_is_not_believed_either(
    connected: Emulator, deferred_task: Any
) -> None:
    task, context, deferred = deferred_task("back_up")
    connected.advance(3601)
    assert resume(task, deferred, told_by(deferred, "error"), context)["status"] == "Ready"


def test_a_backup_that_failed_while_deferred_fails_the_task(connected: Emulator) -> None:
    connected.change_settings(backup_seconds=3600, next_backups=["InitializationFailed"])
    task = back_up()
    context = context_of(task)
    deferred = deferral(task, context)
    connected.advance(3601)
    with pytest.raises(PineconeBackupFailedError, match="backup failed: InitializationFailed"):
        resume(task, deferred, told_by(deferred), context)
    assert context["ti"].xcoms["error"]["index_name"] == "movies"


def test_a_guard_is_checked_also_after_a_deferral(connected: Emulator) -> None:
    connected.change_settings(backup_seconds=3600)
    task = back_up(min_records=1000)
    deferred = deferral(task)
    connected.advance(3601)
    with pytest.raises(AirflowFailException, match=r"6 records, at least 1,000 wanted"):
        resume(task, deferred, told_by(deferred))


@pytest.mark.parametrize("kind", TRIGGERS)
def test_the_deadline_stays_where_it_was_over_all_deferrals(deferred_task: Any, kind: str) -> None:
    task, context, deferred = deferred_task(kind)
    deadlines = {deferred.trigger.wait.deadline}
    for _ in range(3):
        with pytest.raises(TaskDeferred) as again:
            resume(task, deferred, told_by(deferred), context)
        deferred = again.value
        deadlines.add(deferred.trigger.wait.deadline)
    assert len(deadlines) == 1


def test_a_task_that_comes_back_after_its_deadline_fails(connected: Emulator) -> None:
    connected.change_settings(backup_seconds=3600)
    task = back_up(timeout=60)
    context = context_of(task)
    deferred = deferral(task, context)
    event = told_by(deferred)
    event["wait"]["deadline"] = time.time() - 1
    with pytest.raises(PineconeWaitTimeoutError, match="had not ended after"):
        resume(task, deferred, event, context)


def test_a_retry_of_a_deferred_task_finds_what_it_began(connected: Emulator, deferred_task: Any) -> None:
    task, context, deferred = deferred_task("back_up")
    retried = context_of(task, try_number=2)
    assert deferral(task, retried).trigger.wait.backup_id == deferred.trigger.wait.backup_id
    assert retried["ti"].xcoms == context["ti"].xcoms
    assert created(connected).count("POST /indexes/movies/backups") == 1


def test_a_poll_interval_goes_along(connected: Emulator) -> None:
    connected.change_settings(backup_seconds=3600)
    assert deferral(back_up(poll_interval=30.0)).trigger.poll_interval == 30.0


def test_what_could_not_be_handed_over_fails_before_anything_is_made(connected: Emulator) -> None:
    before = created(connected)
    task = back_up()
    task.pinecone_conn_id = object()
    with pytest.raises(AirflowFailException, match="pinecone_conn_id must be a non-empty string"):
        task.execute(context_of(task))
    assert created(connected) == before


def test_a_task_that_does_not_wait_does_not_defer(connected: Emulator) -> None:
    connected.change_settings(backup_seconds=3600)
    task = back_up(wait_for_completion=False)
    assert task.execute(context_of(task))["status"] == "Initializing"
