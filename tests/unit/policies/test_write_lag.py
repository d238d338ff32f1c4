"""What a task's arguments say of the write lag, and what is no time and no span."""

from __future__ import annotations

from datetime import timedelta, timezone
from math import inf, nan
from typing import Any

import pytest

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.policies.arguments import settle_seconds
from airflow_provider_pinecone.policies.write_lag import CLOCK_SKEW, WriteLag, write_lag_of
from tests.unit.builders import NOON

NOW = NOON.timestamp()


def lag(settle: Any = True, written_at: Any = None, *, first_start: float = NOW - 60.0) -> WriteLag | None:
    return write_lag_of(settle=settle, data_written_at=written_at, first_start=lambda: first_start, now=NOW)


@pytest.mark.parametrize(
    ("settle", "seconds"),
    [
        *((off, 0.0) for off in (None, False, "", "None", "False", 0, "0", "0.0")),
        *((on, 900.0) for on in (True, "True", 900, 900.0, "900", " 900.0 ")),
        (0.5, 0.5),
        (86_400, 86_400.0),
    ],
)
def test_settle_is_a_switch_or_a_number_of_seconds_also_as_rendered_text(settle: Any, seconds: float) -> None:
    assert settle_seconds(settle) == seconds


@pytest.mark.parametrize("settle", [-1, "-1", nan, inf, "inf", 1e12, "yes", "15 min", [900], timedelta(1)])
def test_what_is_neither_is_refused(settle: Any) -> None:
    with pytest.raises(PineconeInputError, match=r"^settle must be .*, got ") as caught:
        settle_seconds(settle)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "written_at",
    [
        NOON - timedelta(minutes=5),
        (NOON - timedelta(minutes=5)).isoformat(),
        (NOON - timedelta(minutes=5)).replace(tzinfo=None),
        f" {(NOON - timedelta(minutes=5)):%Y-%m-%dT%H:%M:%S} ",
        (NOON - timedelta(minutes=5)).astimezone(timezone(timedelta(hours=9))).isoformat(),
    ],
    ids=str,
)
def test_the_lag_counts_from_when_the_data_was_written(written_at: Any) -> None:
    assert lag(written_at=written_at) == WriteLag(written_at=NOW - 300.0, seconds=900.0)
    assert lag(120, written_at) == WriteLag(written_at=NOW - 300.0, seconds=120.0)


@pytest.mark.parametrize("written_at", [None, "", "None"])
def test_if_nobody_says_when_it_counts_from_the_first_start(written_at: Any) -> None:
    assert lag(written_at=written_at) == WriteLag(written_at=NOW - 60.0, seconds=900.0, is_assumed=True)


@pytest.mark.parametrize("off", [None, False, 0, "0"])
def test_without_settle_there_is_none(off: Any) -> None:
    assert lag(off) is None
    assert lag(off, NOON) is None


def test_a_clock_that_is_a_little_ahead_is_no_future() -> None:
    written_at = NOON + timedelta(seconds=CLOCK_SKEW)
    assert lag(written_at=written_at) == WriteLag(written_at=written_at.timestamp(), seconds=900.0)


@pytest.mark.parametrize("settle", [True, 0])
@pytest.mark.parametrize(
    ("written_at", "complaint"),
    [
        (NOON + timedelta(hours=3), r"must not be in the future, got '2026-.*': that is 3 h 0 min from now"),
        ((NOON + timedelta(minutes=2)).isoformat(), r"must not be in the future, .* 2 min 0 s from now"),
        ("yesterday", r"must be a time such as 2026-07-31T02:00:00\+00:00, got 'yesterday'"),
        ("{{ data_interval_end }}", "must be a time such as"),
        (1_785_463_200, "must be a time such as"),
        (["2026-03-01"], "must be a time such as"),
        (f"2026{'0' * 10_000}", "must be a time such as"),
    ],
    ids=lambda value: f"{value!s:.40}",
)
def test_a_time_that_cannot_be_is_refused_in_one_short_line(
    settle: Any, written_at: Any, complaint: str
) -> None:
    with pytest.raises(PineconeInputError, match=f"^data_written_at {complaint}") as caught:
        lag(settle, written_at)
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


def test_the_lag_is_over_some_time_after_the_data_was_written() -> None:
    assert WriteLag(written_at=NOW, seconds=900.0).over_at == (NOON + timedelta(minutes=15)).timestamp()
