"""One try at the one index that a run makes from a backup."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_pinecone.flows.attempt import Deferred, Ended, Submitted
from airflow_provider_pinecone.flows.once import Clock
from airflow_provider_pinecone.flows.settle_restore import settle_restore
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.submit_restore import RestorePlan, submit_restore
from airflow_provider_pinecone.flows.terms import Terms
from airflow_provider_pinecone.flows.wait import Restored
from airflow_provider_pinecone.flows.waits import RestoreWait


@dataclass(frozen=True)
class RestoreAttempt:
    """One try at what a plan says."""

    plan: RestorePlan

    def submit(self, *, timeout: float, clock: Clock) -> Flow[Submitted[RestoreWait]]:
        """Begin the restore, or find the one that an earlier try began."""
        return submit_restore(self.plan, timeout=timeout, clock=clock)

    def settle(
        self, wait: RestoreWait, *, is_found: bool, terms: Terms, clock: Clock
    ) -> Flow[Ended[Restored] | Deferred[RestoreWait]]:
        """Wait until the index is ready, and check that it is the run's. There is never a second one."""
        return settle_restore(wait, self.plan, terms=terms, clock=clock)
