"""Schedules and the rows of their histories, as the specification has them and as the live API sends them."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.models import Backup, BackupSchedule, BackupScheduleHistoryItem
from tests.unit.api.bodies import BACKUP, PLANNED_RUN, SCHEDULE


def test_a_schedule_has_what_the_api_said() -> None:
    schedule = BackupSchedule.decode(SCHEDULE)
    assert (schedule.schedule_id, schedule.name, schedule.index_id) == ("sch-1", "nightly", "ix-1")
    assert (schedule.frequency, schedule.retention_expire_after_days, schedule.enabled) == ("daily", 7, True)
    assert schedule.next_scheduled_run == datetime(2026, 2, 1, 6, tzinfo=UTC)
    assert json.loads(json.dumps(schedule.as_dict())) == SCHEDULE


def test_a_disabled_schedule_plans_no_run() -> None:
    disabled = BackupSchedule.decode({**SCHEDULE, "enabled": False, "next_scheduled_run": None})
    assert (disabled.enabled, disabled.next_scheduled_run) == (False, None)
    assert disabled.as_dict()["next_scheduled_run"] is None


def test_words_that_nobody_knows_yet_are_kept() -> None:
    odd = {"frequency": "fortnightly", "schedule_type": "event-based", "paused_by": "support"}
    schedule = BackupSchedule.decode({**SCHEDULE, **odd})
    assert schedule.as_dict() == {**SCHEDULE, **odd}


@pytest.mark.parametrize("missing", ["project_id", "schedule_type", "next_scheduled_run", "created_at"])
def test_what_nobody_needs_may_be_missing(missing: str) -> None:
    schedule = BackupSchedule.decode({**SCHEDULE, missing: None})
    assert getattr(schedule, missing) is None


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"schedule_id": None}, "expected a string as schedule_id of a backup schedule, got None"),
        ({"enabled": "yes"}, "expected true or false as enabled of a backup schedule, got 'yes'"),
        ({"retention_expire_after_days": -1}, "retention_expire_after_days"),
        ({"next_scheduled_run": "tomorrow"}, "next_scheduled_run"),
    ],
)
def test_a_wrong_field_of_a_schedule_is_named(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        BackupSchedule.decode({**SCHEDULE, **wrong})


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just({}) | st.just([1])


@given(name=st.sampled_from([*SCHEDULE]), value=ANYTHING)
def test_no_field_of_a_schedule_can_raise_anything_but_value_errors(name: str, value: Any) -> None:
    with suppress(ValueError):
        BackupSchedule.decode({**SCHEDULE, name: value}).as_dict()


def test_the_next_run_is_a_backup_in_the_specifications_own_status() -> None:
    planned = BackupScheduleHistoryItem.decode(PLANNED_RUN)
    assert (planned.status, planned.status.is_known) == ("Scheduled", False)
    assert planned.scheduled_execution_at == datetime(2026, 2, 1, 6, tzinfo=UTC)
    assert planned.as_dict()["scheduled_execution_at"] == PLANNED_RUN["scheduled_execution_at"]


def test_a_backup_in_a_history_is_the_backup_that_it_is_elsewhere() -> None:
    row = BackupScheduleHistoryItem.decode(BACKUP)
    assert row.as_dict() == {**Backup.decode(BACKUP).as_dict(), "scheduled_execution_at": None}
