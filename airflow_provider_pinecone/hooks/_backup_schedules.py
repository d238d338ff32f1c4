"""The calls for Pinecone's own backup schedules, under the official SDK's names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.flows.listing import all_backup_schedule_history, all_backup_schedules

if TYPE_CHECKING:
    from airflow_provider_pinecone.api.models import BackupSchedule, BackupScheduleHistoryItem, Page
    from airflow_provider_pinecone.hooks._calls import PineconeCalls


class BackupSchedules:
    """Schedules by which Pinecone itself backs indexes up, daily, weekly or monthly.

    The API has them since version 2026-07. If the connection has an older version, these calls are sent in
    2026-07 all the same.

    .. code-block:: python

        hook = PineconeBackupHook()
        for schedule in hook.backup_schedules.iter_schedules(index_name="movies"):
            print(schedule.name, schedule.frequency, schedule.next_scheduled_run)
    """

    def __init__(self, calls: PineconeCalls) -> None:
        self._calls = calls

    def create(self, *, index_name: str, name: str, frequency: str, retention_days: int) -> BackupSchedule:
        """Make a schedule, enabled.

        :param name: at most 28 characters. Pinecone names each backup ``{name}-{YYYYMMDDTHHMMSSZ}``.
        :param frequency: ``daily``, ``weekly`` or ``monthly``. Pinecone chooses the hour.
        :param retention_days: days after which Pinecone deletes each backup, at least 1.
        :raises PineconeAlreadyExistsError: if the index has an enabled schedule.
        """
        return self._calls.send(
            endpoints.create_backup_schedule(
                index_name, name=name, frequency=frequency, retention_days=retention_days
            )
        )

    def list(
        self, *, index_name: str, limit: int | None = None, pagination_token: str | None = None
    ) -> Page[BackupSchedule]:
        """One page of an index's schedules, disabled ones included."""
        call = endpoints.list_backup_schedules(index_name, limit=limit, pagination_token=pagination_token)
        return self._calls.send(call)

    def iter_schedules(self, *, index_name: str) -> Iterator[BackupSchedule]:
        """All schedules of an index, disabled ones included."""
        return iter(self._calls.run(all_backup_schedules(index_name)))

    def describe(self, *, schedule_id: str) -> BackupSchedule:
        """Read one schedule."""
        return self._calls.send(endpoints.describe_backup_schedule(schedule_id))

    def update(
        self,
        *,
        schedule_id: str,
        frequency: str | None = None,
        retention_days: int | None = None,
        enabled: bool | None = None,
    ) -> BackupSchedule:
        """Change a schedule. None leaves things as they are.

        :param retention_days: also applies to the backups that exist.
        :param enabled: False pauses it; True plans its next run from now.
        :raises PineconeInputError: if there is nothing to change.
        :raises PineconeAlreadyExistsError: if the index has another enabled schedule.
        """
        return self._calls.send(
            endpoints.update_backup_schedule(
                schedule_id, frequency=frequency, retention_days=retention_days, enabled=enabled
            )
        )

    def delete(self, *, schedule_id: str) -> None:
        """Delete a schedule. Its backups stay until they expire."""
        self._calls.send(endpoints.delete_backup_schedule(schedule_id))

    def history(
        self, *, schedule_id: str, limit: int | None = None, pagination_token: str | None = None
    ) -> Page[BackupScheduleHistoryItem]:
        """One page of the backups that a schedule has made, its next run included."""
        return self._calls.send(
            endpoints.list_backup_schedule_history(
                schedule_id, limit=limit, pagination_token=pagination_token
            )
        )

    def iter_history(self, *, schedule_id: str) -> Iterator[BackupScheduleHistoryItem]:
        """All backups that a schedule has made, its next run included."""
        return iter(self._calls.run(all_backup_schedule_history(schedule_id)))
