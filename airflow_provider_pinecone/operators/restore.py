"""The task that makes a new index from a backup."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_pinecone.api.checks import (
    DELETION_PROTECTION,
    check_choice,
    check_mapping,
    check_name,
    check_tags,
)
from airflow_provider_pinecone.api.errors import (
    PineconeBackupNotReadyError,
    PineconeError,
    PineconeGoneError,
    PineconeInputError,
    PineconeNoUsableBackupError,
)
from airflow_provider_pinecone.api.models import RestoreJobStatus
from airflow_provider_pinecone.flows.listing import all_backups, all_restore_jobs
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.submit import Submitted, submit_restore
from airflow_provider_pinecone.flows.wait import Restored, Terms, duration, wait_for_restore
from airflow_provider_pinecone.operators._base import told_failures
from airflow_provider_pinecone.operators._waiting import PineconeWaitingOperator
from airflow_provider_pinecone.policies.arguments import backup_id_of, given, moment_of
from airflow_provider_pinecone.policies.durations import expected_restore
from airflow_provider_pinecone.policies.identity import restore_tags
from airflow_provider_pinecone.policies.outcome import Verdict, backup_outcome
from airflow_provider_pinecone.policies.selection import choose_backup, is_usable

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_pinecone.api.models import Backup
    from airflow_provider_pinecone.triggers.restore import PineconeRestoreJobTrigger


class PineconeCreateIndexFromBackupOperator(PineconeWaitingOperator):
    """Restores a backup into a new index, and waits until the index is ready.

    The backup is given by its id, or found by the name of the index it was made of: the newest one that is
    Ready and not empty. Indexes are deleted and made again under the same name; where several that bore the
    name have usable backups, the task fails and lists them.

    One run makes one index: a retry finds what the try before it began, by a tag on the index. Any other
    index of that name is an error, and is never deleted to make room.

    :param index_name: the new index's name, at most 45 lower-case letters, digits and hyphens (templated).
    :param backup_id: the backup, or what ``PineconeCreateBackupOperator`` returns of it (templated).
    :param source_index_name: in its place, the index whose newest usable backup to take (templated).
    :param source_index_id: which of the indexes that bore ``source_index_name`` (templated).
    :param before: with ``source_index_name``, take the newest backup made not after this moment: a datetime
        or ISO 8601 text (templated).
    :param tags: the new index's tags, in place of the backup's (templated). This provider adds one.
    :param deletion_protection: ``enabled`` or ``disabled``, which is the API's default (templated).
    :param read_capacity: as the API takes it since version 2026-07 (templated).
    :return: the restore job, as a dict of the API's fields. The XComs ``restore_job_id``, ``index_name`` and
        ``index_id`` are pushed before the wait, ``host`` when the index is ready.

    For the waiting, see ``PineconeWaitingOperator``.

    .. code-block:: python

        restore = PineconeCreateIndexFromBackupOperator(
            task_id="restore",
            index_name="movies-restored",
            source_index_name="movies",
            deferrable=True,
        )
    """

    template_fields: Sequence[str] = (
        "pinecone_conn_id",
        "index_name",
        "backup_id",
        "source_index_name",
        "source_index_id",
        "before",
        "tags",
        "deletion_protection",
        "read_capacity",
    )
    ids = ("restore_job_id",)

    def __init__(
        self,
        *,
        index_name: str,
        backup_id: str | Mapping[str, Any] | None = None,
        source_index_name: str | None = None,
        source_index_id: str | None = None,
        before: datetime | str | None = None,
        tags: Mapping[str, str] | None = None,
        deletion_protection: str | None = None,
        read_capacity: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.index_name = index_name
        self.backup_id = backup_id
        self.source_index_name = source_index_name
        self.source_index_id = source_index_id
        self.before = before
        self.tags = tags
        self.deletion_protection = deletion_protection
        self.read_capacity = read_capacity

    def execute(self, context: Context) -> dict[str, Any]:
        """Find the backup, begin the restore or find the one that this run began, and wait for it."""
        with self._told_failures(context):
            self._check_arguments()
            self._check_deferral({"restore_job_id": ""})
            backup = self._chosen_backup()
            submitted = self._submit(context, backup)
            job = {
                "restore_job_id": submitted.restore_job_id,
                "backup_id": submitted.backup_id,
                "target_index_name": self.index_name,
                "target_index_id": submitted.index_id,
                "status": str(RestoreJobStatus.PENDING),
            }
            push = context["ti"].xcom_push
            push(key="restore_job_id", value=submitted.restore_job_id)
            push(key="index_name", value=self.index_name)
            push(key="index_id", value=submitted.index_id)
            if not self.wait_for_completion:
                return job
            self._tell_expectation(backup)
            return self._await_end(context, {"restore_job_id": submitted.restore_job_id})

    def _check_arguments(self) -> None:
        check_name("index_name", self.index_name)
        if given(self.tags) is not None:
            check_tags("tags", self.tags)
        if given(self.deletion_protection) is not None:
            check_choice("deletion_protection", self.deletion_protection, choices=DELETION_PROTECTION)
        by_id, by_name = backup_id_of(self.backup_id), given(self.source_index_name)
        if (by_id is None) == (by_name is None):
            raise PineconeInputError(
                f"Give either backup_id or source_index_name, got {self.backup_id!r:.80} "
                f"and {self.source_index_name!r:.80}."
            )
        if by_id is not None and (given(self.source_index_id) or given(self.before)):
            raise PineconeInputError(
                "source_index_id and before go with source_index_name, not with backup_id."
            )
        moment_of("before", self.before)
        if given(self.read_capacity) is not None:
            check_mapping("read_capacity", self.read_capacity)

    def _chosen_backup(self) -> Backup:
        by_id = backup_id_of(self.backup_id)
        if by_id is None:
            return self._newest_usable()
        backup = self.hook.describe_backup(by_id)
        match backup_outcome(backup).verdict:
            case Verdict.WAITING:
                raise PineconeBackupNotReadyError(
                    f"backup_id {by_id!r} is still {backup.status}. Wait for it, with PineconeBackupSensor."
                )
            case Verdict.FAILED:
                raise PineconeNoUsableBackupError(
                    f"backup_id {by_id!r} ended as {backup.status}. Choose another."
                )
        if not is_usable(backup):
            self.log.warning("Backup %s is empty: the index made of it will be, too.", by_id)
        return backup

    def _newest_usable(self) -> Backup:
        backup = choose_backup(
            self.hook.iter_backups(),
            source_index_name=self.source_index_name or "",
            source_index_id=given(self.source_index_id),
            before=moment_of("before", self.before),
        )
        self.log.info(
            "Backup %s chosen: the newest usable one of %s, made at %s, %s records.",
            backup.backup_id,
            backup.source_index_name,
            backup.created_at,
            "unknown" if backup.record_count is None else f"{backup.record_count:,}",
        )
        return backup

    def _source(self) -> tuple[str, ...]:
        """What was asked to be restored, in words that stay the same over the retries of a run."""
        asked = (backup_id_of(self.backup_id), self.source_index_name, self.source_index_id, self.before)
        return tuple(str(given(one) or "") for one in asked)

    def _submit(self, context: Context, backup: Backup) -> Submitted:
        token = self.run_of(context).token(self.index_name, source=self._source())
        return self.hook.run(
            submit_restore(
                backup,
                index_name=self.index_name,
                tags=restore_tags(backup, given=given(self.tags), token=token),
                deletion_protection=given(self.deletion_protection),
                read_capacity=given(self.read_capacity),
                clock=time.time,
            )
        )

    def _tell_expectation(self, backup: Backup) -> None:
        try:
            backups = self.hook.run(all_backups(backup.source_index_name, include_deleted=True))
            expected = expected_restore(
                backup,
                jobs=self.hook.run(all_restore_jobs()),
                backups={one.backup_id: one for one in backups},
            )
        except PineconeError as error:
            self.log.info("No estimate of how long this takes: %s", error)
            return
        if expected is None:
            self.log.info("No estimate of how long this takes: no restore of this index is on record.")
        else:
            self.log.info(
                "Estimate: about %s, as past restores of this index took.", duration(expected.seconds)
            )

    def _told_failures(self, context: Context) -> Any:
        return told_failures(context, index_name=self.index_name)

    def _flow(self, record: Mapping[str, Any], terms: Terms) -> Flow[Restored | None]:
        return wait_for_restore(
            record["restore_job_id"], index_name=self.index_name, terms=terms, clock=time.time
        )

    def _trigger(self, record: Mapping[str, Any]) -> PineconeRestoreJobTrigger:
        from airflow_provider_pinecone.triggers.restore import PineconeRestoreJobTrigger

        return PineconeRestoreJobTrigger(
            pinecone_conn_id=self.pinecone_conn_id,
            poll_interval=self.poll_interval,
            restore_job_id=record["restore_job_id"],
            index_name=self.index_name,
            started_at=record["started_at"],
            deadline=record["deadline"],
        )

    def _finish(self, context: Context, end: Restored, *, terms: Terms) -> dict[str, Any]:
        if end.index is None or end.index.name != self.index_name:
            raise PineconeGoneError(f"Index {self.index_name}: what ended is not its restore. Try again.")
        context["ti"].xcom_push(key="host", value=end.index.host)
        took = f", restored in {duration(end.job.seconds)}" if end.job and end.job.seconds is not None else ""
        self.log.info("Index %s is ready at %s%s.", self.index_name, end.index.host, took)
        if end.job is not None:
            return end.job.as_dict()
        self.log.warning("The restore job could not be read; judged by its index, which is ready.")
        return {
            "restore_job_id": None,
            "backup_id": end.index.source_backup_id,
            "target_index_name": self.index_name,
            "status": str(RestoreJobStatus.COMPLETED),
        }
