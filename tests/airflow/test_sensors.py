"""Sensors: in poke and reschedule mode, and in the triggerer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)

from airflow_provider_pinecone.flows.waiting import measure
from airflow_provider_pinecone.sensors.backup import PineconeBackupSensor
from airflow_provider_pinecone.sensors.restore import PineconeRestoreJobSensor
from tests.airflow.conftest import context_of, event_of
from tests.airflow.versions import AirflowRescheduleException
from tests.contract.conftest import Emulator

MISSING = "6a00902c-0000-0000-0000-000000000000"
MODES: list[dict[str, Any]] = [{"mode": "poke"}, {"mode": "reschedule"}, {"deferrable": True}]


def named(mode: dict[str, Any]) -> str:
    return mode.get("mode", "deferrable")


in_every_mode = pytest.mark.parametrize("mode", MODES, ids=named)


@pytest.fixture(autouse=True)
def _quick(quick: None, airflow_database: None) -> None:
    """Looks follow each other quickly. Airflow 2 asks its database when the first look was."""


def of_backup(backup_id: Any, **arguments: Any) -> PineconeBackupSensor:
    settings = {"task_id": "until_ready", "backup_id": backup_id, "timeout": 60.0}
    return PineconeBackupSensor(**settings | arguments)


def of_job(restore_job_id: str, **arguments: Any) -> PineconeRestoreJobSensor:
    settings = {"task_id": "until_restored", "timeout": 60.0}
    return PineconeRestoreJobSensor(restore_job_id=restore_job_id, **settings | arguments)


def run(task: Any) -> Any:
    return task.execute(context_of(task))


@pytest.fixture
def slow_backup(connected: Emulator, movies: dict[str, Any], backup_of: Callable[..., str]) -> str:
    """A backup that stays Initializing for an hour."""
    connected.change_settings(backup_seconds=3600)
    return backup_of("movies")


@pytest.fixture
def slow_job(
    connected: Emulator,
    movies: dict[str, Any],
    backup_of: Callable[..., str],
    restore_of: Callable[..., str],
) -> str:
    """A restore job that stays Pending for 100 seconds."""
    connected.change_settings(restore_seconds=100)
    return restore_of(backup_of("movies"))


@in_every_mode
def test_a_backup_that_is_ready_is_returned(
    movies: dict[str, Any], backup_of: Callable[..., str], read: Callable[[str], Any], mode: dict[str, Any]
) -> None:
    backup_id = backup_of("movies")
    ready = run(of_backup(backup_id, **mode))
    assert (ready["backup_id"], ready["status"], ready["record_count"]) == (backup_id, "Ready", 6)
    assert run(of_backup(read(f"/backups/{backup_id}"), **mode)) == ready


@in_every_mode
def test_a_restore_that_is_done_is_returned(connected: Emulator, slow_job: str, mode: dict[str, Any]) -> None:
    connected.advance(101)
    job = run(of_job(slow_job, **mode))
    assert (job["restore_job_id"], job["status"]) == (slow_job, "Completed")


def test_poking_goes_on_until_the_end(
    connected: Emulator, movies: dict[str, Any], backup_of: Callable[..., str]
) -> None:
    connected.change_settings(backup_seconds=0.3)
    backup_id = backup_of("movies")
    assert run(of_backup(backup_id))["status"] == "Ready"
    looks = [entry for entry in connected.requests() if entry["path"] == f"/backups/{backup_id}"]
    assert len(looks) > 1


def test_reschedule_gives_the_worker_back_after_one_look(connected: Emulator, slow_backup: str) -> None:
    task = of_backup(slow_backup, mode="reschedule")
    with pytest.raises(AirflowRescheduleException):
        run(task)
    assert sum(entry["method"] == "GET" for entry in connected.requests()) == 1
    connected.advance(3601)
    assert run(task)["status"] == "Ready"


def test_deferring_hands_over_to_a_trigger_and_reads_the_truth_after_it(
    connected: Emulator, slow_backup: str
) -> None:
    task = of_backup(slow_backup, deferrable=True)
    with pytest.raises(TaskDeferred) as caught:
        run(task)
    deferred = caught.value
    path, arguments = deferred.trigger.serialize()
    assert path == "airflow_provider_pinecone.triggers.backup.PineconeBackupTrigger"
    assert arguments["wait"]["backup_id"] == slow_backup
    assert arguments["wait"]["deadline"] == pytest.approx(arguments["wait"]["started_at"] + 60)
    assert deferred.timeout.total_seconds() > 60

    event = {"status": "done", "message": "It ended.", "wait": deferred.trigger.wait.to_json()}
    with pytest.raises(TaskDeferred) as again:
        task.execute_complete(context_of(task), event=event)
    assert again.value.trigger.serialize() == deferred.trigger.serialize()

    connected.advance(3601)
    assert task.execute_complete(context_of(task), event=event)["status"] == "Ready"


def test_deferring_for_a_restore_hands_the_threshold_over(slow_job: str) -> None:
    with pytest.raises(TaskDeferred) as caught:
        run(of_job(slow_job, percent_complete=40, index_name="movies-restored", deferrable=True))
    path, arguments = caught.value.trigger.serialize()
    assert path == "airflow_provider_pinecone.triggers.restore.PineconeRestoreJobTrigger"
    assert (arguments["wait"]["restore_job_id"], arguments["wait"]["index_name"]) == (
        slow_job,
        "movies-restored",
    )
    assert arguments["wait"]["percent_complete"] == 40


@pytest.mark.parametrize("event", [None, {"status": "success"}])
def test_an_event_that_is_none_or_foreign_fails_the_task(slow_backup: str, event: Any) -> None:
    task = of_backup(slow_backup, deferrable=True)
    with pytest.raises(AirflowException, match="The trigger ended without saying how"):
        task.execute_complete(context_of(task), event=event)


def test_a_threshold_is_met_by_the_percentage(
    connected: Emulator, connect: Callable[..., None], slow_job: str
) -> None:
    # The newer specifications know no percentage before the end.
    connect(host=connected.url, password=connected.api_key, extra={"api_version": "2026-04"})
    connected.freeze()
    task = of_job(slow_job, percent_complete=40, mode="reschedule")
    connected.advance(20)
    with pytest.raises(AirflowRescheduleException):
        run(task)
    connected.advance(30)
    job = run(task)
    assert job["status"] == "Pending"
    assert job["percent_complete"] >= 40


def test_a_threshold_is_met_by_the_end_alone_where_no_percentage_is_reported(
    connected: Emulator, slow_job: str
) -> None:
    connected.change_settings(quirks="real")
    connected.freeze()
    task = of_job(slow_job, percent_complete=1, mode="reschedule")
    connected.advance(90)
    with pytest.raises(AirflowRescheduleException):
        run(task)
    connected.advance(20)
    assert run(task)["status"] == "Completed"


@pytest.fixture
def growing_job(
    connected: Emulator,
    movies: dict[str, Any],
    backup_of: Callable[..., str],
    restore_of: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A restore of twenty minutes whose target shows records as they arrive; the clock stands still."""
    monkeypatch.setattr(measure, "EARLIEST", 0.0)  # this process's clock does not advance
    connected.change_settings(restore_seconds=1200, restore_stats="growing")
    connected.freeze()
    return restore_of(backup_of("movies"))


def test_waiting_for_a_part_of_a_restore_takes_one_deferral(connected: Emulator, growing_job: str) -> None:
    task = of_job(growing_job, percent_complete=40, deferrable=True)
    with pytest.raises(TaskDeferred) as caught:
        run(task)
    connected.advance(900)
    event = asyncio.run(event_of(caught.value.trigger))
    assert event["status"] == "done"
    assert task.execute_complete(context_of(task), event=event)["status"] == "Pending"


@in_every_mode
def test_a_threshold_is_met_by_the_part_of_the_records_that_the_target_shows(
    connected: Emulator, growing_job: str, mode: dict[str, Any]
) -> None:
    task = of_job(growing_job, percent_complete=40, **{"mode": "reschedule"} | mode)
    if mode != {"mode": "poke"}:
        with pytest.raises((AirflowRescheduleException, TaskDeferred)):
            run(task)
    connected.advance(900)
    assert run(task)["status"] == "Pending"


def test_without_a_threshold_the_index_must_be_ready_too(connected: Emulator, slow_job: str) -> None:
    connected.advance(101)
    body = {
        "name": "movies-restored",
        "host": "",
        "deployment": {"deployment_type": "serverless"},
        "status": {"ready": False, "state": "Initializing"},
    }
    connected.set_faults({"path": "/indexes/*", "action": "status", "status": 200, "body": body})
    with pytest.raises(AirflowRescheduleException):
        run(of_job(slow_job, mode="reschedule"))
    connected.set_faults()
    assert run(of_job(slow_job, mode="reschedule"))["status"] == "Completed"


@pytest.mark.parametrize("percent", [-1, 101, "half"])
def test_a_threshold_that_cannot_be_meant_does_not_parse(percent: Any) -> None:
    with pytest.raises(ValueError, match="percent_complete must be"):
        of_job("job", percent_complete=percent)


@in_every_mode
def test_a_backup_that_failed_fails_the_task_for_good(
    connected: Emulator, movies: dict[str, Any], backup_of: Callable[..., str], mode: dict[str, Any]
) -> None:
    connected.change_settings(next_backups=["InitializationFailed"])
    backup_id = backup_of("movies")
    with pytest.raises(
        AirflowFailException, match=f"^movies: backup failed: InitializationFailed.*{backup_id}"
    ):
        run(of_backup(backup_id, **mode))


@in_every_mode
@pytest.mark.parametrize("outcome", ["Failed", "Cancelled"])
def test_a_restore_that_failed_fails_the_task_for_good(
    connected: Emulator,
    movies: dict[str, Any],
    backup_of: Callable[..., str],
    restore_of: Callable[..., str],
    mode: dict[str, Any],
    outcome: str,
) -> None:
    connected.change_settings(next_restores=[outcome])
    job = restore_of(backup_of("movies"))
    with pytest.raises(AirflowFailException, match=f"restore failed: {outcome}"):
        run(of_job(job, **mode))


@in_every_mode
def test_what_is_not_there_fails_the_task_for_good(connected: Emulator, mode: dict[str, Any]) -> None:
    with pytest.raises(AirflowFailException, match=r"Not found, \d+ times in \d+ s\. Was it deleted"):
        run(of_backup(MISSING, **mode))
    with pytest.raises(AirflowFailException, match=r"Not found, \d+ times in \d+ s\. Was it deleted"):
        run(of_job(MISSING, **mode))


def test_a_job_that_can_no_longer_be_read_is_judged_by_its_index(connected: Emulator, slow_job: str) -> None:
    connected.set_faults({"path": "/restore-jobs/*", "action": "status", "status": 404})
    task = of_job(slow_job, index_name="movies-restored", mode="reschedule")
    with pytest.raises(AirflowRescheduleException):
        run(task)
    connected.advance(101)
    assert (run(task)["target_index_name"], run(task)["status"]) == ("movies-restored", "Completed")


@in_every_mode
def test_soft_fail_skips_where_the_task_would_fail(
    connected: Emulator, movies: dict[str, Any], backup_of: Callable[..., str], mode: dict[str, Any]
) -> None:
    connected.change_settings(next_backups=["InitializationFailed"])
    backup_id = backup_of("movies")
    for missing_or_failed in (backup_id, MISSING):
        with pytest.raises(AirflowSkipException):
            run(of_backup(missing_or_failed, soft_fail=True, **mode))


def test_soft_fail_skips_on_a_wrong_key(
    connected: Emulator, slow_backup: str, connect: Callable[..., None]
) -> None:
    connect(host=connected.url, password="wrong")
    with pytest.raises(AirflowFailException, match="401"):
        run(of_backup(slow_backup))
    for mode in MODES:
        with pytest.raises(AirflowSkipException):
            run(of_backup(slow_backup, soft_fail=True, **mode))


def resumed(task: Any, event: Any) -> Any:
    """The task goes on after a deferral, as Airflow lets it."""
    return task.resume_execution("execute_complete", {"event": event}, context_of(task))


def test_soft_fail_skips_also_after_a_deferral(
    connected: Emulator, movies: dict[str, Any], backup_of: Callable[..., str]
) -> None:
    connected.change_settings(backup_seconds=60, next_backups=["InitializationFailed"])
    task = of_backup(backup_of("movies"), deferrable=True, soft_fail=True)
    with pytest.raises(TaskDeferred) as caught:
        run(task)
    connected.advance(61)
    event = {"status": "error", "message": "It failed.", "wait": caught.value.trigger.wait.to_json()}
    with pytest.raises(AirflowSkipException):
        resumed(task, event)


def test_the_time_is_up(slow_backup: str) -> None:
    for mode in ({"mode": "poke"}, {"deferrable": True}):
        task = of_backup(slow_backup, timeout=0.05, **mode)
        time.sleep(0.01)
        with pytest.raises((AirflowSensorTimeout, TaskDeferred)) as caught:
            run(task)
        if isinstance(caught.value, TaskDeferred):
            wait = caught.value.trigger.wait.to_json() | {"deadline": time.time() - 1}
            with pytest.raises(AirflowSensorTimeout, match="had not ended after"):
                resumed(task, {"status": "error", "message": "Too late.", "wait": wait})


def test_the_time_is_up_softly(slow_backup: str) -> None:
    past = {"started_at": 0.0, "deadline": 1.0, "backup_id": slow_backup}
    task = of_backup(slow_backup, deferrable=True, soft_fail=True)
    with pytest.raises(AirflowSkipException):
        resumed(task, {"status": "error", "message": "Too late.", "wait": past})
    with pytest.raises(AirflowSkipException):
        run(of_backup(slow_backup, timeout=0.05, soft_fail=True))


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "status", "status": 429, "retry_after": 0},
        {"action": "status", "status": 503},
        {"action": "close_before"},
        {"action": "truncate"},
        {"action": "html"},
    ],
    ids=lambda fault: fault.get("status") or fault["action"],
)
def test_faults_that_pass_are_not_yet(
    connected: Emulator,
    movies: dict[str, Any],
    backup_of: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
) -> None:
    backup_id = backup_of("movies")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    connected.set_faults({"method": "GET", "path": "/backups/*", **fault})
    with pytest.raises(AirflowRescheduleException):
        run(of_backup(backup_id, mode="reschedule"))
    connected.set_faults()
    assert run(of_backup(backup_id, mode="reschedule"))["status"] == "Ready"


def test_looks_grow_apart_unless_an_interval_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # these are the real pauses

    def pauses(sensor: Any) -> list[float]:
        waited = (0, 600, 100 * 3600)
        return [
            sensor._get_next_poke_interval(0, lambda seconds=seconds: seconds, 2000) for seconds in waited
        ]

    assert pauses(of_backup("b", poke_interval=None)) == pytest.approx([5, 32, 180], abs=2)
    assert pauses(of_backup("b", poke_interval=30)) == [30, 30, 30]


def test_what_a_dag_fills_in_is_templated() -> None:
    ready = of_backup("{{ params.id }}", pinecone_conn_id="pinecone_{{ params.where }}")
    ready.render_template_fields({"params": {"id": "an-id", "where": "eu"}})
    assert (ready.backup_id, ready.pinecone_conn_id) == ("an-id", "pinecone_eu")
    restored = of_job("{{ params.id }}", index_name="{{ params.index }}")
    restored.render_template_fields({"params": {"id": "an-id", "index": "movies"}})
    assert (restored.restore_job_id, restored.index_name) == ("an-id", "movies")
