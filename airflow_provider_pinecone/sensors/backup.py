"""The sensor that waits for a backup."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_pinecone.api.checks import check_text
from airflow_provider_pinecone.policies.arguments import backup_id_of
from airflow_provider_pinecone.sensors._base import PineconeSensor

if TYPE_CHECKING:
    from airflow_provider_pinecone.api.models import Backup
    from airflow_provider_pinecone.flows.steps import Flow
    from airflow_provider_pinecone.flows.terms import Terms
    from airflow_provider_pinecone.triggers.backup import PineconeBackupTrigger


class PineconeBackupSensor(PineconeSensor):
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

    def _flow(self, terms: Terms) -> Flow[Backup | None]:
        from airflow_provider_pinecone.flows.wait import wait_for_backup

        backup_id = check_text("backup_id", backup_id_of(self.backup_id))
        return wait_for_backup(backup_id, terms=terms, clock=time.time)

    def _trigger(self, **terms: Any) -> PineconeBackupTrigger:
        from airflow_provider_pinecone.triggers.backup import PineconeBackupTrigger

        return PineconeBackupTrigger(
            pinecone_conn_id=self.pinecone_conn_id, backup_id=backup_id_of(self.backup_id), **terms
        )

    def _result(self, end: Backup) -> dict[str, Any]:
        return end.as_dict()
