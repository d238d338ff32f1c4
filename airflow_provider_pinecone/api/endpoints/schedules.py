"""The calls for Pinecone's own backup schedules."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from airflow_provider_pinecone.api.building import create, delete, get, given, paging, update
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import (
    FREQUENCIES,
    check_choice,
    check_flag,
    check_schedule_name,
    check_whole,
)
from airflow_provider_pinecone.api.endpoints.paths import index_path, schedule_path
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.models import BackupSchedule, BackupScheduleHistoryItem, Page

T = TypeVar("T")

FIRST_SCHEDULE_VERSION = "2026-07"
"""The first API version with backup schedules."""


def create_backup_schedule(
    index_name: str, *, name: str, frequency: str, retention_days: int
) -> Call[BackupSchedule]:
    """Begin to have Pinecone back an index up ``daily``, ``weekly`` or ``monthly``.

    Pinecone names each backup ``{name}-{YYYYMMDDTHHMMSSZ}`` and deletes it after ``retention_days``. An index
    has at most one enabled schedule.
    """
    body = {
        "name": check_schedule_name("name", name),
        "schedule": {"type": "time-based", "frequency": _frequency(frequency)},
        "retention": _retention(retention_days),
    }
    return _of_schedules(create(f"{index_path(index_name)}/backup-schedules", body, BackupSchedule.decode))


def list_backup_schedules(
    index_name: str, *, limit: int | None = None, pagination_token: str | None = None
) -> Call[Page[BackupSchedule]]:
    """Read one page of the schedules of an index, disabled ones included."""
    path, query = f"{index_path(index_name)}/backup-schedules", paging(limit, pagination_token)
    return _of_schedules(get(path, Page.decoder(BackupSchedule.decode), query))


def describe_backup_schedule(schedule_id: str) -> Call[BackupSchedule]:
    """Read one schedule."""
    return _of_schedules(get(schedule_path(schedule_id), BackupSchedule.decode))


def update_backup_schedule(
    schedule_id: str,
    *,
    frequency: str | None = None,
    retention_days: int | None = None,
    enabled: bool | None = None,
) -> Call[BackupSchedule]:
    """Change a schedule; None leaves things as they are.

    A new retention also applies to the backups that exist. A schedule that is enabled again plans its next
    run from now.
    """
    body = given(
        frequency=None if frequency is None else _frequency(frequency),
        retention=None if retention_days is None else _retention(retention_days),
        enabled=None if enabled is None else check_flag("enabled", enabled),
    )
    if not body:
        raise PineconeInputError("give frequency, retention_days or enabled: there is nothing to update.")
    return _of_schedules(update(schedule_path(schedule_id), body, BackupSchedule.decode))


def delete_backup_schedule(schedule_id: str) -> Call[None]:
    """Delete a schedule. Its backups stay until they expire."""
    return _of_schedules(delete(schedule_path(schedule_id)))


def list_backup_schedule_history(
    schedule_id: str, *, limit: int | None = None, pagination_token: str | None = None
) -> Call[Page[BackupScheduleHistoryItem]]:
    """Read one page of the backups that a schedule has made, its next run included."""
    path, query = f"{schedule_path(schedule_id)}/history", paging(limit, pagination_token)
    return _of_schedules(get(path, Page.decoder(BackupScheduleHistoryItem.decode), query))


def _of_schedules(call: Call[T]) -> Call[T]:
    return replace(call, since=FIRST_SCHEDULE_VERSION)


def _frequency(frequency: str) -> str:
    return check_choice("frequency", frequency, choices=FREQUENCIES)


def _retention(days: int) -> dict[str, int]:
    return {"expire_after_days": check_whole("retention_days", days, least=1)}
