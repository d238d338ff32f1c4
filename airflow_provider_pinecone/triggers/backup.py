"""The trigger that waits for a backup."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from airflow_provider_pinecone.flows.delete import delete_unfinished_backup
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.wait import wait_for_backup
from airflow_provider_pinecone.flows.watch import Terms
from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger


class PineconeBackupTrigger(PineconeWaitTrigger):
    """Waits until a backup is Ready or has failed.

    :param backup_id: the backup.

    For the other arguments and the event, see ``PineconeWaitTrigger``.
    """

    def __init__(self, *, backup_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.backup_id = backup_id

    def _arguments(self) -> dict[str, Any]:
        return {"backup_id": self.backup_id}

    def _flow(self, terms: Terms) -> Flow[Any]:
        return wait_for_backup(self.backup_id, terms=replace(terms, wait_id=self.backup_id), clock=time.time)

    def _undo(self, tokens: Collection[str]) -> Flow[None]:
        return delete_unfinished_backup(self.backup_id, tokens=tokens)

    def _what(self) -> str:
        return f"Backup {self.backup_id}"
