"""Values for tests, which then spell out only what they are about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_provider_pinecone.api.models import (
    Backup,
    BackupStatus,
    Index,
    IndexState,
    RestoreJob,
    RestoreJobStatus,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def a_backup(backup_id: str = "bkp-1", *, status: str = "Ready", **fields: Any) -> Backup:
    defaults: dict[str, Any] = {
        "source_index_name": "movies",
        "source_index_id": "idx-1",
        "record_count": 100,
        "created_at": NOON,
    }
    return Backup(backup_id=backup_id, status=BackupStatus(status), **{**defaults, **fields})


def a_job(restore_job_id: str = "job-1", *, status: str = "Pending", **fields: Any) -> RestoreJob:
    defaults: dict[str, Any] = {
        "backup_id": "bkp-1",
        "target_index_name": "restored",
        "target_index_id": "idx-2",
        "created_at": NOON,
    }
    return RestoreJob(
        restore_job_id=restore_job_id, status=RestoreJobStatus(status), **{**defaults, **fields}
    )


def an_index(name: str = "restored", *, state: str = "Ready", **fields: Any) -> Index:
    defaults: dict[str, Any] = {
        "host": f"https://{name}.svc.pinecone.io",
        "ready": state == "Ready",
        "deployment_type": "serverless",
    }
    return Index(name=name, state=IndexState(state), **{**defaults, **fields})
