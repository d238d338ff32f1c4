"""Backups: real snapshots of an index's records."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass
from typing import ClassVar

from airflow_provider_pinecone.emulator.protocol import errors
from airflow_provider_pinecone.emulator.protocol.paging import Window
from airflow_provider_pinecone.emulator.resources import indexes
from airflow_provider_pinecone.emulator.resources.indexes import Index
from airflow_provider_pinecone.emulator.state import records, store
from airflow_provider_pinecone.emulator.state.project import Project
from airflow_provider_pinecone.emulator.state.store import Json


@dataclass(frozen=True, kw_only=True)
class Backup(store.Row):
    """A backup as it is stored."""

    table: ClassVar = "backups"

    backup_id: str
    source_index_id: str
    source_index_name: str
    name: str | None
    description: str | None
    schedule_id: str | None
    schema: dict[str, Json]
    deployment: Json
    embed: Json | None
    tags: dict[str, str]
    record_count: int
    namespace_count: int
    size_bytes: int
    ready_at: float
    outcome: str
    source_index_deleted_at: float | None = None

    def status(self, moment: float) -> str:
        """Give its status at a moment."""
        return self.outcome if moment >= self.ready_at else "Initializing"


def create(
    project: Project, index_name: str, moment: float, *, name: str | None, description: str | None
) -> Backup:
    """Take a backup of the records as they are now, without those younger than the write lag.

    :raises ApiError: 400 for an index that cannot be backed up, 403 for the plan or the quota, 404.
    """
    if not project.settings.plan_includes_backups:
        # The real API checks this before it looks for the index.
        message = "Your organization's plan does not include backups. Upgrade your plan to create backups."
        raise errors.ApiError(403, "PERMISSION_DENIED", message)
    if project.settings.past_due:
        raise errors.past_due()
    index = indexes.get(project, index_name, moment)
    check_supported(index)
    if quota_is_reached(project, moment):
        raise errors.quota_reached("backups")
    with project.store.transaction() as db:
        return take(db, project, index, moment, name=name, description=description)


def check_supported(index: Index) -> None:
    """Refuse an index that cannot be backed up."""
    if index.deployment["deployment_type"] == "pod":
        raise errors.invalid("Backups are not supported for pod indexes. Use collections instead.")
    if index.cmek_id is not None:
        raise errors.invalid("Backups are not supported for indexes encrypted with a customer-managed key.")


def quota_is_reached(project: Project, moment: float) -> bool:
    """Say whether the project has as many backups as it may have."""
    quota = project.settings.max_backups
    return quota is not None and project.store.count(Backup, moment) >= quota


def take(
    db: sqlite3.Connection,
    project: Project,
    index: Index,
    moment: float,
    *,
    backup_id: str | None = None,
    name: str | None,
    description: str | None = None,
    schedule_id: str | None = None,
    deleted_at: float | None = None,
    fails: bool = False,
) -> Backup:
    """Take a snapshot of an index as it is, and store it as a backup that began at a moment.

    :param backup_id: None for a new one.
    :param deleted_at: when it will be deleted, if that is known.
    :param fails: whether it ends InitializationFailed regardless of the settings.
    """
    owner = backup_id or str(uuid.uuid4())
    outcome = "InitializationFailed" if fails else project.next_backup_outcome()
    if index.is_ready(moment):
        written_until = moment - project.settings.write_lag
        records.copy(db, source=index.index_id, target=owner, written_until=written_until)
    made = Backup(
        backup_id=owner,
        source_index_id=index.index_id,
        source_index_name=index.name,
        name=name,
        description=description,
        schedule_id=schedule_id,
        schema=index.schema,
        deployment=index.deployment,
        embed=index.embed,
        tags=index.tags,
        created_at=moment,
        ready_at=moment + project.settings.backup_seconds,
        outcome=outcome,
        deleted_at=deleted_at,
        **records.measure(db, owner),
    )
    store.insert(db, made)
    return made


def was_taken(db: sqlite3.Connection, backup_id: str) -> bool:
    """Say whether a backup with this id was ever taken."""
    return db.execute("SELECT 1 FROM backups WHERE backup_id = ?", (backup_id,)).fetchone() is not None


def get(project: Project, backup_id: str, moment: float) -> Backup:
    """Give one backup, or raise 404."""
    found = project.store.first(Backup, "backup_id = :backup_id", moment, backup_id=backup_id)
    if found is None:
        raise errors.not_found(f"Backup {backup_id}")
    return found


def of_project(project: Project, moment: float, window: Window) -> list[Backup]:
    """Give a page of all backups, newest first, including those of deleted indexes."""
    return project.store.select(Backup, "TRUE", moment, **vars(window))


def of_index(
    project: Project, index_name: str, moment: float, window: Window, *, include_deleted: bool
) -> list[Backup]:
    """Give a page of an index's backups, newest first.

    :param include_deleted: whether to include the backups of every index that ever had the name.
    :raises ApiError: 404 if no index has the name or, with `include_deleted`, ever had it.
    """
    if include_deleted:
        query = "SELECT 1 FROM indexes WHERE name = ? AND created_at <= ?"
        if project.store.db.execute(query, (index_name, moment)).fetchone() is None:
            raise errors.not_found(f"Index {index_name}")
        key, value = "source_index_name", index_name
    else:
        key, value = "source_index_id", indexes.get(project, index_name, moment).index_id
    return project.store.select(Backup, f"{key} = :value", moment, **vars(window), value=value)


def of_schedule(project: Project, schedule_id: str, moment: float) -> list[Backup]:
    """Give all backups that a schedule made and that still exist, newest first."""
    return project.store.select(Backup, "schedule_id = :schedule_id", moment, schedule_id=schedule_id)


def delete(project: Project, backup_id: str, moment: float) -> None:
    """Delete a backup.

    :raises ApiError: 404; 412 while an index is being made from it.
    """
    backup = get(project, backup_id, moment)
    pending = [
        row["restore_job_id"]
        for row in project.store.db.execute(
            "SELECT restore_job_id FROM restore_jobs"
            " WHERE backup_id = ? AND done_at > ? AND target_deleted_at IS NULL ORDER BY created_at",
            (backup.backup_id, moment),
        )
    ]
    if pending:
        raise errors.precondition(
            f"Unable to delete backup. There are pending restore jobs for this backup: {pending}"
        )
    with project.store.transaction() as db:
        db.execute("UPDATE backups SET deleted_at = ? WHERE backup_id = ?", (moment, backup_id))
        records.drop_all(db, backup_id)


def free_expired(project: Project, moment: float) -> None:
    """Delete the records of the scheduled backups that have expired since the last call."""
    since, project.freed_until = project.freed_until, moment
    expired = project.store.db.execute(
        "SELECT backup_id FROM backups WHERE schedule_id IS NOT NULL AND deleted_at BETWEEN ? AND ?",
        (since, moment),
    ).fetchall()
    if expired:
        with project.store.transaction() as db:
            for row in expired:
                records.drop_all(db, row["backup_id"])
