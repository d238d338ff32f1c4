"""The trigger that waits for a backup."""

from __future__ import annotations

from airflow_provider_pinecone.flows.waiting.backup import BackupWait
from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger


class PineconeBackupTrigger(PineconeWaitTrigger[BackupWait]):
    """Waits until a backup is Ready or has failed.

    For its arguments and event, see ``PineconeWaitTrigger``.
    """

    wait_class = BackupWait
