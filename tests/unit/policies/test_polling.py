"""When to look again: seldom where that does no harm, often where the end is near."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import exp, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.policies.durations import Expectation
from airflow_provider_pinecone.policies.polling import (
    EXPECTED_PAUSE,
    LONGEST_PAUSE,
    LONGEST_TRUST,
    SHARE_OF_ELAPSED,
    SHORTEST_PAUSE,
    pause,
)

ELAPSED = st.floats(-1e9, 1e9)
DURATIONS = st.floats(log(600), log(18_000)).map(exp)
IDS = st.none() | st.text(max_size=5)
EXPECTATIONS = st.builds(Expectation, seconds=st.floats(1, 1e5), factor=st.floats(1, 3))

Known = dict[str, Any]
KNOWN = st.fixed_dictionaries({}, optional={"expected": EXPECTATIONS, "wait_id": IDS})


def looks_until(end: float, **known: Any) -> list[float]:
    """The moments of all looks of a wait, from its beginning to the first one after the end."""
    moments = [0.0]
    while moments[-1] < end:
        moments.append(moments[-1] + pause(moments[-1], **known))
    return moments


# Whatever is known


@given(ELAPSED, KNOWN)
def test_no_pause_is_shorter_than_two_seconds_or_longer_than_an_hour(elapsed: float, known: Known) -> None:
    assert SHORTEST_PAUSE <= pause(elapsed, **known) <= LONGEST_TRUST


def test_the_first_pause_is_two_seconds_at_least_whatever_the_wait() -> None:
    firsts = [pause(0, wait_id=f"job-{number}") for number in range(100)]
    assert min(firsts) == SHORTEST_PAUSE
    assert len(set(firsts)) > 30


def test_however_far_the_end_it_is_looked_for_each_hour() -> None:
    moments = looks_until(36_000, expected=Expectation(seconds=30 * 3600, factor=1.2))
    assert max(later - earlier for earlier, later in pairwise(moments)) == pytest.approx(LONGEST_TRUST)


@given(ELAPSED, KNOWN, st.floats(0.001, 1e6))
def test_a_given_interval_is_kept(elapsed: float, known: Known, poll_interval: float) -> None:
    assert pause(elapsed, poll_interval=poll_interval, **known) == poll_interval


@given(ELAPSED, KNOWN)
def test_what_is_known_alone_decides(elapsed: float, known: Known) -> None:
    assert pause(elapsed, **known) == pause(elapsed, **known)


# Nothing known


@pytest.mark.parametrize(("elapsed", "seconds"), [(0, 2), (100, 7), (1000, 52), (3600, 180), (18_000, 180)])
def test_pauses_grow_with_the_wait_from_two_seconds_to_three_minutes(elapsed: float, seconds: float) -> None:
    assert pause(elapsed) == pytest.approx(seconds)


@given(ELAPSED, ELAPSED)
def test_who_has_waited_longer_never_looks_sooner(one: float, other: float) -> None:
    shorter, longer = sorted((one, other))
    assert pause(shorter) <= pause(longer) * (1 + 1e-6)


@given(DURATIONS, IDS)
def test_an_end_is_noticed_within_a_share_of_its_time(end: float, wait_id: str | None) -> None:
    *_, last = looks_until(end, wait_id=wait_id)
    assert last - end <= min(SHORTEST_PAUSE + SHARE_OF_ELAPSED * end, LONGEST_PAUSE) + 1e-3


@given(st.floats(log(600), log(3600)).map(exp), IDS)
def test_while_the_gaps_grow_no_schedule_could_do_with_much_fewer_looks(
    end: float, wait_id: str | None
) -> None:
    looks = looks_until(end, wait_id=wait_id)
    share = SHARE_OF_ELAPSED + SHORTEST_PAUSE / end
    assert len(looks) <= 3 + 1.15 * log(end / (SHORTEST_PAUSE / SHARE_OF_ELAPSED)) / log(1 + share)


@given(st.text(max_size=5))
def test_each_wait_looks_further_and_further_apart(wait_id: str) -> None:
    moments = looks_until(3600, wait_id=wait_id)[2:]
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses == sorted(pauses)


def test_a_thousand_waits_begun_together_do_not_march_in_step() -> None:
    looks: Counter[int] = Counter()
    for number in range(1000):
        moments = looks_until(700, wait_id=f"job-{number}")
        looks.update(int(moment) for moment in moments if 600 <= moment < 660)
    # A pause is 32 seconds by then, which makes 31 looks each second if they are spread evenly.
    assert len(looks) == 60
    assert max(looks.values()) < 2 * 31


# Past durations known


def an_hour(factor: float = 1.2) -> Expectation:
    return Expectation(seconds=3600, factor=factor)


def looks_expecting(expected: Expectation, *, end: float) -> list[float]:
    return looks_until(end, expected=expected, wait_id="w")


def test_looks_are_few_before_the_earliest_end() -> None:
    assert len([moment for moment in looks_expecting(an_hour(), end=3600) if moment < 3000]) <= 8


@given(st.floats(1 / 1.2, 1.2), st.floats(600, 18_000))
def test_an_end_that_is_expected_is_noticed_within_half_a_minute(ratio: float, seconds: float) -> None:
    end = seconds * ratio
    *_, last = looks_expecting(Expectation(seconds=seconds, factor=1.2001), end=end)
    assert last - end <= EXPECTED_PAUSE + 0.1


@given(st.floats(4320, 6000))
def test_an_end_after_the_latest_is_noticed_within_a_tenth_of_the_time_since(end: float) -> None:
    expected = an_hour()
    *_, last = looks_expecting(expected, end=end)
    assert last - end <= min(EXPECTED_PAUSE + 0.1 * (end - expected.latest), LONGEST_PAUSE) + 1


@given(st.floats(10, 3000))
def test_an_end_much_too_early_is_noticed_before_five_times_its_time(end: float) -> None:
    *_, last = looks_expecting(an_hour(), end=end)
    assert last <= 15 + 5 * end


def test_what_takes_seconds_is_looked_for_first_when_it_is_expected() -> None:
    seconds = Expectation(seconds=5, factor=1.2)
    assert seconds.earliest <= pause(0, expected=seconds) <= seconds.latest


def test_an_expectation_that_is_too_vague_is_none() -> None:
    assert pause(1000, expected=an_hour(factor=2.6)) == pause(1000)
    assert pause(1000, expected=an_hour(factor=2.4)) > pause(1000)
