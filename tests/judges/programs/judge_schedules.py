"""Pinecone's Python SDK 10.2.0 judges the client's backup schedules: names, requests, shapes."""

from __future__ import annotations

import inspect
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from pinecone import Pinecone, ServerlessSpec
from pinecone.models.backups.schedules import CreateBackupScheduleRequest, UpdateBackupScheduleRequest

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.models import BackupSchedule, BackupScheduleHistoryItem
from airflow_provider_pinecone.hooks._backup_schedules import BackupSchedules

if TYPE_CHECKING:
    from airflow_provider_pinecone.emulator.pytest_plugin import PineconeEmulator

DAY = 24 * 60 * 60


@pytest.fixture
def pc(pinecone_emulator: PineconeEmulator) -> Pinecone:
    client = Pinecone(api_key=pinecone_emulator.api_key, host=pinecone_emulator.url)
    client.create_index(name="movies", dimension=3, spec=ServerlessSpec(cloud="aws", region="us-east-1"))
    return client


def parameters(method: Any) -> list[tuple[str, Any]]:
    """The names and kinds of a method's parameters, but those that page what is read to its end here."""
    named = inspect.signature(method).parameters.values()
    pages = ("limit", "pagination_token") if method.__name__.startswith("iter_") else ()
    return [(one.name, one.kind) for one in named if one.name not in pages]


def test_each_method_has_the_sdks_name_and_parameters(pc: Pinecone) -> None:
    theirs = type(pc.backup_schedules)
    names = {name for name in vars(theirs) if not name.startswith("_")}
    assert {name for name in vars(BackupSchedules) if not name.startswith("_")} == names - {"get"}
    for name in names - {"get"}:
        assert parameters(getattr(BackupSchedules, name)) == parameters(getattr(theirs, name)), name


def test_a_new_schedule_is_asked_for_as_the_sdk_asks_for_it() -> None:
    asked = {"name": "nightly", "frequency": "weekly", "retention_days": 7}
    call = endpoints.create_backup_schedule("movies", **asked)
    assert call.body == CreateBackupScheduleRequest(**asked).to_wire()


@pytest.mark.parametrize(
    "change",
    [
        {"enabled": False},
        {"enabled": True, "frequency": "monthly"},
        {"retention_days": 30},
        {"frequency": "daily", "retention_days": 1, "enabled": True},
    ],
)
def test_a_change_is_asked_for_as_the_sdk_asks_for_it(change: dict[str, Any]) -> None:
    call = endpoints.update_backup_schedule("sch-1", **change)
    assert call.body == UpdateBackupScheduleRequest(**change).to_wire()


@pytest.mark.parametrize("quirks", ["off", "real"])
def test_schedules_and_histories_are_read_as_the_sdk_reads_them(
    pc: Pinecone, pinecone_emulator: PineconeEmulator, quirks: str
) -> None:
    pinecone_emulator.change_settings(quirks=quirks)
    made = pc.backup_schedules.create(
        index_name="movies", name="nightly", frequency="daily", retention_days=7
    )
    pinecone_emulator.advance(3 * DAY)
    with pinecone_emulator.client() as client:
        schedule = client.get(f"/backup-schedules/{made.schedule_id}").json()
        history = client.get(f"/backup-schedules/{made.schedule_id}/history").json()["data"]

    assert len(history) == 4
    theirs = pc.backup_schedules.describe(schedule_id=made.schedule_id)
    assert_alike(BackupSchedule.decode(schedule), theirs.to_dict())
    for row, theirs in zip(
        history, pc.backup_schedules.iter_history(schedule_id=made.schedule_id), strict=True
    ):
        assert_alike(BackupScheduleHistoryItem.decode(row), theirs.to_dict())


def assert_alike(ours: Any, theirs: dict[str, Any]) -> None:
    """Each field that the SDK reads is read to the same, but for how nothing is spelt."""
    for name, value in theirs.items():
        if name == "schema":
            continue
        own = getattr(ours, name)
        assert (own.isoformat() if isinstance(own, datetime) else own or None) == (
            datetime.fromisoformat(value).isoformat() if isinstance(own, datetime) else value or None
        ), name
