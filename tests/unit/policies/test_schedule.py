"""A plan of looks can be read both ways: how many by when, and when so many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.policies.durations import Expectation
from airflow_provider_pinecone.policies.polling import blind_schedule, expected_schedule
from airflow_provider_pinecone.policies.schedule import Schedule, Stretch

EXPECTATIONS = st.builds(Expectation, seconds=st.floats(1, 1e5), factor=st.floats(1, 2))
SCHEDULES = st.one_of(st.just(blind_schedule()), st.builds(expected_schedule, EXPECTATIONS))
ELAPSED = st.floats(0, 2e5)
PHASES = st.floats(0, 0.999)


def test_a_stretch_without_growth_looks_at_fixed_intervals() -> None:
    every_30 = Schedule((Stretch(start=0, gap=30),))
    assert [every_30.moment(looks) for looks in (0, 1, 2)] == [0, 30, 60]
    assert every_30.looks_by(75) == 2.5


def test_a_stretch_with_growth_looks_each_time_further_apart_by_that_share() -> None:
    doubling = Schedule((Stretch(start=0, gap=10, growth=1),))
    assert [doubling.moment(looks) for looks in (1, 2, 3)] == pytest.approx([10, 30, 70])


def test_a_stretch_that_shrinks_comes_closer_by_a_share_of_what_is_left() -> None:
    halving = Schedule((Stretch(start=0, gap=32, growth=-0.5), Stretch(start=62, gap=1)))
    assert [halving.moment(looks) for looks in (1, 2, 5, 6)] == pytest.approx([32, 48, 62, 63])


@given(SCHEDULES, ELAPSED)
def test_when_so_many_looks_are_due_is_when_they_are(schedule: Schedule, elapsed: float) -> None:
    assert schedule.moment(schedule.looks_by(elapsed)) == pytest.approx(elapsed, abs=1e-3)


@given(SCHEDULES, ELAPSED, ELAPSED)
def test_the_looks_due_never_become_fewer(schedule: Schedule, one: float, other: float) -> None:
    earlier, later = sorted((one, other))
    assert schedule.looks_by(earlier) <= schedule.looks_by(later) + 1e-9


@given(SCHEDULES, ELAPSED, PHASES)
def test_the_next_look_is_half_a_gap_to_one_and_a_half_away(
    schedule: Schedule, elapsed: float, phase: float
) -> None:
    looks = schedule.looks_by(schedule.next(elapsed, phase=phase)) - schedule.looks_by(elapsed)
    assert 0.499 < looks < 1.501


@given(SCHEDULES, st.floats(0, 5e4), PHASES, st.floats(-0.4, 0.4))
def test_who_looks_early_or_late_comes_back_to_its_own_moments(
    schedule: Schedule, elapsed: float, phase: float, off: float
) -> None:
    own = schedule.next(elapsed, phase=phase)
    disturbed = schedule.moment(schedule.looks_by(own) + off)
    assert schedule.next(disturbed, phase=phase) == pytest.approx(schedule.next(own, phase=phase), rel=1e-6)
