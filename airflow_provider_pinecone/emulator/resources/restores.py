"""Restore jobs: new indexes made from backups."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_pinecone.emulator.protocol import errors
from airflow_provider_pinecone.emulator.protocol.paging import EVERYTHING, Window
from airflow_provider_pinecone.emulator.resources import backups, indexes
from airflow_provider_pinecone.emulator.state import records, store
from airflow_provider_pinecone.emulator.state.project import Project
from airflow_provider_pinecone.emulator.state.store import Json


@dataclass(frozen=True)
class RestoreJob:
    """A restore job as it is stored; moments are seconds since 1970."""

    restore_job_id: str
    backup_id: str
    target_index_id: str
    target_index_name: str
    created_at: float
    done_at: float
    outcome: str
    target_deleted_at: float | None = None

    def status(self, moment: float) -> str:
        """Give its status at a moment. Work in progress is Pending, too: the API has no other word for it."""
        ended = self.ended_at(moment)
        if ended is None:
            return "Pending"
        return self.outcome if ended == self.done_at else "Cancelled"

    def ended_at(self, moment: float) -> float | None:
        """Say when it ended: with its target, if that was deleted before the job was done."""
        end = min(self.done_at, self.target_deleted_at or self.done_at)
        return end if moment >= end else None


def create(
    project: Project,
    backup_id: str,
    moment: float,
    *,
    name: str,
    tags: dict[str, str] | None,
    deletion_protection: str,
    read_capacity: Json | None,
) -> RestoreJob:
    """Begin to make an index from a backup. The index exists at once, and is ready when the job is done.

    :param tags: instead of the backup's own; None copies those.
    :raises ApiError: as `indexes.check`; 404 for the backup; 412 for one that is not Ready.
    """
    backup = backups.get(project, backup_id, moment)
    if backup.status(moment) != "Ready":
        raise errors.precondition(f"Backup {backup_id} is not completed")
    wanted = indexes.NewIndex(
        name=name,
        schema=backup.schema,
        deployment=backup.deployment,
        embed=backup.embed,
        read_capacity=read_capacity or indexes.ON_DEMAND,
        tags=backup.tags if tags is None else tags,
        deletion_protection=deletion_protection,
        source_backup_id=backup_id,
    )
    indexes.check(project, wanted, moment)
    done_at = moment + project.settings.restore_seconds
    outcome = project.next_restore_outcome()
    with project.store.transaction() as db:
        target = indexes.insert(
            db,
            wanted,
            created_at=moment,
            ready_at=done_at,
            outcome="Ready" if outcome == "Completed" else "InitializationFailed",
        )
        records.copy(db, source=backup_id, target=target.index_id)
        made = RestoreJob(
            restore_job_id=str(uuid.uuid4()),
            backup_id=backup_id,
            target_index_id=target.index_id,
            target_index_name=target.name,
            created_at=moment,
            done_at=done_at,
            outcome=outcome,
        )
        row = dict(vars(made))
        del row["target_deleted_at"]
        store.insert(db, "restore_jobs", row)
    return made


def get(project: Project, restore_job_id: str, moment: float) -> RestoreJob:
    """Give one restore job, or raise 404."""
    found = next(_select(project, "restore_job_id = :job_id", moment, job_id=restore_job_id), None)
    if found is None:
        raise errors.not_found(f"Restore job {restore_job_id}")
    return found


def of_project(project: Project, moment: float, window: Window) -> list[RestoreJob]:
    """Give a page of all restore jobs, newest first."""
    return list(_select(project, "TRUE", moment, window))


def _select(
    project: Project, condition: str, moment: float, window: Window = EVERYTHING, **values: str
) -> Iterator[RestoreJob]:
    rows = project.store.db.execute(
        "SELECT restore_jobs.*, indexes.deleted_at AS target_deleted_at"
        " FROM restore_jobs JOIN indexes ON index_id = target_index_id"
        f" WHERE {condition} AND restore_jobs.created_at <= :moment"
        " ORDER BY restore_jobs.created_at DESC, restore_jobs.rowid DESC LIMIT :limit OFFSET :offset",
        {**values, **vars(window), "moment": moment},
    )
    return (RestoreJob(**dict(row)) for row in rows)
