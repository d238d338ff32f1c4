"""When a backup includes what was written: Pinecone's lack the writes of the last 15 minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies.arguments import moment_of, settle_seconds
from airflow_provider_pinecone.policies.time_text import exact_time

CLOCK_SKEW = 60.0
"""Seconds by which the clock of whoever wrote the data may be ahead of this one's."""


@dataclass(frozen=True, kw_only=True)
class WriteLag:
    """The time for which a backup would still lack data.

    :param written_at: when the last record was written, in Unix seconds.
    :param seconds: how long after that a backup includes it.
    :param is_assumed: whether nobody said when that was, and the run's start stands for it.
    """

    written_at: float
    seconds: float
    is_assumed: bool = False

    @property
    def over_at(self) -> float:
        """When a backup includes the data, in Unix seconds."""
        return self.written_at + self.seconds


def write_lag_of(
    *, settle: object, data_written_at: object, first_start: Callable[[], float], now: float
) -> WriteLag | None:
    """The write lag that a task's arguments ask to wait for; None if they ask for none.

    :param first_start: tells when the run started, in case nobody said when the data was written.
    :param now: in Unix seconds.
    :raises PineconeInputError: if ``settle`` or ``data_written_at`` is invalid, or the latter in the future.
    """
    seconds, written_at = settle_seconds(settle), moment_of("data_written_at", data_written_at)
    if written_at is not None and (ahead := written_at.timestamp() - now) > CLOCK_SKEW:
        raise PineconeInputError(
            f"data_written_at must not be in the future, got {quoted(str(data_written_at))}: "
            f"that is {exact_time(ahead)} from now."
        )
    if not seconds:
        return None
    if written_at is None:
        return WriteLag(written_at=first_start(), seconds=seconds, is_assumed=True)
    return WriteLag(written_at=written_at.timestamp(), seconds=seconds)
