"""Both clients make, change and delete Pinecone's own schedules, and read what they have made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.models import BackupSchedule, BackupScheduleHistoryItem, Page
from airflow_provider_pinecone.api.settings import API_VERSIONS, Settings
from tests.contract.clients import KINDS, Client, connected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from tests.contract.conftest import Emulator

DAY = 24 * 60 * 60


@pytest.fixture(params=API_VERSIONS)
def api_version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=KINDS)
def client(
    request: pytest.FixtureRequest, emulator: Emulator, create_index: Callable[..., Any], api_version: str
) -> Iterator[Client]:
    """A client of a project with the index ``movies``, on a morning at 8."""
    emulator.freeze()
    emulator.set_time("2026-03-01T08:00:00Z")
    create_index("movies")
    settings = Settings(api_key=emulator.api_key, host=emulator.url, api_version=api_version)
    with connected(request.param, settings) as client:
        yield client


@pytest.fixture
def nightly(client: Client) -> BackupSchedule:
    made: BackupSchedule = client.send(
        endpoints.create_backup_schedule("movies", name="nightly", frequency="daily", retention_days=2)
    )
    return made


def history(client: Client, schedule: BackupSchedule) -> list[BackupScheduleHistoryItem]:
    page: Page[BackupScheduleHistoryItem] = client.send(
        endpoints.list_backup_schedule_history(schedule.schedule_id)
    )
    return list(page.items)


def test_a_schedule_is_made_read_changed_and_deleted(client: Client, nightly: BackupSchedule) -> None:
    assert (nightly.name, nightly.frequency, nightly.enabled) == ("nightly", "daily", True)
    assert f"{nightly.next_scheduled_run}" == "2026-03-02 06:00:00+00:00"
    assert client.send(endpoints.describe_backup_schedule(nightly.schedule_id)) == nightly
    assert client.send(endpoints.list_backup_schedules("movies", limit=10)) == Page(items=(nightly,))

    paused = client.send(endpoints.update_backup_schedule(nightly.schedule_id, enabled=False))
    assert (paused.enabled, paused.next_scheduled_run) == (False, None)
    weekly = client.send(
        endpoints.update_backup_schedule(nightly.schedule_id, frequency="weekly", retention_days=30)
    )
    assert (weekly.frequency, weekly.retention_expire_after_days) == ("weekly", 30)
    assert not weekly.enabled

    client.send(endpoints.delete_backup_schedule(nightly.schedule_id))
    with pytest.raises(errors.PineconeNotFoundError, match="Backup schedule not found"):
        client.send(endpoints.describe_backup_schedule(nightly.schedule_id))


def test_a_history_holds_the_backups_that_are_left_and_the_next_run(
    emulator: Emulator, client: Client, nightly: BackupSchedule
) -> None:
    emulator.advance(3 * DAY)
    planned, newest, older = history(client, nightly)
    assert [newest.name, older.name] == ["nightly-20260304T060000Z", "nightly-20260303T060000Z"]
    assert (planned.status, f"{planned.scheduled_execution_at}") == (
        "Scheduled",
        "2026-03-05 06:00:00+00:00",
    )
    read = client.send(endpoints.describe_backup(newest.backup_id))
    assert (read.name, read.created_at, read.status) == (newest.name, newest.created_at, newest.status)


def test_the_live_api_shows_the_next_run_as_a_backup_that_is_initializing(
    emulator: Emulator, client: Client, nightly: BackupSchedule
) -> None:
    emulator.change_settings(quirks="real")
    (planned,) = history(client, nightly)
    assert (planned.status, planned.scheduled_execution_at) == ("Initializing", None)


def test_an_index_has_one_enabled_schedule(client: Client, nightly: BackupSchedule) -> None:
    with pytest.raises(errors.PineconeAlreadyExistsError, match="already has an enabled backup schedule"):
        client.send(
            endpoints.create_backup_schedule("movies", name="more", frequency="daily", retention_days=2)
        )


def test_a_plan_without_schedules_is_told_apart(emulator: Emulator, client: Client) -> None:
    emulator.change_settings(plan_includes_backups=False)
    with pytest.raises(errors.PineconePlanError, match="not available for your plan"):
        client.send(endpoints.list_backup_schedules("movies"))


def test_a_connection_with_an_older_version_asks_for_schedules_in_the_first_that_has_them(
    emulator: Emulator, client: Client, nightly: BackupSchedule, api_version: str
) -> None:
    client.send(endpoints.list_backups("movies"))
    assert [(entry["path"], entry["version"]) for entry in emulator.requests()[-2:]] == [
        ("/indexes/movies/backup-schedules", "2026-07"),
        ("/indexes/movies/backups", api_version),
    ]
