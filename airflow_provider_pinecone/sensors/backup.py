"""The sensors that wait for a backup, and for recent backups of all indexes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    BaseSensorOperator,
    PokeReturnValue,
)

from airflow_provider_pinecone.api.checks import check_age, check_flag, check_id, check_interval
from airflow_provider_pinecone.api.errors import PineconeError, PineconeStaleBackupsError
from airflow_provider_pinecone.hooks import DEFAULT_CONN_ID
from airflow_provider_pinecone.policies.arguments import given, id_of
from airflow_provider_pinecone.sensors._base import PineconeSensor

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_pinecone.flows.waiting.backup import BackupWait
    from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
    from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger


class PineconeBackupSensor(PineconeSensor["BackupWait"]):
    """Waits until a backup is Ready.

    :param backup_id: the backup, or what ``PineconeCreateBackupOperator`` returns of it (templated).
    :return: the backup, as a dict of the API's fields.

    For the waiting, ``mode`` and ``soft_fail``, see ``PineconeSensor``.

    .. code-block:: python

        PineconeBackupSensor(task_id="until_ready", backup_id="{{ params.backup_id }}", deferrable=True)
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "backup_id")

    def __init__(self, *, backup_id: str | Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.backup_id = backup_id

    def _wait(self, *, started_at: float, deadline: float) -> BackupWait:
        from airflow_provider_pinecone.flows.waiting.backup import BackupWait

        backup_id = check_id("backup_id", id_of("backup_id", self.backup_id))
        return BackupWait(started_at=started_at, deadline=deadline, backup_id=backup_id)

    def _trigger_class(self) -> type[PineconeWaitTrigger[BackupWait]]:
        from airflow_provider_pinecone.triggers.backup import PineconeBackupTrigger

        return PineconeBackupTrigger


class PineconeBackupFreshnessSensor(BaseSensorOperator):
    """Waits until every index has a recent usable backup: one that is Ready and not empty.

    At its ``timeout`` it fails, without a retry, and names the stale indexes, most urgent first, since when
    and why. With ``timeout=0`` it looks once and fails at once, which makes an alarm: run it in a DAG of its
    own, which also notices that the DAG that backs up is paused or broken. If Pinecone cannot be reached,
    nobody knows, and Airflow's ``retries`` look again. A refused key fails the task at once.

    An index that was created again under its name needs a backup of its own. No index to look at is a
    failure, too.

    Freshness is a matter of hours, so the sensor does not defer: it looks every five minutes, and by default
    holds no worker slot in between (``mode="reschedule"``).

    :param max_age: the age up to which a backup counts as recent, by ``created_at``; a timedelta or seconds.
    :param index_names: the indexes (templated); by default, all serverless ones that match the other three.
    :param name_pattern: look only at matching names, with ``*`` and ``?`` as in a shell (templated).
    :param tags: look only at indexes that have all these tags (templated).
    :param exclude: patterns of names to leave out (templated).
    :param own_only: count only backups that this deployment's runs made. By default, all count: those of
        other deployments, of Pinecone's schedules and made by hand, too.
    :param pinecone_conn_id: the Airflow connection to Pinecone (templated).
    :return: each index's newest usable backup, as a dict of the API's fields, by the index's name.

    .. code-block:: python

        from datetime import timedelta

        PineconeBackupFreshnessSensor(task_id="all_fresh", max_age=timedelta(hours=24), timeout=0, retries=3)
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "index_names", "name_pattern", "tags", "exclude")
    ui_color: str = "#e3ecfa"

    def __init__(
        self,
        *,
        max_age: timedelta | float,
        index_names: Collection[str] | None = None,
        name_pattern: str = "*",
        tags: Mapping[str, str] | None = None,
        exclude: Collection[str] = (),
        own_only: bool = False,
        pinecone_conn_id: str = DEFAULT_CONN_ID,
        mode: str = "reschedule",
        poke_interval: timedelta | float = 300,
        **kwargs: Any,
    ) -> None:
        super().__init__(mode=mode, poke_interval=poke_interval, **kwargs)
        check_interval("poke_interval", self.poke_interval)
        self.max_age = check_age("max_age", max_age)
        self.index_names = index_names
        self.name_pattern = name_pattern
        self.tags = tags
        self.exclude = exclude
        self.own_only = check_flag("own_only", own_only)
        self.pinecone_conn_id = pinecone_conn_id
        self._missed: Exception | None = None

    @cached_property
    def hook(self) -> PineconeBackupHook:
        """The hook, which reads the connection when it is first used."""
        from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook

        return PineconeBackupHook(self.pinecone_conn_id)

    def execute(self, context: Context) -> Any:
        """Look until all is fresh, or until ``timeout``."""
        try:
            return super().execute(context)
        except AirflowSensorTimeout as timeout:
            # Airflow's own message says nothing of indexes.
            raise self._missed or timeout from None

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once."""
        try:
            fresh = self.hook.check_freshness(
                max_age=self.max_age,
                index_names=given(self.index_names),
                name_pattern=self.name_pattern,
                tags=given(self.tags),
                exclude=self.exclude,
                own_only=self.own_only,
            )
        except PineconeError as error:
            self._missed = self._miss(error)
            self.log.warning("%s", error)
            return PokeReturnValue(is_done=False)
        found = {name: backup.as_dict() for name, backup in fresh.items()}
        return PokeReturnValue(is_done=True, xcom_value=found)

    def _miss(self, error: PineconeError) -> Exception:
        """What to fail with at the timeout. :raises AirflowFailException: if waiting longer cannot help."""
        if isinstance(error, PineconeStaleBackupsError):
            return AirflowSensorTimeout(str(error))
        if error.passing:
            return error.with_traceback(None)
        raise AirflowFailException(str(error)) from None
