"""The trigger that waits for a restore."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from airflow_provider_pinecone.flows.delete import delete_unfinished_index
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.wait import wait_for_restore
from airflow_provider_pinecone.flows.watch import Terms
from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger
from airflow_provider_pinecone.triggers.events import expectation


class PineconeRestoreJobTrigger(PineconeWaitTrigger):
    """Waits until a restore job is done and its index ready, or has failed.

    :param restore_job_id: the job; None where its id was lost, and the index alone must tell.
    :param index_name: the target index, which also tells when the job can no longer be read.
    :param expected: how many seconds it may take, and by which factor that may be wrong.
    :param enough_percent: wait only for this much of the job, from 0 to 100, and not for the index.

    For the other arguments and the event, see ``PineconeWaitTrigger``.
    """

    def __init__(
        self,
        *,
        restore_job_id: str | None,
        index_name: str | None = None,
        enough_percent: float = 100.0,
        expected: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.restore_job_id = restore_job_id
        self.index_name = index_name
        self.enough_percent = enough_percent
        self.expected = list(expected) if expected else None

    def _arguments(self) -> dict[str, Any]:
        return {
            "restore_job_id": self.restore_job_id,
            "index_name": self.index_name,
            "enough_percent": self.enough_percent,
            "expected": self.expected,
        }

    def _flow(self, terms: Terms) -> Flow[Any]:
        return wait_for_restore(
            self.restore_job_id,
            index_name=self.index_name,
            enough_percent=self.enough_percent,
            terms=replace(terms, expected=expectation(self.expected), wait_id=self.restore_job_id),
            clock=time.time,
        )

    def _undo(self, tokens: Collection[str]) -> Flow[None]:
        return delete_unfinished_index(self.index_name or "", tokens=tokens)

    def _what(self) -> str:
        return f"Restore job {self.restore_job_id}" if self.restore_job_id else f"Index {self.index_name}"
