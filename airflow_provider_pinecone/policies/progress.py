"""How far a restore has come: the records in its target, compared with its backup."""

from __future__ import annotations

from dataclasses import dataclass, replace

from airflow_provider_pinecone.policies.time_text import rough_time

BAR = 10
"""Characters of the bar in the log."""


@dataclass(frozen=True)
class Count:
    """A number of records, counted some seconds into the restore."""

    records: int
    elapsed: float


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What one wait has counted so far. It tells nothing before the count was seen to grow.

    :param total: the backup's ``record_count``, above 0.
    :param first: the first count above 0.
    :param last: the last count that was higher than all before it.
    """

    total: int
    first: Count | None = None
    last: Count = Count(0, 0.0)

    def counted(self, records: int, *, elapsed: float) -> Progress:
        """With one more count. Pinecone's counts lag: one no higher than the last tells nothing."""
        count = Count(min(records, self.total), elapsed)
        if count.records <= self.last.records or elapsed <= self.last.elapsed:
            return self
        return replace(self, first=self.first or count, last=count)

    @property
    def rate(self) -> float | None:
        """Records per second; None before the count grew."""
        if self.first is None or self.first is self.last:
            return None
        return (self.last.records - self.first.records) / (self.last.elapsed - self.first.elapsed)

    @property
    def percent(self) -> float | None:
        """From 0 to 100; None before the count grew."""
        return None if self.rate is None else 100.0 * self.last.records / self.total

    @property
    def part(self) -> float | None:
        """The percentage of the records that the target holds; None if it holds none or all.

        One count is enough: a new index begins empty. A full count may be there from the start.
        """
        is_part = 0 < self.last.records < self.total
        return 100.0 * self.last.records / self.total if is_part else None

    def text(self, elapsed: float) -> str:
        """A bar for the log, empty before the count grew.

        ``[######----] 61%, 1,234 of 2,000 records, 210/s, about 4 min left``
        """
        if self.rate is None or self.percent is None:
            return ""
        filled = int(BAR * self.percent / 100)
        speed = f"{self.rate:,.0f}" if self.rate >= 10 else f"{self.rate:.2g}"
        left = self.last.elapsed + (self.total - self.last.records) / self.rate - elapsed
        return (
            f"[{'#' * filled}{'-' * (BAR - filled)}] {int(self.percent)}%, "
            f"{self.last.records:,} of {self.total:,} records, {speed}/s"
            f"{f', about {rough_time(left)} left' if left > 0 else ''}"
        )
