"""Tasks that create, delete and list backups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_pinecone.api.checks import check_id, check_name, check_text, check_whole
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.operators._base import PineconeOperator, told_failures
from airflow_provider_pinecone.operators._memory import first_start, remembered
from airflow_provider_pinecone.operators._waiting import PineconeWaitingOperator
from airflow_provider_pinecone.policies.arguments import given, id_of, settle_seconds
from airflow_provider_pinecone.policies.guards import Guards, held

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_pinecone.api.models import Backup
    from airflow_provider_pinecone.flows.attempt import Attempt
    from airflow_provider_pinecone.flows.submit_backup import BackupPlan
    from airflow_provider_pinecone.flows.waiting.backup import BackupWait
    from airflow_provider_pinecone.policies.identity import Run
    from airflow_provider_pinecone.policies.write_lag import WriteLag
    from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger


class PineconeCreateBackupOperator(PineconeWaitingOperator["BackupWait", "Backup"]):
    """Backs up a serverless index, and waits until the backup is Ready.

    One run makes one backup of an index: a retry finds its run's backup by a token in the description. A task
    that is cleared after it ended makes a new one, unless ``on_clear="reuse"`` and no guard had rejected it.

    A backup that is Ready but too small fails the task, without a retry. It stays, and the message names its
    id. Pinecone backs up only records written at least 15 minutes earlier.

    :param index_name: the index to back up (templated).
    :param backup_name: a name for the backup, at most 45 lower-case letters, digits and hyphens (templated).
        By default, the index, the run's date and part of its token.
    :param description: a text for people (templated). It follows a mark that names the run.
    :param min_records: the fewest records the backup may hold; 0 allows an empty one.
    :param max_record_drop: largest allowed drop in records since the last usable backup, as a fraction from 0
        to 1; None allows any. With ``wait_for_completion=False``, neither limit is checked.
    :param settle: wait until the backup includes what was written up to ``data_written_at`` before it is
        requested: True waits until 900 seconds after that; or give the seconds (templated). A retry that
        finds its run's backup does not wait again.
    :param data_written_at: when the last record was written, as ISO 8601 text or a datetime, UTC if it has no
        time zone (templated). By default, when this task first started; before Airflow 3.3, which stores
        that, when the try started.
    :return: the backup, as a dict of the API's fields. The XCom ``backup_id`` is pushed before the wait.

    For the waiting, see ``PineconeWaitingOperator``; its ``timeout`` begins when the backup is requested.

    .. code-block:: python

        backup = PineconeCreateBackupOperator(task_id="back_up", index_name="movies", deferrable=True)
    """

    template_fields: Sequence[str] = (
        "pinecone_conn_id",
        "index_name",
        "backup_name",
        "description",
        "settle",
        "data_written_at",
    )

    def __init__(
        self,
        *,
        backup_name: str | None = None,
        description: str | None = None,
        min_records: int = 1,
        max_record_drop: float | None = 0.5,
        settle: bool | float | str | None = None,
        data_written_at: datetime | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(settle, bool | int | float | None):
            settle_seconds(settle)
        if not settle and data_written_at is not None:
            raise PineconeInputError("data_written_at has no effect without settle: give settle=True, too.")
        self.settle = settle
        self.data_written_at = data_written_at
        self._first_start: float | None = None
        self.backup_name = backup_name
        self.description = description
        self.min_records = min_records
        self.max_record_drop = max_record_drop
        # Built here, so that a DAG with invalid guards does not even parse.
        self._guards = Guards(min_records=min_records, max_record_drop=max_record_drop)

    def _attempt(self, context: Context) -> Attempt[BackupWait, Backup]:
        from airflow_provider_pinecone.flows.finish_backup import backup_attempt

        # Checked first: the token is derived from it.
        check_id("index_name", self.index_name)
        run = self._run(context)
        return backup_attempt(self._plan(context, run), lag=self._lag(context, run))

    def execute_settled(self, context: Context, event: object = None) -> dict[str, Any]:
        """Begin again once a backup includes the data, as the trigger's event says.

        :raises AirflowException: if the event is no time.
        """
        if not isinstance(event, datetime):
            raise AirflowException(
                f"The trigger ended without saying when: {quoted(event)}. Nothing was begun."
            )
        # What was assumed when the task deferred.
        self._first_start = event.timestamp() - settle_seconds(self.settle)
        return self._begin(context)

    def _lag(self, context: Context, run: Run) -> WriteLag | None:
        from airflow_provider_pinecone.policies.write_lag import write_lag_of

        now = self._clock()
        token = run.token(self.index_name)
        return write_lag_of(
            settle=self.settle,
            data_written_at=self.data_written_at,
            first_start=lambda: (
                self._first_start or first_start(context, token=token, generation=run.generation, now=now)
            ),
            now=now,
        )

    def _plan(self, context: Context, run: Run) -> BackupPlan:
        from airflow_provider_pinecone.flows.submit_backup import BackupPlan

        name, description = given(self.backup_name), given(self.description)
        if name is not None:
            check_name("backup_name", name)
        if description is not None:
            check_text("description", description)
        token = run.token(self.index_name)
        return BackupPlan(
            index_name=self.index_name,
            name=name or run.backup_name(self.index_name),
            description=run.description(self.index_name, text=description),
            token=token,
            earlier=run.earlier_tokens(self.index_name),
            generation=run.generation,
            guards=self._guards,
            remembered=remembered(context, token=token).get("backup_id"),
        )

    def _trigger_class(self) -> type[PineconeWaitTrigger[BackupWait]]:
        from airflow_provider_pinecone.triggers.backup import PineconeBackupTrigger

        return PineconeBackupTrigger


class PineconeDeleteBackupOperator(PineconeOperator):
    """Deletes a backup. Its source index and the indexes restored from it are not touched.

    It refuses to delete an index's newest Ready or newest usable backup, unless ``allow_last``.

    :param backup_id: the backup, or what ``PineconeCreateBackupOperator`` returns of it (templated).
    :param allow_last: delete even the last good backup of an index.
    :param missing_ok: succeed, with a warning, if there is no such backup.
    :return: whether a backup was deleted.

    .. code-block:: python

        PineconeDeleteBackupOperator(task_id="forget", backup_id="{{ params.backup_id }}")
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "backup_id")

    def __init__(
        self,
        *,
        backup_id: str | Mapping[str, Any],
        allow_last: bool = False,
        missing_ok: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.backup_id = backup_id
        self.allow_last = allow_last
        self.missing_ok = missing_ok

    def execute(self, context: Context) -> bool:
        """Delete the backup, unless it must survive."""
        from airflow_provider_pinecone.flows.delete import delete_backup

        with told_failures(context):
            backup_id = check_id("backup_id", id_of("backup_id", self.backup_id))
            flow = delete_backup(backup_id, allow_last=self.allow_last, missing_ok=self.missing_ok)
            backup = self.hook.run(flow)
        if backup is None:
            self.hook.tell(f"Nothing deleted: there is no backup {backup_id}.", warning=True)
        else:
            self.hook.tell(f"Backup {backup_id} of {backup.source_index_name} deleted: {held(backup)}.")
        return backup is not None


class PineconeListBackupsOperator(PineconeOperator):
    """Lists the backups of an index, or of the whole project, newest first.

    :param index_name: the index (templated); None lists the whole project, deleted indexes included.
    :param include_deleted: also list backups of deleted indexes that had this name.
    :param limit: return only this many, the newest.
    :return: the backups, as dicts of the API's fields and ``made_by_schedule``: whether a schedule of
        Pinecone's own made the backup.

    .. code-block:: python

        backups = PineconeListBackupsOperator(task_id="list_backups", index_name="movies", limit=10)
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "index_name")

    def __init__(
        self,
        *,
        index_name: str | None = None,
        include_deleted: bool = False,
        limit: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.index_name = index_name
        self.include_deleted = include_deleted
        self.limit = None if limit is None else check_whole("limit", limit, least=1)

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Read all pages."""
        from airflow_provider_pinecone.flows.scheduled import scheduled_backup_ids
        from airflow_provider_pinecone.policies.selection import newest_first
        from airflow_provider_pinecone.policies.tables import table

        with told_failures(context, index_name=self.index_name):
            backups = newest_first(
                self.hook.iter_backups(given(self.index_name), include_deleted=self.include_deleted)
            )
            shown = backups[: self.limit]
            scheduled = self.hook.run(scheduled_backup_ids(shown))
        where = f"of index {self.index_name}" if self.index_name else "in the project"
        self.hook.tell(f"{len(backups)} backups {where}, {len(shown)} returned.")
        header = ("created_at", "index", "status", "records", "bytes", "backup")
        for line in table(header, map(_row, shown)):
            self.log.info("%s", line)
        return [{**backup.as_dict(), "made_by_schedule": backup.backup_id in scheduled} for backup in shown]


def _row(backup: Backup) -> tuple[object, ...]:
    made = None if backup.created_at is None else f"{backup.created_at:%Y-%m-%d %H:%M}"
    counts = backup.record_count, backup.size_bytes
    return made, backup.source_index_name, str(backup.status), *counts, backup.backup_id
