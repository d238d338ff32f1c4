"""Restore jobs: new indexes made from backups."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from airflow_provider_pinecone.emulator.protocol import errors
from airflow_provider_pinecone.emulator.protocol.paging import Window
from airflow_provider_pinecone.emulator.resources import backups, damages, indexes
from airflow_provider_pinecone.emulator.state import records, store
from airflow_provider_pinecone.emulator.state.project import Project
from airflow_provider_pinecone.emulator.state.store import Json


@dataclass(frozen=True, kw_only=True)
class RestoreJob(store.Row):
    """A restore job as it is stored. None is ever deleted."""

    table: ClassVar = "restore_jobs"

    restore_job_id: str
    backup_id: str
    target_index_id: str
    target_index_name: str
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
    """Begin to make an index from a backup. The index exists at once and is ready when the job is done.

    :param tags: replace the backup's tags; None copies the backup's.
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
    settings = project.settings
    with project.store.transaction() as db:
        target = indexes.insert(
            db,
            damages.damage_definition(wanted, settings),
            created_at=moment,
            ready_at=done_at,
            outcome="Ready" if outcome == "Completed" else "InitializationFailed",
        )
        records.copy(db, source=backup_id, target=target.index_id)
        damages.damage_records(db, target.index_id, settings)
        made = RestoreJob(
            restore_job_id=str(uuid.uuid4()),
            backup_id=backup_id,
            target_index_id=target.index_id,
            target_index_name=target.name,
            created_at=moment,
            done_at=done_at,
            outcome=outcome,
        )
        store.insert(db, made)
    return made


def get(project: Project, restore_job_id: str, moment: float) -> RestoreJob:
    """Give one restore job, or raise 404."""
    found = project.store.first(RestoreJob, "restore_job_id = :job_id", moment, job_id=restore_job_id)
    if found is None:
        raise errors.not_found(f"Restore job {restore_job_id}")
    return found


def of_project(project: Project, moment: float, window: Window) -> list[RestoreJob]:
    """Give a page of all restore jobs, newest first."""
    return project.store.select(RestoreJob, "TRUE", moment, **vars(window))
