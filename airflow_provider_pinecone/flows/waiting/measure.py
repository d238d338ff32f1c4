"""Measure how far a restore has come, for the log and the sensor's threshold.

The API reports no progress before the end, so the target's records are counted. Nobody knows whether the live
service shows a target growing: no wait depends on it, and measuring must cost little.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.api.models import RestoreJob
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.kinds import BACKUP, INDEX
from airflow_provider_pinecone.flows.steps import Flow, read, send
from airflow_provider_pinecone.policies.progress import Progress

EARLIEST = 30.0
"""Seconds into a restore before the first count: many end sooner, and need none."""

SPACING = 1.5
"""The ratio between the restore's ages at two counts, until the count grows: 17 requests in 5 hours."""

SPACING_GROWING = 1.1
"""The same once it grows: a threshold is noticed 10% late at most, for 68 requests in 5 hours."""

MOST_FAULTS = 3
"""Counts that may fail in a row. A new index may fail once or twice; if only the control plane is reachable,
every count would cost seconds."""


@dataclass
class Meter:
    """Counts the records of one restore.

    :param next_at: when to count next, in Unix seconds, unless the API itself reports a percentage.
    """

    clock: Clock
    progress: Progress | None = None
    host: str = ""
    next_at: float = 0.0
    is_reported: bool = False
    faults: int = 0

    @property
    def part(self) -> float | None:
        """The percentage of the records that the target holds; None if it holds none or all."""
        return self.progress.part if self.progress else None

    @property
    def due_at(self) -> float:
        """When a look is due to count, in Unix seconds."""
        return inf if self.is_reported else self.next_at

    def measure(self, job: RestoreJob, *, began: float) -> Flow[None]:
        """Count, if that is due. A failed count does not affect the wait.

        :param began: when the restore began, in Unix seconds.
        """
        self.is_reported = (job.percent_complete or 0) > 0
        self.next_at = max(self.next_at, began + EARLIEST)
        if self.clock() < self.due_at:
            return
        age = self.clock() - began
        try:
            yield from self._count(job, age=age)
            self.faults = 0
        except PineconeError:
            self.faults += 1
        has_grown = self.progress is not None and self.progress.percent is not None
        growth = SPACING_GROWING if has_grown else SPACING
        self.next_at = began + age * growth if self.faults < MOST_FAULTS else inf

    def _count(self, job: RestoreJob, *, age: float) -> Flow[None]:
        if self.progress is None:
            backup = yield from read(BACKUP, job.backup_id)
            index = yield from read(INDEX, job.target_index_name)
            if not backup.record_count or not index.host:
                return
            self.progress, self.host = Progress(total=backup.record_count), index.host
        stats = yield from send(endpoints.describe_index_stats(self.host), attempts=1)
        self.progress = self.progress.counted(stats.total_vector_count, elapsed=age)
