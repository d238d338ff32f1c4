"""How long past backups and restores took, and how long the next may take."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import exp, log

from airflow_provider_pinecone.api.models import Backup, RestoreJob, RestoreJobStatus
from airflow_provider_pinecone.policies.time_text import rough_time

MOST_KEPT = 500
MOST_ASKED = 10
"""How many durations, the newest, make an expectation: indexes and Pinecone change."""

SIZE_EXPONENT = 0.75
"""Pinecone's guide says 10 minutes for a million records and 5 hours for 100 million: 30 times as long."""

WIDENING = 1.25
"""How much farther from the median the next duration may be than the past ones, in logarithms."""

FACTOR_OF_ONE = 2.0
FACTOR_OF_OTHERS = 1.5
"""How much more the durations of other indexes may mislead."""


@dataclass(frozen=True, kw_only=True)
class Duration:
    """How long one backup or restore took.

    :param source_index_id: the index that was backed up.
    :param seconds: from start to end.
    :param size_bytes: the backup's size, if known.
    """

    source_index_id: str
    seconds: float
    size_bytes: float | None = None


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """How long something may take: hardly below ``seconds / factor`` or above ``seconds * factor``."""

    seconds: float
    factor: float

    @property
    def earliest(self) -> float:
        """The earliest likely end, in seconds from the start."""
        return self.seconds / self.factor

    @property
    def latest(self) -> float:
        """The latest likely end, in seconds from the start."""
        return self.seconds * self.factor

    def text(self, elapsed: float) -> str:
        """The estimate in words, for the log."""
        usual = f"past ones took about {rough_time(self.seconds)}"
        if elapsed >= self.latest:
            return f"no estimate of what is left: {usual}"
        if elapsed >= self.seconds:
            return f"estimate: less than {rough_time(self.latest - elapsed)} left, {usual}"
        return f"estimate: about {rough_time(self.seconds - elapsed)} left, {usual}"


class History:
    """How long past backups or restores took, oldest first. It keeps a limited number."""

    def __init__(self, durations: Iterable[Duration] = ()) -> None:
        self._durations: deque[Duration] = deque(maxlen=MOST_KEPT)
        self.add(durations)

    def __iter__(self) -> Iterator[Duration]:
        return iter(self._durations)

    def add(self, durations: Iterable[Duration]) -> None:
        """Add the newest."""
        self._durations.extend(one for one in durations if one.seconds > 0)

    def expected(self, *, source_index_id: str, size_bytes: float | None = None) -> Expectation | None:
        """What to expect from those of the same index; failing that, from others of a known size.

        :param size_bytes: the backup's size, if known; durations are scaled by it.
        :return: None if no duration is comparable.
        """
        own = [one for one in self if one.source_index_id == source_index_id]
        if own:
            return _expectation(own, size_bytes=size_bytes, least_factor=1.0)
        sized = [one for one in self if one.size_bytes and size_bytes]
        return _expectation(sized, size_bytes=size_bytes, least_factor=FACTOR_OF_OTHERS) if sized else None


def expected_restore(
    backup: Backup, *, jobs: Iterable[RestoreJob], backups: Mapping[str, Backup]
) -> Expectation | None:
    """How long restoring this backup may take.

    :param jobs: the project's restore jobs.
    :param backups: the project's backups by their ids.
    """
    history = History(past_restores(jobs, backups=backups))
    return history.expected(source_index_id=backup.source_index_id, size_bytes=backup.size_bytes)


def past_restores(jobs: Iterable[RestoreJob], *, backups: Mapping[str, Backup]) -> list[Duration]:
    """How long successful restores took, oldest first, without those of deleted backups."""
    ended = sorted(
        (job.completed_at, job.backup_id, job.seconds)
        for job in jobs
        if job.status is RestoreJobStatus.COMPLETED
        and job.completed_at is not None
        and job.seconds is not None
        and job.backup_id in backups
    )
    return [
        Duration(
            source_index_id=backups[backup_id].source_index_id,
            seconds=seconds,
            size_bytes=backups[backup_id].size_bytes,
        )
        for _, backup_id, seconds in ended
    ]


def _expectation(past: list[Duration], *, size_bytes: float | None, least_factor: float) -> Expectation:
    """The median, and the others' distance from it, in logarithms: durations differ by factors.

    The farthest of five or more may have met with an accident, and is left out. Few may agree by chance,
    which is what ``FACTOR_OF_ONE`` is for: it is the factor where there is one alone.
    """
    from statistics import median  # slow to import, and seldom needed

    logs = [log(one.seconds) + _growth(one.size_bytes, size_bytes) for one in past[-MOST_ASKED:]]
    middle = median(logs)
    distances = sorted(abs(one - middle) for one in logs)
    farthest = distances[-2] if len(distances) >= 5 else distances[-1]
    chance = log(FACTOR_OF_ONE) / len(logs)
    return Expectation(seconds=exp(middle), factor=least_factor * exp(WIDENING * farthest + chance))


def _growth(size_then: float | None, size_now: float | None) -> float:
    return SIZE_EXPONENT * log(size_now / size_then) if size_then and size_now else 0.0
