"""Scheduled backups run at 06:00 UTC, a day, a week or a calendar month apart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airflow_provider_pinecone.emulator.clock import to_text
from airflow_provider_pinecone.emulator.resources.cadence import Frequency, first_run, next_run


def from_text(date: str) -> float:
    return datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()


def text(moment: float) -> str:
    return to_text(moment)[:16]


@pytest.mark.parametrize(
    ("planned", "run"),
    [
        ("2026-01-31T05:59:59", "2026-01-31T06:00"),
        ("2026-01-31T06:00:00", "2026-02-01T06:00"),
        ("2026-12-31T23:59:59", "2027-01-01T06:00"),
    ],
)
def test_the_first_run_is_the_next_six_o_clock(planned: str, run: str) -> None:
    assert text(first_run(from_text(planned))) == run


@pytest.mark.parametrize(
    ("frequency", "after", "run"),
    [
        ("daily", "2020-01-01T00:00", "2026-01-31T06:00"),
        ("daily", "2026-01-31T06:00", "2026-02-01T06:00"),
        ("daily", "2026-02-01T05:59", "2026-02-01T06:00"),
        ("weekly", "2026-01-31T06:00", "2026-02-07T06:00"),
        ("weekly", "2026-02-20T00:00", "2026-02-21T06:00"),
        ("monthly", "2026-01-31T06:00", "2026-02-28T06:00"),
        ("monthly", "2026-02-28T06:00", "2026-03-31T06:00"),
        ("monthly", "2026-12-01T00:00", "2026-12-31T06:00"),
        ("monthly", "2026-12-31T06:00", "2027-01-31T06:00"),
        ("monthly", "2028-02-01T00:00", "2028-02-29T06:00"),
    ],
)
def test_the_others_follow(frequency: Frequency, after: str, run: str) -> None:
    first = from_text("2026-01-31T06:00")
    assert text(next_run(first, frequency, after=from_text(after))) == run
