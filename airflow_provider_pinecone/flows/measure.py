"""How far a restore has come: the records in its target, of those in its backup.

The API tells of no progress before the end. Whether the live service shows a target growing is not known, so
every wait works without it: it is asked for less and less often where nothing grows.
"""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.api.models import RestoreJob
from airflow_provider_pinecone.flows.kinds import BACKUP, INDEX
from airflow_provider_pinecone.flows.steps import Flow, read, send
from airflow_provider_pinecone.policies.progress import Progress

EARLIEST = 30.0
"""Seconds into a restore before which nothing is measured: many end sooner."""

SPACING = 1.5
"""How much older a restore is at each measurement than at the one before, until it is seen to grow."""

MOST_FAULTS = 3
"""How often in a row measuring may fail before it is given up. It may take a minute to fail, and the wait has
better things to do."""


@dataclass
class Meter:
    """Measures one restore."""

    progress: Progress | None = None
    host: str = ""
    next_at: float = EARLIEST
    faults: int = 0

    @property
    def percent(self) -> float | None:
        """What was measured, from 0 to 100; None where no growth was seen."""
        return self.progress.percent if self.progress is not None and self.progress.rate else None

    def measure(self, job: RestoreJob, *, age: float) -> Flow[None]:
        """Measure once. A fault that is in the way of that is no fault of the wait."""
        if job.percent_complete is not None and 0 < job.percent_complete < 100:
            percentage = self.progress if self.progress and self.progress.unit is None else None
            whole = percentage or Progress(total=100.0, unit=None)
            self.progress = whole.measured(job.percent_complete, elapsed=age)
            return
        if age < self.next_at or self.faults >= MOST_FAULTS:
            return
        steps = self.progress.steps if self.progress else ()
        try:
            yield from self._measure_target(job, age=age)
            self.faults = 0
        except PineconeError:
            self.faults += 1
        if self.percent is None and (self.progress is None or self.progress.steps == steps):
            self.next_at = age * SPACING

    def _measure_target(self, job: RestoreJob, *, age: float) -> Flow[None]:
        if self.progress is None:
            yield from self._prepare(job)
        if self.progress is None:
            return
        stats = yield from send(endpoints.describe_index_stats(self.host), attempts=1)
        # It may have begun long after it was last found empty, and that would make it seem slow.
        if stats.total_vector_count or self.progress.steps:
            self.progress = self.progress.measured(stats.total_vector_count, elapsed=age)

    def _prepare(self, job: RestoreJob) -> Flow[None]:
        backup = yield from read(BACKUP, job.backup_id)
        index = yield from read(INDEX, job.target_index_name)
        if backup.record_count and index.host:
            self.progress, self.host = Progress(total=float(backup.record_count)), index.host
