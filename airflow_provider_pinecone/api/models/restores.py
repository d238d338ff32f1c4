"""Restores: indexes in the making, from backups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models.base import Resource, Status


class RestoreJobStatus(Status):
    """The life of a restore job. There is no status between ``Pending`` and the end."""

    PENDING = "Pending"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


@dataclass(frozen=True, kw_only=True)
class RestoreJob(Resource):
    """The making of an index from a backup.

    ``percent_complete`` runs from 0 to 100. The specification allows any number, but the live API reports 100
    once the job is Completed and nothing before.
    """

    restore_job_id: str
    backup_id: str
    target_index_name: str
    target_index_id: str
    status: RestoreJobStatus
    created_at: datetime | None = None
    completed_at: datetime | None = None
    percent_complete: float | None = None

    @property
    def seconds(self) -> float | None:
        """How long the job took, by the API's own clock; None before its end."""
        if self.created_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.created_at).total_seconds()

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one restore job. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a restore job")
        return cls(
            restore_job_id=read.text("restore_job_id"),
            backup_id=read.text("backup_id"),
            target_index_name=read.text("target_index_name"),
            target_index_id=read.text("target_index_id"),
            status=RestoreJobStatus(read.text("status")),
            created_at=read.optional_time("created_at"),
            completed_at=read.optional_time("completed_at"),
            percent_complete=read.optional_number("percent_complete"),
            raw=read.values,
        )


@dataclass(frozen=True, kw_only=True)
class StartedRestore:
    """The response to a request to make an index from a backup."""

    restore_job_id: str
    index_id: str

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read the response. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a started restore")
        return cls(restore_job_id=read.text("restore_job_id"), index_id=read.text("index_id"))
