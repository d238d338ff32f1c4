"""The paths that several calls begin with. Each raises PineconeInputError for what is no name or id."""

from __future__ import annotations

from airflow_provider_pinecone.api.checks import check_id


def index_path(index_name: str) -> str:
    """An index."""
    return f"/indexes/{check_id('index_name', index_name)}"


def backup_path(backup_id: str) -> str:
    """A backup."""
    return f"/backups/{check_id('backup_id', backup_id)}"


def schedule_path(schedule_id: str) -> str:
    """A backup schedule."""
    return f"/backup-schedules/{check_id('schedule_id', schedule_id)}"
