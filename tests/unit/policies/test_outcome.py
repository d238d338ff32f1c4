"""One reading of the API means: wait, done, failed or gone. Nothing unknown is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_pinecone.api.models import BackupStatus, IndexState, RestoreJobStatus
from airflow_provider_pinecone.policies.outcome import (
    Outcome,
    Verdict,
    backup_outcome,
    restore_job_outcome,
    restored_index_outcome,
)
from tests.unit.builders import a_backup, a_job, an_index

BACKUP_VERDICTS = {
    "Initializing": Verdict.WAITING,
    "Ready": Verdict.DONE,
    "InitializationFailed": Verdict.FAILED,
    "Failed": Verdict.FAILED,
    "Scheduled": Verdict.FAILED,
    "READY": Verdict.FAILED,
}
JOB_VERDICTS = {
    "Pending": Verdict.WAITING,
    "Completed": Verdict.DONE,
    "Failed": Verdict.FAILED,
    "Cancelled": Verdict.FAILED,
    "InProgress": Verdict.FAILED,
}
UNREADY_INDEX_VERDICTS = {
    "Initializing": Verdict.WAITING,
    "Ready": Verdict.WAITING,
    "ScalingUp": Verdict.WAITING,
    "ScalingDown": Verdict.WAITING,
    "ScalingUpPodSize": Verdict.WAITING,
    "ScalingDownPodSize": Verdict.WAITING,
    "InitializationFailed": Verdict.FAILED,
    "Failed": Verdict.FAILED,
    "Terminating": Verdict.FAILED,
    "Disabled": Verdict.FAILED,
    "Upgrading": Verdict.FAILED,
    "INITIALIZING": Verdict.FAILED,
}


def test_every_documented_status_has_a_verdict_here() -> None:
    assert {str(status) for status in BackupStatus} <= BACKUP_VERDICTS.keys()
    assert {str(status) for status in RestoreJobStatus} <= JOB_VERDICTS.keys()
    assert {str(state) for state in IndexState} <= UNREADY_INDEX_VERDICTS.keys()


@pytest.mark.parametrize(("status", "verdict"), BACKUP_VERDICTS.items())
def test_a_backup_is_judged_by_its_status(status: str, verdict: Verdict) -> None:
    assert backup_outcome(a_backup(status=status)) == Outcome(
        verdict=verdict, seen=status, about="movies: backup"
    )


def test_what_is_not_found_is_gone() -> None:
    assert backup_outcome(None) == Outcome(verdict=Verdict.GONE, seen="not found")
    assert restored_index_outcome(None) == Outcome(verdict=Verdict.GONE, seen="target index not found")


@pytest.mark.parametrize(("status", "verdict"), JOB_VERDICTS.items())
def test_a_restore_job_is_judged_by_its_status(status: str, verdict: Verdict) -> None:
    assert restore_job_outcome(a_job(status=status)) == Outcome(
        verdict=verdict, seen=status, about="restored: restore"
    )


@pytest.mark.parametrize(
    ("status", "percent", "enough", "verdict"),
    [
        ("Pending", 49.9, 50, Verdict.WAITING),
        ("Pending", 50, 50, Verdict.DONE),
        ("Pending", 100, 100, Verdict.DONE),
        ("Pending", None, 50, Verdict.WAITING),
        ("Pending", 0, 0, Verdict.DONE),
        ("Completed", None, 50, Verdict.DONE),
        ("Completed", 10, 50, Verdict.DONE),
        ("Failed", 99, 50, Verdict.FAILED),
        ("Cancelled", 100, 100, Verdict.FAILED),
    ],
)
def test_a_restore_job_is_enough_at_a_percentage_or_when_completed(
    status: str, percent: float | None, enough: float, verdict: Verdict
) -> None:
    job = a_job(status=status, percent_complete=percent)
    assert restore_job_outcome(job, percent_complete=enough).verdict is verdict


def test_progress_is_told_where_there_is_any() -> None:
    assert restore_job_outcome(a_job(percent_complete=42.25)).seen == "Pending, 42.25%"
    assert restore_job_outcome(a_job(percent_complete=0)).seen == "Pending, 0%"


@pytest.mark.parametrize(("state", "verdict"), UNREADY_INDEX_VERDICTS.items())
def test_an_index_that_is_not_ready_is_judged_by_its_state(state: str, verdict: Verdict) -> None:
    outcome = restored_index_outcome(an_index(state=state, ready=False))
    assert outcome == Outcome(verdict=verdict, seen=f"target index {state}", about="restored: restore")


@pytest.mark.parametrize("state", ["Ready", "ScalingUp", "ScalingDown", "Upgrading"])
def test_an_index_that_serves_is_done_whatever_else_it_does(state: str) -> None:
    assert restored_index_outcome(an_index(state=state, ready=True)).verdict is Verdict.DONE


@pytest.mark.parametrize("state", ["InitializationFailed", "Failed", "Terminating", "Disabled"])
@pytest.mark.parametrize("ready", [True, False])
def test_an_index_that_ended_is_not_done_even_if_it_says_that_it_is_ready(state: str, ready: Any) -> None:
    assert restored_index_outcome(an_index(state=state, ready=ready)).verdict is Verdict.FAILED
