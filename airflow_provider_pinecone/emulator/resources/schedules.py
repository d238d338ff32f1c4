"""Backup schedules: backups that are taken as time passes, and expire."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from airflow_provider_pinecone.emulator.protocol import errors
from airflow_provider_pinecone.emulator.protocol.paging import Window
from airflow_provider_pinecone.emulator.resources import backups, cadence, indexes, rules
from airflow_provider_pinecone.emulator.resources.backups import Backup
from airflow_provider_pinecone.emulator.resources.cadence import DAY, Frequency
from airflow_provider_pinecone.emulator.resources.indexes import Index
from airflow_provider_pinecone.emulator.state import store
from airflow_provider_pinecone.emulator.state.project import Project


@dataclass(frozen=True, kw_only=True)
class Schedule(store.Row):
    """A schedule as it is stored.

    :param first_run_at: the run from which later ones are counted.
    :param planned_at: when the next run was planned: with the schedule, or at the previous run.
    :param next_run_at: None while it is disabled.
    """

    table: ClassVar = "backup_schedules"

    schedule_id: str
    index_id: str
    name: str
    frequency: Frequency
    retention_days: int
    first_run_at: float
    planned_at: float
    next_run_at: float | None

    @property
    def enabled(self) -> bool:
        """Say whether it takes backups."""
        return self.next_run_at is not None

    def backup_name(self, run: float) -> str:
        """Name the backup of a run."""
        return f"{self.name}-{datetime.fromtimestamp(run, UTC):%Y%m%dT%H%M%SZ}"

    def backup_id(self, run: float) -> str:
        """Identify the backup of a run, whether it has run yet or not."""
        return str(uuid.uuid5(uuid.UUID(self.schedule_id), str(run)))

    def expiry(self, run: float) -> float:
        """Say when the backup of a run is deleted."""
        return run + self.retention_days * DAY

    def planned(self, moment: float) -> Schedule:
        """Plan its next run as if it had been created at this moment."""
        first = cadence.first_run(moment)
        return replace(self, first_run_at=first, planned_at=moment, next_run_at=first)


@dataclass(frozen=True)
class PlannedRun:
    """The next run of a schedule, which its history shows before the backups of earlier runs."""

    schedule: Schedule
    index: Index
    run: float


def create(
    project: Project, index_name: str, moment: float, *, name: str, frequency: Frequency, retention_days: int
) -> Schedule:
    """Create an enabled schedule, with its first run planned.

    :raises ApiError: 400 for an index that cannot be backed up or a retention beyond the project's limit,
        402, 404, 409 for an index that has an enabled schedule.
    """
    if project.settings.past_due:
        raise errors.past_due()
    index = indexes.get(project, index_name, moment)
    backups.check_supported(index)
    if not name:
        raise errors.invalid("name: a schedule needs one.")
    _check_retention(project, retention_days)
    _check_none_enabled(project, index.index_id, moment)
    made = Schedule(
        schedule_id=str(uuid.uuid4()),
        index_id=index.index_id,
        name=name,
        frequency=frequency,
        retention_days=retention_days,
        created_at=moment,
        first_run_at=moment,
        planned_at=moment,
        next_run_at=None,
    ).planned(moment)
    with project.store.transaction() as db:
        store.insert(db, made)
    return made


def get(project: Project, schedule_id: str, moment: float) -> Schedule:
    """Give one schedule, or raise 404. Schedules are deleted with their index."""
    found = project.store.first(Schedule, "schedule_id = :schedule_id", moment, schedule_id=schedule_id)
    if found is None:
        raise errors.not_found("Backup schedule")
    return found


def of_index(project: Project, index_name: str, moment: float, window: Window) -> list[Schedule]:
    """Give a page of an index's schedules, newest first, including disabled ones."""
    index = indexes.get(project, index_name, moment)
    return project.store.select(
        Schedule, "index_id = :index_id", moment, **vars(window), index_id=index.index_id
    )


def update(
    project: Project,
    schedule_id: str,
    moment: float,
    *,
    frequency: Frequency | None,
    retention_days: int | None,
    enabled: bool | None,
) -> Schedule:
    """Change a schedule; None leaves things as they are.

    A new frequency plans the next run anew, and so does enabling it again. A new retention also applies to
    the backups that exist.

    :raises ApiError: 400, 404; 409 for enabling a second schedule of an index.
    """
    schedule = get(project, schedule_id, moment)
    if retention_days is not None:
        _check_retention(project, retention_days)
        schedule = replace(schedule, retention_days=retention_days)
    is_enabled_again = enabled is True and not schedule.enabled
    if is_enabled_again:
        _check_none_enabled(project, schedule.index_id, moment)
    changes_frequency = schedule.enabled and frequency not in (None, schedule.frequency)
    schedule = replace(schedule, frequency=frequency or schedule.frequency)
    if is_enabled_again or changes_frequency:
        schedule = schedule.planned(moment)
    if enabled is False:
        schedule = replace(schedule, next_run_at=None)
    with project.store.transaction() as db:
        db.execute(
            "UPDATE backup_schedules SET frequency = :frequency, retention_days = :retention_days,"
            " first_run_at = :first_run_at, planned_at = :planned_at, next_run_at = :next_run_at"
            " WHERE schedule_id = :schedule_id",
            vars(schedule),
        )
        db.execute(
            "UPDATE backups SET deleted_at = max(created_at + ?, ?) WHERE schedule_id = ? AND deleted_at > ?",
            (schedule.retention_days * DAY, moment, schedule_id, moment),
        )
    return schedule


def delete(project: Project, schedule_id: str, moment: float) -> None:
    """Delete a schedule; its backups stay until they expire."""
    schedule = get(project, schedule_id, moment)
    with project.store.transaction() as db:
        db.execute(
            "UPDATE backup_schedules SET deleted_at = ? WHERE schedule_id = ?",
            (moment, schedule.schedule_id),
        )


def history(project: Project, schedule_id: str, moment: float, window: Window) -> list[Backup | PlannedRun]:
    """Give a page of a schedule's next run and its existing backups, newest first."""
    schedule = get(project, schedule_id, moment)
    rows: list[Backup | PlannedRun] = list(backups.of_schedule(project, schedule_id, moment))
    if schedule.next_run_at is not None:
        index = indexes.with_id(project, schedule.index_id, moment)
        rows.insert(0, PlannedRun(schedule, index, schedule.next_run_at))
    return rows[window.slice]


def run_due(project: Project, moment: float) -> None:
    """Take the backups of all runs until now, and free expired ones.

    Since this precedes every request, each index is still as it was when the run was due.
    """
    for schedule in project.store.select(Schedule, "next_run_at <= :moment", moment):
        _catch_up(project, schedule, moment)
    backups.free_expired(project, moment)


def _catch_up(project: Project, schedule: Schedule, moment: float) -> None:
    index = indexes.with_id(project, schedule.index_id, moment)
    planned_at, run = schedule.planned_at, schedule.next_run_at
    with project.store.transaction() as db:
        while run is not None and run <= moment:
            # Backups that would have expired by now are skipped, so the clock can move by years.
            if schedule.expiry(run) > moment:
                _run(db, project, schedule, index, run)
            planned_at = run
            run = cadence.next_run(schedule.first_run_at, schedule.frequency, after=run)
        db.execute(
            "UPDATE backup_schedules SET planned_at = ?, next_run_at = ? WHERE schedule_id = ?",
            (planned_at, run, schedule.schedule_id),
        )


def _run(db: sqlite3.Connection, project: Project, schedule: Schedule, index: Index, run: float) -> None:
    settings = project.settings
    if not settings.plan_includes_backups or settings.past_due or backups.quota_is_reached(project, run):
        return
    if backups.was_taken(db, schedule.backup_id(run)):
        return  # the clock has been set back, and the schedule was planned anew
    name = schedule.backup_name(run)
    backups.take(
        db,
        project,
        index,
        run,
        backup_id=schedule.backup_id(run),
        name=name,
        schedule_id=schedule.schedule_id,
        deleted_at=schedule.expiry(run),
        fails=len(name) > rules.LONGEST_NAME,
    )


def _check_retention(project: Project, days: int) -> None:
    longest = project.settings.max_backup_retention_days
    if not 1 <= days <= longest:
        raise errors.invalid(f"retention.expire_after_days must be between 1 and {longest}, not {days}.")


def _check_none_enabled(project: Project, index_id: str, moment: float) -> None:
    condition = "index_id = :index_id AND next_run_at IS NOT NULL"
    if project.store.first(Schedule, condition, moment, index_id=index_id):
        message = "This index already has an enabled backup schedule. Disable or delete it first."
        raise errors.ApiError(409, "ALREADY_EXISTS", message)
