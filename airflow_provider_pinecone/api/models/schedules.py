"""Pinecone's own backup schedules, and the backups that they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models.backups import Backup
from airflow_provider_pinecone.api.models.base import Resource


@dataclass(frozen=True, kw_only=True)
class BackupSchedule(Resource):
    """A schedule by which Pinecone itself backs an index up and deletes the backups by age.

    :param index_id: the index; an index that is created again under its name does not get the schedule.
    :param frequency: ``daily``, ``weekly`` or ``monthly``.
    :param retention_expire_after_days: the age at which Pinecone deletes the schedule's backups.
    :param enabled: whether it makes backups. An index has at most one enabled schedule.
    :param next_scheduled_run: None while it is disabled.
    """

    schedule_id: str
    name: str
    index_id: str
    frequency: str
    retention_expire_after_days: int | None
    enabled: bool
    project_id: str | None = None
    schedule_type: str | None = None
    next_scheduled_run: datetime | None = None
    created_at: datetime | None = None

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one schedule. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a backup schedule")
        return cls(
            schedule_id=read.text("schedule_id"),
            name=read.text("name"),
            index_id=read.text("index_id"),
            frequency=read.text("frequency"),
            retention_expire_after_days=read.optional_count("retention_expire_after_days"),
            enabled=read.flag("enabled"),
            project_id=read.optional_text("project_id"),
            schedule_type=read.optional_text("schedule_type"),
            next_scheduled_run=read.optional_time("next_scheduled_run"),
            created_at=read.optional_time("created_at"),
            raw=read.values,
        )


@dataclass(frozen=True, kw_only=True)
class BackupScheduleHistoryItem(Backup):
    """A backup that a schedule has made, or its next run.

    The specification gives the next run the status ``Scheduled`` and ``scheduled_execution_at``; the live API
    shows it as an ``Initializing`` backup and omits that time. ``created_at`` of a next run is when it was
    planned.
    """

    scheduled_execution_at: datetime | None = None

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one row of a history. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a backup of a schedule")
        return replace(
            super().decode(payload), scheduled_execution_at=read.optional_time("scheduled_execution_at")
        )
