"""How long a wait may take, how often it looks, and which faults it tolerates for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from airflow_provider_pinecone.policies.durations import Expectation, History
from airflow_provider_pinecone.policies.outcome import Verdict

KEY_PATIENCE = 300.0
"""Seconds allowed for replacing a refused key in the Airflow connection."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of one wait.

    :param started_at: when the wait began, in Unix seconds.
    :param deadline: when it must have ended, in Unix seconds.
    :param poll_interval: seconds between looks; None lets them grow with the wait.
    :param pause_at: when to return None before the end, in Unix seconds, because the task defers.
    :param key_patience: seconds allowed for replacing a refused key in the Airflow connection.
    :param miss_patience: seconds for which 404s are tolerated.
    :param expected: how long it may take, if that is known.
    :param history: how long past backups took; the wait adds its own.
    :param told: the verdict that the part of the wait before this one has logged.
    :param wait_id: spreads the looks of waits that began together.
    """

    started_at: float
    deadline: float
    poll_interval: float | None = None
    pause_at: float | None = None
    key_patience: float = KEY_PATIENCE
    miss_patience: float = 60.0
    expected: Expectation | None = None
    history: History | None = None
    told: Verdict | None = None
    wait_id: str | None = None

    def began(self, created_at: datetime | None) -> float:
        """When the backup or restore began: by the API's clock if known, and no later than the wait."""
        return self.started_at if created_at is None else min(self.started_at, created_at.timestamp())
