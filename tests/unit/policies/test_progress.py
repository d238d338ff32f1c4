"""Progress is believed, and shown, once it was seen to grow; it may stall, run backwards and begin anew."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_pinecone.policies.progress import MOST_STEPS, Progress

ANY = st.floats(allow_nan=True, allow_infinity=True)
READINGS = st.lists(st.tuples(st.floats(0, 1e6), ANY | st.floats(0, 2000)), max_size=40)


def seen(*readings: tuple[float, float], total: float = 2000, unit: str | None = "records") -> Progress:
    """Progress after readings of (seconds into the wait, so much done)."""
    progress = Progress(total=total, unit=unit)
    for elapsed, done in readings:
        progress = progress.measured(done, elapsed=elapsed)
    return progress


def test_one_reading_tells_no_rate_no_end_and_no_line() -> None:
    progress = seen((10, 500))
    assert (progress.rate, progress.end, progress.text(10)) == (None, None, None)


def test_two_readings_tell_the_rate_and_the_end() -> None:
    progress = seen((10, 500), (20, 1000))
    assert (progress.rate, progress.end, progress.percent) == (50, 40, 50)


def test_the_time_before_anything_was_done_tells_nothing_of_the_rate() -> None:
    assert seen((0, 0), (50, 0), (100, 0), (110, 100)).rate == 10


def test_the_rate_is_that_of_the_later_half() -> None:
    assert seen((0, 1), (10, 101), (50, 501), (100, 1501)).rate == 20


def test_what_ran_backwards_begins_anew() -> None:
    backwards = seen((0, 500), (10, 1000), (20, 900))
    assert backwards.end is None
    assert backwards.measured(1000, elapsed=30).rate == 10


def test_a_reading_older_than_the_last_is_left_out() -> None:
    progress = seen((0, 500), (10, 1000))
    assert progress.measured(100, elapsed=5) == progress
    assert progress.measured(1500, elapsed=10) == progress


@pytest.mark.parametrize("done", [nan, inf, -inf])
def test_what_is_no_number_is_left_out(done: float) -> None:
    progress = seen((0, 500), (10, 1000))
    assert progress.measured(done, elapsed=20) == progress


def test_more_than_all_is_all() -> None:
    assert seen((0, 500), (10, 3000)).percent == 100


def test_of_nothing_there_is_no_progress() -> None:
    progress = seen((0, 0), (10, 5), total=0)
    assert (progress.percent, progress.end) == (0, None)


def test_an_estimate_is_doubted_by_as_much_as_it_moved() -> None:
    assert seen((0, 100), (10, 200)).doubt is None
    assert seen((0, 100), (10, 200), (20, 300)).doubt == pytest.approx(0)
    # From 190 s, at 10 a second, to 105 s, at 20.
    assert seen((0, 100), (10, 200), (20, 300), (40, 700)).doubt == pytest.approx(190 - 105)


def test_progress_stalls_when_more_than_a_fiftieth_of_all_failed_to_come() -> None:
    progress = seen((0, 100), (10, 200))
    assert not progress.measured(200, elapsed=13).stalled
    assert progress.measured(200, elapsed=15).stalled
    assert not progress.measured(200, elapsed=15).measured(210, elapsed=16).stalled


def test_what_is_all_done_is_not_stalled() -> None:
    assert not seen((0, 100), (10, 2000), (900, 2000)).stalled


def test_of_many_steps_only_the_newest_are_kept() -> None:
    progress = seen(*((float(number), number) for number in range(100)))
    assert len(progress.steps) == MOST_STEPS
    assert progress.percent == pytest.approx(99 / 20)


@given(READINGS)
@example([(0.0, 0.0), (2.0, 5e-324)])
@example([(999999.9999999999, 0.0), (1000000.0, 1.0)])
def test_whatever_is_read_makes_sense(readings: list[tuple[float, float]]) -> None:
    progress = seen(*sorted(readings, key=lambda reading: reading[0]))
    assert 0 <= progress.percent <= 100
    assert len(progress.steps) <= MOST_STEPS
    assert progress.rate is None or progress.rate > 0
    assert (progress.end is None) == (progress.text(1e6) is None)


@pytest.mark.parametrize(
    ("progress", "elapsed", "text"),
    [
        (seen((0, 0), (6, 1234)), 6, "[######----] 61%, 1,234 of 2,000 records, 206/s, about 4 s left"),
        (seen((0, 0), (600, 1234)), 660, "[######----] 61%, 1,234 of 2,000 records, 2.1/s, about 5 min left"),
        (seen((0, 1), (9, 2000)), 10, "[##########] 100%, 2,000 of 2,000 records, 222/s"),
        (
            seen((0, 1), (10, 1000), (240, 1000)),
            250,
            "[#####-----] 50%, 1,000 of 2,000 records, 100/s, no growth for 4 min",
        ),
        (seen((0, 0), (60, 25), total=100, unit=None), 60, "[##--------] 25%, about 3 min left"),
    ],
)
def test_the_line_for_the_log(progress: Progress, elapsed: float, text: str) -> None:
    assert progress.text(elapsed) == text
