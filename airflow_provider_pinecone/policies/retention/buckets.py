"""Hours, days, weeks, months and years of a time zone's calendar, as buckets that backups fall into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum


class Period(StrEnum):
    """A stretch of the calendar. Weeks are ISO weeks, from Monday to Sunday."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"

    @property
    def shortest_days(self) -> float:
        """The shortest such period, in days of 24 hours."""
        return {"hourly": 1 / 24, "daily": 1, "weekly": 7, "monthly": 28, "yearly": 365}[self]


BUCKETS: Mapping[Period, Callable[[datetime], str]] = {
    # With the offset: an hour that the clocks repeat is two hours.
    Period.HOURLY: lambda local: local.isoformat(timespec="hours"),
    Period.DAILY: lambda local: local.date().isoformat(),
    # The ISO year, which differs from the calendar's around New Year.
    Period.WEEKLY: lambda local: "{}-W{:02}".format(*local.isocalendar()),
    Period.MONTHLY: lambda local: local.date().isoformat()[:7],
    Period.YEARLY: lambda local: str(local.year),
}
"""Name the bucket of a local time: 2026-10-25T02+01:00, 2026-10-25, 2026-W43, 2026-10, 2026."""
