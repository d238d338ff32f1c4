"""Reading a listing to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import LARGEST_PAGE
from airflow_provider_pinecone.api.errors import PineconeUnreadableAnswerError
from airflow_provider_pinecone.api.models import (
    Backup,
    BackupSchedule,
    BackupScheduleHistoryItem,
    Page,
    RestoreJob,
)
from airflow_provider_pinecone.flows.steps import Flow, send

T = TypeVar("T")

MOST_PAGES = 1000


def all_backups(index_name: str | None = None, *, include_deleted: bool = False) -> Flow[list[Backup]]:
    """Every backup of an index, or of the project, each once."""

    def page(token: str | None) -> Call[Page[Backup]]:
        return endpoints.list_backups(
            index_name, limit=LARGEST_PAGE, pagination_token=token, include_deleted=include_deleted
        )

    return (yield from _all(page, key=lambda backup: backup.backup_id))


def all_restore_jobs() -> Flow[list[RestoreJob]]:
    """Every restore job of the project that the API lists, each once. Its listing leaves some out."""

    def page(token: str | None) -> Call[Page[RestoreJob]]:
        return endpoints.list_restore_jobs(limit=LARGEST_PAGE, pagination_token=token)

    return (yield from _all(page, key=lambda job: job.restore_job_id))


def all_backup_schedules(index_name: str) -> Flow[list[BackupSchedule]]:
    """Every schedule of an index, disabled ones included, each once."""

    def page(token: str | None) -> Call[Page[BackupSchedule]]:
        return endpoints.list_backup_schedules(index_name, limit=LARGEST_PAGE, pagination_token=token)

    return (yield from _all(page, key=lambda schedule: schedule.schedule_id))


def all_backup_schedule_history(schedule_id: str) -> Flow[list[BackupScheduleHistoryItem]]:
    """Every backup that a schedule has made and that is not deleted, and its next run, each once."""

    def page(token: str | None) -> Call[Page[BackupScheduleHistoryItem]]:
        return endpoints.list_backup_schedule_history(schedule_id, limit=LARGEST_PAGE, pagination_token=token)

    return (yield from _all(page, key=lambda backup: backup.backup_id))


def _all(page: Callable[[str | None], Call[Page[T]]], *, key: Callable[[T], str]) -> Flow[list[T]]:
    # Tokens are offsets, so rows shift when something is created or deleted meanwhile: hence by id.
    found: dict[str, T] = {}
    tokens: set[str] = set()
    token: str | None = None
    while True:
        call = page(token)
        answer = yield from send(call)
        found |= {key(item): item for item in answer.items}
        token = answer.next
        if token is None:
            return list(found.values())
        if token in tokens or len(tokens) >= MOST_PAGES:
            # Half a listing taken for the whole would hide backups.
            raise PineconeUnreadableAnswerError(
                "The listing does not end", method=call.method, path=call.path
            )
        tokens.add(token)
