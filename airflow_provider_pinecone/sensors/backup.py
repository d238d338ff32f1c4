"""The sensor that waits for a backup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_pinecone.api.checks import check_text
from airflow_provider_pinecone.policies.arguments import id_of
from airflow_provider_pinecone.sensors._base import PineconeSensor

if TYPE_CHECKING:
    from airflow_provider_pinecone.flows.waiting.backup import BackupWait
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

        backup_id = check_text("backup_id", id_of("backup_id", self.backup_id))
        return BackupWait(started_at=started_at, deadline=deadline, backup_id=backup_id)

    def _trigger_class(self) -> type[PineconeWaitTrigger[BackupWait]]:
        from airflow_provider_pinecone.triggers.backup import PineconeBackupTrigger

        return PineconeBackupTrigger
