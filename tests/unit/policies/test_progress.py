"""Progress is believed, and shown, once the target was seen to grow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.policies.progress import Progress

COUNTS = st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 4000)), max_size=40)


def seen(*counts: tuple[float, int]) -> Progress:
    """Progress after counts of (seconds into the restore, records)."""
    progress = Progress(total=2000)
    for elapsed, records in counts:
        progress = progress.counted(records, elapsed=elapsed)
    return progress


def test_one_count_tells_no_rate_no_percentage_and_no_line() -> None:
    progress = seen((10, 500))
    assert (progress.rate, progress.percent, progress.text(10)) == (None, None, "")


def test_two_counts_tell_the_rate_and_the_percentage() -> None:
    progress = seen((10, 500), (20, 1000))
    assert (progress.rate, progress.percent) == (50, 50)


@pytest.mark.parametrize(
    ("records", "part"), [(0, None), (1, 0.05), (500, 25.0), (1999, 99.95), (2000, None), (3000, None)]
)
def test_one_count_tells_the_part_that_is_there_unless_that_is_none_or_all(
    records: int, part: float | None
) -> None:
    assert seen((10, records)).part == part


def test_the_time_before_anything_was_there_tells_nothing_of_the_rate() -> None:
    assert seen((10, 0), (50, 0), (100, 100), (110, 200)).rate == 10


@pytest.mark.parametrize("lagging", [(20, 900), (20, 1000), (5, 1500), (10, 1500)])
def test_a_count_that_is_no_higher_or_no_later_than_the_last_tells_nothing(
    lagging: tuple[float, int],
) -> None:
    assert seen((5, 500), (10, 1000), lagging) == seen((5, 500), (10, 1000))


def test_more_than_all_is_all() -> None:
    assert seen((1, 500), (10, 3000)).percent == 100


@given(COUNTS)
def test_whatever_is_counted_makes_sense(counts: list[tuple[float, int]]) -> None:
    progress = seen(*counts)
    assert progress.percent is None or 0 < progress.percent <= 100
    assert progress.rate is None or progress.rate > 0
    assert (progress.percent is None) == (progress.text(1e6) == "")


@pytest.mark.parametrize(
    ("progress", "elapsed", "text"),
    [
        (seen((1, 4), (7, 1234)), 7, "[######----] 61%, 1,234 of 2,000 records, 205/s, about 4 s left"),
        (seen((1, 1), (600, 1234)), 660, "[######----] 61%, 1,234 of 2,000 records, 2.1/s, about 5 min left"),
        (seen((1, 1), (10, 2000)), 11, "[##########] 100%, 2,000 of 2,000 records, 222/s"),
        (seen((1, 1), (10, 1000)), 60, "[#####-----] 50%, 1,000 of 2,000 records, 111/s"),
    ],
)
def test_the_line_for_the_log(progress: Progress, elapsed: float, text: str) -> None:
    assert progress.text(elapsed) == text
