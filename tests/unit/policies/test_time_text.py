"""A span of time is told as exactly as it is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_pinecone.policies.time_text import days, exact_time, rough_time


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (425, "7 min 5 s"),
        (3599.7, "1 h 0 min"),
        (7380, "2 h 3 min"),
        (90_000, "25 h 0 min"),
    ],
)
def test_a_measured_span_is_told_exactly(seconds: float, text: str) -> None:
    assert exact_time(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (89, "89 s"),
        (100, "2 min"),
        (5300, "88 min"),
        (5400, "1 h 30 min"),
        (18_000, "5 h 0 min"),
    ],
)
def test_an_estimated_span_is_told_roughly(seconds: float, text: str) -> None:
    assert rough_time(seconds) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "0 s"),
        (timedelta(microseconds=1), "0 s"),
        (timedelta(hours=12), "12 h 0 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(weeks=200), "1,400 days"),
        (timedelta(days=1, minutes=5), "1 day 5 min 0 s"),
    ],
)
def test_a_span_that_people_chose_is_told_in_days(span: timedelta, text: str) -> None:
    assert days(span) == text
