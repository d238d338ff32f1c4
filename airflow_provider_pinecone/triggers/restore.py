"""The trigger that waits for a restore."""

from __future__ import annotations

from airflow_provider_pinecone.flows.waiting.restore import RestoreWait
from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger


class PineconeRestoreJobTrigger(PineconeWaitTrigger[RestoreWait]):
    """Waits until a restore job is Completed and its index ready, or has failed.

    For its arguments and event, see ``PineconeWaitTrigger``.
    """

    wait_class = RestoreWait
