"""One try at the one backup that a run makes of an index."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.attempt import Deferred, Ended, Submitted
from airflow_provider_pinecone.flows.once import Clock
from airflow_provider_pinecone.flows.settle_backup import settle_backup
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.submit_backup import BackupPlan, submit_backup
from airflow_provider_pinecone.flows.terms import Terms
from airflow_provider_pinecone.flows.waits import BackupWait


@dataclass(frozen=True)
class BackupAttempt:
    """One try at what a plan says."""

    plan: BackupPlan

    def submit(self, *, timeout: float, clock: Clock) -> Flow[Submitted[BackupWait]]:
        """Begin the backup, or find the one that an earlier try began."""
        return submit_backup(self.plan, timeout=timeout, clock=clock)

    def settle(
        self, wait: BackupWait, *, is_found: bool, terms: Terms, clock: Clock
    ) -> Flow[Ended[Backup] | Deferred[BackupWait]]:
        """Wait until the backup is Ready, agree with the run's other tries on one, and judge it."""
        return settle_backup(wait, self.plan, is_found=is_found, terms=terms, clock=clock)
