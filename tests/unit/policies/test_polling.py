"""When to look again, and what past restores say of the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.models import RestoreJob, RestoreJobStatus
from airflow_provider_pinecone.policies.polling import expected_restore_seconds, pause
from tests.unit.builders import NOON, a_backup, a_job, minutes


@pytest.mark.parametrize(("elapsed", "seconds"), [(0, 2), (40, 2), (100, 5), (1200, 60), (18_000, 60)])
def test_pauses_grow_with_the_wait_between_two_seconds_and_a_minute(elapsed: float, seconds: float) -> None:
    assert pause(elapsed) == pytest.approx(seconds)


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_who_has_waited_longer_never_looks_sooner(one: float, other: float) -> None:
    shorter, longer = sorted((one, other))
    assert 0 < pause(shorter) <= pause(longer)


@given(st.floats(-1e9, 1e9))
def test_a_clock_that_was_set_back_stops_no_wait(elapsed: float) -> None:
    assert 2 <= pause(elapsed) <= 60


@given(st.floats(0, 1e9), st.floats(0.001, 1e6))
def test_a_given_interval_is_kept(elapsed: float, poll_interval: float) -> None:
    assert pause(elapsed, poll_interval=poll_interval) == poll_interval


def restored(backup_id: str, *, took: float) -> RestoreJob:
    return a_job(backup_id=backup_id, status="Completed", completed_at=NOON + minutes(took))


def test_a_restore_is_expected_to_take_what_restores_of_the_same_index_took() -> None:
    backups = {id: a_backup(id) for id in ("a", "b", "c")}
    backups["other"] = a_backup("other", source_index_id="idx-2")
    jobs = [
        restored("a", took=1),
        restored("b", took=2),
        restored("b", took=9),
        restored("other", took=500),
        restored("of-a-deleted-backup", took=500),
    ]
    assert expected_restore_seconds(a_backup("c"), jobs=jobs, backups=backups) == 120


@pytest.mark.parametrize(
    "fields",
    [
        {"status": RestoreJobStatus.FAILED},
        {"status": RestoreJobStatus.PENDING, "completed_at": None},
        {"completed_at": None},
        {"created_at": None},
        {"backup_id": "unknown"},
    ],
)
def test_without_a_restore_of_that_index_that_ended_well_nothing_is_expected(fields: dict[str, Any]) -> None:
    jobs = [replace(restored("a", took=1), **fields)]
    backups = {"a": a_backup("a")}
    assert expected_restore_seconds(a_backup("a"), jobs=jobs, backups=backups) is None
