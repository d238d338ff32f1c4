"""Moments fall into the hours, days, weeks, months and years of a time zone's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.policies.retention.buckets import BUCKETS, Period

PERIODS = st.sampled_from(list(Period))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"]).map(ZoneInfo)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("moment", "timezone", "period", "name"),
    [
        ("2026-10-25 00:59:59", "Europe/Berlin", Period.HOURLY, "2026-10-25T02+02:00"),
        ("2026-10-25 01:00:00", "Europe/Berlin", Period.HOURLY, "2026-10-25T02+01:00"),
        ("2026-03-29 01:00:00", "Europe/Berlin", Period.HOURLY, "2026-03-29T03+02:00"),
        ("2026-03-01 12:20:00", "Asia/Kathmandu", Period.HOURLY, "2026-03-01T18+05:45"),
        ("2026-12-31 22:59:59", "Europe/Berlin", Period.DAILY, "2026-12-31"),
        ("2026-12-31 23:00:00", "Europe/Berlin", Period.DAILY, "2027-01-01"),
        ("2026-12-31 23:00:00", "Europe/Berlin", Period.MONTHLY, "2027-01"),
        ("2026-12-31 23:00:00", "Europe/Berlin", Period.YEARLY, "2027"),
        ("2026-12-31 23:00:00", "Europe/Berlin", Period.WEEKLY, "2026-W53"),
        ("2024-12-30 00:00:00", "UTC", Period.WEEKLY, "2025-W01"),
        ("2024-12-29 23:59:59", "UTC", Period.WEEKLY, "2024-W52"),
    ],
)
def test_a_moment_has_a_bucket_of_its_zone(moment: str, timezone: str, period: Period, name: str) -> None:
    local = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(ZoneInfo(timezone))
    assert BUCKETS[period](local) == name


@given(MOMENTS, st.integers(1, 366 * 24), PERIODS, ZONES)
def test_moments_farther_apart_than_a_period_lasts_never_share_it(
    moment: datetime, hours: int, period: Period, zone: ZoneInfo
) -> None:
    longest = {"hourly": 1, "daily": 25, "weekly": 24 * 7 + 1, "monthly": 24 * 31 + 1, "yearly": 24 * 366}
    later = moment + timedelta(hours=hours)
    if hours >= longest[period]:
        assert BUCKETS[period](moment.astimezone(zone)) != BUCKETS[period](later.astimezone(zone))


@given(MOMENTS, PERIODS, ZONES)
def test_a_year_holds_as_many_periods_as_the_shortest_allows(
    moment: datetime, period: Period, zone: ZoneInfo
) -> None:
    step = timedelta(days=period.shortest_days)
    bucket = BUCKETS[period]
    names = {bucket((moment + step * turn).astimezone(zone)) for turn in range(30)}
    assert len(names) >= 26
