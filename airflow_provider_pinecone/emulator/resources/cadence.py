"""When scheduled backups run: at 06:00 UTC, as in the documentation's examples. Has no clock of its own."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from typing import Literal

Frequency = Literal["daily", "weekly", "monthly"]

DAY = 86_400.0
HOUR_OF_RUN = 6 * 3_600.0
PERIODS = {"daily": DAY, "weekly": 7 * DAY}


def first_run(planned_at: float) -> float:
    """Give the first run of a schedule planned at a moment: the next 06:00 UTC."""
    return ((planned_at - HOUR_OF_RUN) // DAY + 1) * DAY + HOUR_OF_RUN


def next_run(first: float, frequency: Frequency, *, after: float) -> float:
    """Give the first run after a moment.

    :param first: the schedule's first run. Later ones follow by days, weeks or calendar months; in a month
        that is too short, on its last day.
    """
    if after < first:
        return first
    if frequency == "monthly":
        return _next_month(first, after)
    period = PERIODS[frequency]
    return first + ((after - first) // period + 1) * period


def _next_month(first: float, after: float) -> float:
    start, last = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(after, UTC)
    months = 12 * (last.year - start.year) + last.month - start.month
    run = _months_later(start, months)
    return run if run > after else _months_later(start, months + 1)


def _months_later(start: datetime, months: int) -> float:
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day).timestamp()
