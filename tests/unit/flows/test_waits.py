"""What a task waits for survives the way to the triggerer and back, and nothing else is taken for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.flows.waiting.backup import BackupWait
from airflow_provider_pinecone.flows.waiting.restore import RestoreWait
from airflow_provider_pinecone.flows.waiting.value import Wait
from airflow_provider_pinecone.policies.durations import Expectation

times = st.floats(min_value=0, max_value=1e11)
words = st.text(min_size=1, max_size=20)
backup_waits = st.builds(BackupWait, started_at=times, deadline=times, backup_id=words)
restore_waits = st.builds(
    RestoreWait,
    started_at=times,
    deadline=times,
    restore_job_id=st.none() | words,
    index_name=st.none() | words,
    percent_complete=st.floats(0, 100),
    expected=st.none() | st.builds(Expectation, seconds=times, factor=times),
)
BACKUP = {"started_at": 1.0, "deadline": 2.0, "backup_id": "b"}
RESTORE = {"started_at": 1.0, "deadline": 2.0, "restore_job_id": "j", "percent_complete": 100.0}


@given(backup_waits | restore_waits)
def test_a_wait_is_the_same_after_the_way_through_json(wait: Wait[Any]) -> None:
    assert type(wait).from_json(json.loads(json.dumps(wait.to_json()))) == wait


@pytest.mark.parametrize("name", BACKUP)
def test_every_field_of_a_backups_wait_must_be_there(name: str) -> None:
    with pytest.raises(ValueError, match=f"as {name} of a wait for a backup"):
        BackupWait.from_json({key: value for key, value in BACKUP.items() if key != name})


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "a wait",
        {},
        RESTORE | {"deadline": "later"},
        RESTORE | {"started_at": True},
        RESTORE | {"restore_job_id": 7},
        RESTORE | {"expected": [1.0, 2.0]},
        RESTORE | {"expected": {"seconds": 1.0}},
    ],
)
def test_what_is_no_wait_for_a_restore_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="a wait for a restore"):
        RestoreWait.from_json(wrong)


def test_a_restore_without_its_job_is_named_by_its_index() -> None:
    wait = RestoreWait.from_json(RESTORE | {"restore_job_id": None, "index_name": "movies-2"})
    assert wait.what == "Index movies-2"
