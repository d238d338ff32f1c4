"""The freshness sensor, and the same check in a task of one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
)

from airflow_provider_pinecone.api.errors import (
    PineconeInputError,
    PineconeServerError,
    PineconeStaleBackupsError,
)
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.sensors.backup import PineconeBackupFreshnessSensor
from tests.airflow.conftest import context_of
from tests.airflow.versions import AirflowRescheduleException
from tests.contract.conftest import Emulator

HOUR = 3600.0


@pytest.fixture(autouse=True)
def _airflow(airflow_database: None, quick: None) -> None:
    """Airflow 2 asks its database when the first look was."""


@pytest.fixture
def hours_ago(connected: Emulator, backup_of: Callable[..., str]) -> Callable[..., str]:
    """Back an index up some hours ago."""

    def back_up(index_name: str, hours: float) -> str:
        connected.set_time((datetime.now(UTC) - timedelta(hours=hours)).isoformat())
        backup_id = backup_of(index_name)
        connected.set_time(datetime.now(UTC).isoformat())
        return backup_id

    return back_up


@pytest.fixture
def two_indexes(connected: Emulator, fill: Callable[..., Any]) -> None:
    """They exist for a week."""
    connected.set_time((datetime.now(UTC) - timedelta(days=7)).isoformat())
    fill("books")
    fill("movies", tags={"team": "search"})
    connected.set_time(datetime.now(UTC).isoformat())


def sensor(**arguments: Any) -> PineconeBackupFreshnessSensor:
    settings = {"task_id": "all_fresh", "max_age": timedelta(hours=26), "timeout": 0.0}
    return PineconeBackupFreshnessSensor(**settings | arguments)


def run(task: PineconeBackupFreshnessSensor) -> Any:
    return task.execute(context_of(task))


def alarm(**arguments: Any) -> str:
    with pytest.raises(AirflowSensorTimeout) as caught:
        run(sensor(**arguments))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_fresh_backups_of_all_indexes_are_returned(
    two_indexes: None, hours_ago: Callable[..., str], told: Callable[[], str]
) -> None:
    made = {"books": hours_ago("books", 25), "movies": hours_ago("movies", 2)}
    found = run(sensor())
    assert {name: backup["backup_id"] for name, backup in found.items()} == made
    assert "2 of 2 indexes have a usable backup from the last 26 h. The oldest: books, 25 h old" in told()


def test_one_look_without_success_fails_at_once_and_says_what_is_stale_since_when(
    two_indexes: None, connected: Emulator, hours_ago: Callable[..., str]
) -> None:
    hours_ago("books", 31)
    assert alarm().startswith("movies: never backed up; books: newest usable backup is 31 h old (")
    assert (
        sum(entry["path"] == "/indexes" and entry["method"] == "GET" for entry in connected.requests()) == 1
    )


def test_with_time_left_it_looks_again(
    two_indexes: None, connected: Emulator, backup_of: Callable[..., str], hours_ago: Callable[..., str]
) -> None:
    hours_ago("books", 1)
    waiting = sensor(timeout=600)
    with pytest.raises(AirflowRescheduleException):
        run(waiting)
    backup_of("movies")
    assert sorted(run(waiting)) == ["books", "movies"]


def test_poking_in_one_worker_goes_on_until_all_is_fresh(
    two_indexes: None, connected: Emulator, backup_of: Callable[..., str], hours_ago: Callable[..., str]
) -> None:
    hours_ago("books", 1)
    connected.change_settings(backup_seconds=0.3)
    backup_of("movies")
    found = run(sensor(mode="poke", poke_interval=1, timeout=60))
    assert found["movies"]["status"] == "Ready"


@pytest.mark.parametrize("records", [0, 3])
def test_only_backups_with_records_count(
    connected: Emulator, fill: Callable[..., Any], backup_of: Callable[..., str], records: int
) -> None:
    fill("movies", records)
    backup_of("movies")
    if records:
        assert run(sensor())["movies"]["record_count"] == 3
    else:
        assert alarm().startswith("movies: no usable backup, empty since ")


def test_a_schedules_backup_counts_unless_only_the_deployments_own_are_to(
    two_indexes: None, connected: Emulator, connect: Callable[..., None]
) -> None:
    connect(host=connected.url, password=connected.api_key, extra={"deployment": "prod"})
    schedules = PineconeBackupHook().backup_schedules
    connected.set_time((datetime.now(UTC) - timedelta(days=1)).isoformat())
    schedules.create(index_name="movies", name="nightly", frequency="daily", retention_days=7)
    connected.advance(24 * HOUR)
    assert run(sensor(index_names=["movies"]))["movies"]["name"].startswith("nightly-")
    assert alarm(index_names=["movies"], own_only=True).startswith(
        "movies: never backed up. Without a usable backup by deployment 'prod' from the last 26 h"
    )
    task = PineconeCreateBackupOperator(task_id="back_up", index_name="movies")
    made = task.execute(context_of(task))
    assert run(sensor(index_names=["movies"], own_only=True))["movies"]["backup_id"] == made["backup_id"]


def test_own_backups_are_nobodys_while_the_connection_names_no_deployment(
    two_indexes: None, connected: Emulator, connect: Callable[..., None]
) -> None:
    connect(host=connected.url, password=connected.api_key)
    with pytest.raises(
        AirflowFailException, match="own_only needs a deployment: name one in connection 'pine"
    ):
        run(sensor(own_only=True))


def test_no_index_to_look_at_is_a_failure(connected: Emulator) -> None:
    with pytest.raises(AirflowFailException, match=r"None of the project's 0 indexes is serverless"):
        run(sensor())


def test_a_refused_key_fails_at_once_however_much_time_is_left(
    connected: Emulator, connect: Callable[..., None]
) -> None:
    connect(host=connected.url, password="wrong")
    with pytest.raises(AirflowFailException, match="401"):
        run(sensor(timeout=600))


def test_a_pinecone_that_cannot_be_reached_is_worth_a_retry(
    two_indexes: None, connected: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    connected.set_faults({"path": "/indexes*", "action": "status", "status": 503})
    with pytest.raises(PineconeServerError, match="503"):
        run(sensor())
    with pytest.raises(AirflowRescheduleException):
        run(sensor(timeout=600))


def test_soft_fail_skips(two_indexes: None) -> None:
    with pytest.raises(AirflowSkipException):
        run(sensor(soft_fail=True))


@pytest.mark.parametrize(
    "max_age", [0, -1, timedelta(0), timedelta(hours=-1), True, "26 h", None, float("nan"), 1e9]
)
def test_an_age_that_cannot_be_meant_does_not_parse(max_age: Any) -> None:
    line = "max_age must be a timedelta or a number of seconds above 0, at most a year, got "
    with pytest.raises(ValueError, match=line):
        sensor(max_age=max_age)
    with pytest.raises(PineconeInputError, match=line):
        PineconeBackupHook().check_freshness(max_age=max_age)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"index_names": "movies"}, "index_names must be a list of texts, got 'movies'."),
        ({"index_names": []}, "index_names is empty."),
        (
            {"index_names": ["movies"], "tags": {"a": "b"}},
            "give either index_names, or name_pattern, tags and exclude.",
        ),
        ({"tags": "nightly"}, "tags must map strings to strings, got 'nightly'."),
        ({"name_pattern": 5}, "name_pattern must be a non-empty string, got 5."),
    ],
)
def test_arguments_that_a_template_filled_in_wrongly(
    connected: Emulator, wrong: dict[str, Any], line: str
) -> None:
    with pytest.raises(AirflowFailException) as caught:
        run(sensor(**wrong))
    assert str(caught.value).startswith(line)
    assert connected.requests() == []


def test_whether_only_own_backups_count_is_yes_or_no() -> None:
    with pytest.raises(ValueError, match="own_only must be True or False, got 'yes'"):
        sensor(own_only="yes")


def test_what_a_dag_fills_in_is_templated() -> None:
    task = sensor(index_names=["{{ params.index }}"], tags={"team": "{{ params.team }}"})
    task.render_template_fields({"params": {"index": "movies", "team": "search"}})
    assert (task.index_names, task.tags) == (["movies"], {"team": "search"})


def test_a_task_of_ones_own_checks_the_same(two_indexes: None, hours_ago: Callable[..., str]) -> None:
    made = hours_ago("movies", 2)
    hook = PineconeBackupHook()
    fresh = hook.check_freshness(max_age=26 * HOUR, tags={"team": "search"})
    assert [(name, backup.backup_id) for name, backup in fresh.items()] == [("movies", made)]
    with pytest.raises(PineconeStaleBackupsError) as caught:
        hook.check_freshness(max_age=26 * HOUR)
    assert caught.value.stale == {"books": "never backed up"}
