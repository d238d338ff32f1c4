"""Failures that nobody sees: each fails a DAG run by the next morning, as docs/alerting.md lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.airflow.dag_runs import Run
from tests.contract.conftest import Emulator

NIGHTLY, ALARM = "pinecone_nightly_backup", "pinecone_freshness_alarm"
LOOK = "every_index_has_a_recent_backup"


@dataclass
class Project:
    """A project whose index ``movies`` is backed up each night at 2."""

    emulator: Emulator
    connect: Callable[..., None]
    fill: Callable[..., Any]
    run: Callable[..., Run]

    def set_clock(self, *, hours_ago: float) -> None:
        self.emulator.set_time((datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat())

    def night(self, *, hours_ago: float) -> Run:
        """The nightly DAG runs, and the clock goes on to the morning, at 8."""
        self.set_clock(hours_ago=hours_ago)
        ended = self.run(NIGHTLY)
        self.set_clock(hours_ago=0)
        return ended

    def refuse(self, method: str, path: str, message: str) -> None:
        body = {"error": {"code": "PERMISSION_DENIED", "message": message}, "status": 403}
        rule = {"method": method, "path": path, "action": "status", "status": 403, "body": body}
        self.emulator.set_faults(rule)

    def call(self, method: str, path: str, **body: Any) -> None:
        with self.emulator.client() as client:
            answer = client.request(method, path, **({"json": body} if body else {}))
        assert answer.is_success, answer.text

    def delete_all_records(self) -> None:
        with self.emulator.client() as client:
            host = client.get("/indexes/movies").json()["host"]
        self.call("POST", f"{host}/vectors/delete", deleteAll=True)


@pytest.fixture
def project(
    airflow_database: None,
    quick: None,
    connected: Emulator,
    connect: Callable[..., None],
    fill: Callable[..., Any],
    run: Callable[..., Run],
) -> Project:
    """All was well the night before last."""
    project = Project(connected, connect, fill, run)
    project.set_clock(hours_ago=48)
    fill("movies")
    assert project.night(hours_ago=30).succeeded
    return project


def lose_all_indexes(project: Project) -> None:
    project.call("DELETE", "/indexes/movies")


def lose_the_permission_to_back_up(project: Project) -> None:
    project.refuse("POST", "*/backups", "Access denied: Permission control::backups::create is required")


def lose_the_permission_to_list(project: Project) -> None:
    project.refuse("GET", "*", "Access denied: Permission control::indexes::list is required")


def fill_the_quota(project: Project) -> None:
    project.emulator.change_settings(max_backups=1)


def expire_the_key(project: Project) -> None:
    project.connect(host=project.emulator.url, password="pcsk_that_has_expired")


OLD = "movies: newest usable backup is 30 h old ("

SILENT_FAILURES = [
    pytest.param(
        lose_all_indexes,
        ("list_indexes", "None of the project's 0 indexes is serverless"),
        "None of the project's 0 indexes is serverless",
        id="there is no index left to back up",
    ),
    pytest.param(
        Project.delete_all_records,
        ("back_up:0", "0 records, at least 1 wanted (min_records)"),
        ", empty since ",
        id="the backup is empty",
    ),
    pytest.param(
        lose_the_permission_to_back_up,
        ("back_up:0", "Access denied: Permission control::backups::create"),
        OLD,
        id="the key may no longer back up",
    ),
    pytest.param(
        lose_the_permission_to_list,
        ("list_indexes", "Access denied: Permission control::indexes::list"),
        "Access denied: Permission control::indexes::list",
        id="the key may no longer list",
    ),
    pytest.param(
        fill_the_quota,
        ("back_up:0", "Increase your quota or upgrade to create more backups"),
        OLD,
        id="the quota is full",
    ),
    pytest.param(
        expire_the_key,
        ("list_indexes", "The API key of connection pinecone_default was refused: check it"),
        "The API key of connection pinecone_default was refused: check it",
        id="the key has expired",
    ),
]


@pytest.mark.parametrize(("breaks", "night_tells", "alarm_tells"), SILENT_FAILURES)
def test_the_night_fails_and_so_does_the_alarm_in_the_morning_if(
    project: Project,
    told: Callable[[], str],
    breaks: Callable[[Project], None],
    night_tells: tuple[str, str],
    alarm_tells: str,
) -> None:
    project.set_clock(hours_ago=20)
    breaks(project)
    night = project.night(hours_ago=6)
    failed_task, line = night_tells
    assert not night.succeeded
    assert night.states()[failed_task] == "failed"
    assert line in (log_of_the_night := told())

    morning = project.run(ALARM)
    assert morning.states() == {LOOK: "failed"}
    assert told().count(alarm_tells) > log_of_the_night.count(alarm_tells)


def test_the_alarm_alone_tells_that_the_nightly_dag_is_paused(
    project: Project, told: Callable[[], str]
) -> None:
    assert project.run(ALARM).states() == {LOOK: "failed"}
    assert OLD in told()
    assert "none since. Without a usable backup from the last 24 h: 1 of 1 indexes." in told()


def test_the_alarm_alone_tells_that_an_index_was_created_again_after_its_backup(
    project: Project, told: Callable[[], str]
) -> None:
    assert project.night(hours_ago=6).succeeded
    project.call("DELETE", "/indexes/movies")
    project.fill("movies")
    assert project.run(ALARM).states() == {LOOK: "failed"}
    assert "movies: re-created, no backup since. Without a usable backup" in told()


def test_the_next_night_that_succeeds_ends_the_alarm(project: Project) -> None:
    assert not project.run(ALARM).succeeded
    assert project.night(hours_ago=6).succeeded
    assert project.run(ALARM).succeeded
