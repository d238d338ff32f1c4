"""When one wait looks again, and which durations it learns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.waiting.look import Reading
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.policies import polling
from airflow_provider_pinecone.policies.durations import Duration, Expectation, History

SURE_OF_END = 0.25
"""Learn a duration only if its last two looks are at most this fraction of it apart: with an outage between
them, it could seem hours too long."""


@dataclass
class Pace:
    """The pace of one wait. The terms say what to expect of a restore, the history what of a backup."""

    terms: Terms
    clock: Clock
    created_at: datetime | None = None
    expected: Expectation | None = None
    unfinished_at: float | None = None
    """When a look last saw it unfinished."""

    def __post_init__(self) -> None:
        """Begin with what is expected."""
        self.expected = self.terms.expected

    @property
    def age(self) -> float:
        """Seconds since the backup or restore began."""
        return self.clock() - self.terms.began(self.created_at)

    @property
    def pause(self) -> float:
        """Seconds until the next look, if nothing is wrong."""
        return polling.pause(
            self.age,
            poll_interval=self.terms.poll_interval,
            expected=self.expected,
            wait_id=self.terms.wait_id,
        )

    def learn(self, reading: Reading[object]) -> None:
        """Learn from what a look saw."""
        if reading.created_at is None:
            return
        self.created_at = reading.created_at
        if isinstance(reading.value, Backup) and self.terms.history is not None:
            self._learn_of(reading.value, self.terms.history)

    def _learn_of(self, backup: Backup, history: History) -> None:
        if backup.status is BackupStatus.INITIALIZING:
            self.expected = history.expected(source_index_id=backup.source_index_id)
        elif backup.status is BackupStatus.READY and self._end_was_seen():
            took = Duration(
                source_index_id=backup.source_index_id, seconds=self.age, size_bytes=backup.size_bytes
            )
            history.add([took])

    def _end_was_seen(self) -> bool:
        return self.unfinished_at is not None and self.clock() - self.unfinished_at <= SURE_OF_END * self.age
