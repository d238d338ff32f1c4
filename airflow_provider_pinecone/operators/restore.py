"""The task that creates an index from a backup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_pinecone.api.checks import check_name
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.operators._memory import remembered
from airflow_provider_pinecone.operators._waiting import PineconeWaitingOperator
from airflow_provider_pinecone.policies.arguments import given, id_of, moment_of

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_pinecone.flows.attempt import Attempt
    from airflow_provider_pinecone.flows.choose import Source
    from airflow_provider_pinecone.flows.submit_restore import RestorePlan
    from airflow_provider_pinecone.flows.waiting.restore import Restored, RestoreWait
    from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger


class PineconeCreateIndexFromBackupOperator(PineconeWaitingOperator["RestoreWait", "Restored"]):
    """Restores a backup into a new index, and waits until the index is ready.

    Give the backup's id, or the name of its source index: then the newest backup that is Ready and not empty
    is taken. Indexes are deleted and created again under the same name; if several with that name have usable
    backups, the task fails and lists them.

    One run creates one index: a retry finds its run's index by a tag. Any other index of that name is an
    error, and is never deleted to make room.

    :param index_name: the new index's name, at most 45 lower-case letters, digits and hyphens (templated).
    :param backup_id: the backup, or what ``PineconeCreateBackupOperator`` returns of it (templated).
    :param source_index_name: instead, the index whose newest usable backup to take (templated).
    :param source_index_id: which of the indexes named ``source_index_name`` (templated).
    :param before: with ``source_index_name``, ignore backups created after this time: a datetime or ISO 8601
        text (templated).
    :param tags: the new index's tags, at most 19, in place of the backup's (templated). This provider adds
        one, by which a retry finds the index. Needed if the backup has 20.
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

    def __init__(
        self,
        *,
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
        self.backup_id = backup_id
        self.source_index_name = source_index_name
        self.source_index_id = source_index_id
        self.before = before
        self.tags = tags
        self.deletion_protection = deletion_protection
        self.read_capacity = read_capacity

    def _attempt(self, context: Context) -> Attempt[RestoreWait, Restored]:
        from airflow_provider_pinecone.flows.finish_restore import restore_attempt

        return restore_attempt(self._plan(context))

    def _plan(self, context: Context) -> RestorePlan:
        from airflow_provider_pinecone.flows.submit_restore import RestorePlan

        # Checked first: the token is derived from them.
        check_name("index_name", self.index_name)
        source = self._source()
        run = self._run(context)
        token = run.token(self.index_name, source=self._asked())
        return RestorePlan(
            index_name=self.index_name,
            source=source,
            token=token,
            earlier=run.earlier_tokens(self.index_name, source=self._asked()),
            # Clearing a finished run restarts it, and what it is to reuse is older than that.
            since=None if run.survives_clear else context["dag_run"].start_date,
            tags=given(self.tags),
            deletion_protection=given(self.deletion_protection),
            read_capacity=given(self.read_capacity),
            remembered=remembered(context, token=token).get("restore_job_id"),
        )

    def _source(self) -> Source:
        from airflow_provider_pinecone.flows.choose import Source

        by_id, by_name = id_of("backup_id", self.backup_id), given(self.source_index_name)
        if (by_id is None) == (by_name is None):
            raise PineconeInputError(
                f"Give either backup_id or source_index_name, got {quoted(self.backup_id)} "
                f"and {quoted(self.source_index_name)}."
            )
        if by_id is not None and (given(self.source_index_id), given(self.before)) != (None, None):
            raise PineconeInputError(
                "source_index_id and before go with source_index_name, not with backup_id."
            )
        return Source(
            backup_id=by_id,
            source_index_name=by_name,
            source_index_id=given(self.source_index_id),
            before=moment_of("before", self.before),
        )

    def _asked(self) -> tuple[str, ...]:
        """What to restore, in words that stay the same over the retries of a run."""
        asked = (
            id_of("backup_id", self.backup_id),
            self.source_index_name,
            self.source_index_id,
            self.before,
        )
        return tuple(str(given(one) or "") for one in asked)

    def _trigger_class(self) -> type[PineconeWaitTrigger[RestoreWait]]:
        from airflow_provider_pinecone.triggers.restore import PineconeRestoreJobTrigger

        return PineconeRestoreJobTrigger

    def _result(self, context: Context, end: Restored) -> dict[str, Any]:
        context["ti"].xcom_push(key="host", value=end.index.host if end.index else None)
        return super()._result(context, end)
