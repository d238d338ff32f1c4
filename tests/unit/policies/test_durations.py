"""What past backups and restores took says how long the next may take, and how sure that is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.models import RestoreJob, RestoreJobStatus
from airflow_provider_pinecone.policies.durations import (
    MOST_KEPT,
    Duration,
    Expectation,
    History,
    expected_restore,
    past_restores,
)
from tests.unit.builders import NOON, a_backup, a_job, minutes

SECONDS = st.floats(1, 1e5)


def took(*seconds: float, index: str = "idx-1", size: float | None = None) -> History:
    return History(Duration(source_index_id=index, seconds=one, size_bytes=size) for one in seconds)


def expected(history: History, *, index: str = "idx-1", size: float | None = None) -> Expectation:
    expectation = history.expected(source_index_id=index, size_bytes=size)
    assert expectation is not None
    return expectation


def test_the_median_of_past_ones_is_expected() -> None:
    assert expected(took(60, 120, 540)).seconds == pytest.approx(120)


def test_one_alone_may_be_wrong_by_a_factor_of_two() -> None:
    assert expected(took(100)) == Expectation(seconds=pytest.approx(100), factor=pytest.approx(2))


def test_the_more_agree_the_surer() -> None:
    factors = [expected(took(*[100.0] * count)).factor for count in range(1, 11)]
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == pytest.approx(1.07, abs=0.01)


def test_the_more_they_differ_the_less_sure() -> None:
    assert expected(took(90, 100, 110)).factor < expected(took(50, 100, 200)).factor


@given(st.lists(SECONDS, min_size=1, max_size=4))
def test_the_last_ones_lie_within_what_is_expected(seconds: list[float]) -> None:
    expectation = expected(took(*seconds))
    assert all(expectation.earliest <= one <= expectation.latest for one in seconds)


def test_one_accident_among_five_changes_little() -> None:
    expectation = expected(took(100, 100, 5000, 110, 90))
    assert expectation.seconds == pytest.approx(100)
    assert expectation.latest < 150


def test_the_newest_tell_and_the_oldest_are_forgotten() -> None:
    assert expected(took(*[1000.0] * 20, *[10.0] * 10)).seconds == pytest.approx(10)
    assert len(list(took(*range(1, 2 * MOST_KEPT)))) == MOST_KEPT


def test_nothing_is_learnt_from_what_took_no_time() -> None:
    assert list(took(0, -5)) == []


def test_what_was_smaller_took_less() -> None:
    grown = expected(took(60, size=1e6), size=2e6)
    assert 60 * 1.5 < grown.seconds < 60 * 2


def test_pinecones_own_figures_fit_each_other() -> None:
    assert expected(took(600, size=1e6), size=100e6).seconds == pytest.approx(18_000, rel=0.1)


def test_other_indexes_tell_only_where_sizes_are_known_and_less_surely() -> None:
    others = took(100, 100, 100, index="idx-2", size=1e6)
    assert others.expected(source_index_id="idx-1") is None
    elsewhere = expected(others, index="idx-1", size=1e6)
    assert elsewhere.seconds == pytest.approx(100)
    assert elsewhere.factor > expected(others, index="idx-2", size=1e6).factor


def test_an_index_of_its_own_past_needs_no_others() -> None:
    both = History([*took(100, size=1e6), *took(900, index="idx-2", size=1e6)])
    assert expected(both, size=1e6).seconds == pytest.approx(100)


def restored(backup_id: str, *, minutes_taken: float, ended_at: float = 0) -> RestoreJob:
    end = NOON + minutes(ended_at)
    return a_job(
        backup_id=backup_id, status="Completed", created_at=end - minutes(minutes_taken), completed_at=end
    )


def test_a_restore_is_expected_to_take_what_restores_of_the_same_index_took() -> None:
    backups = {id: a_backup(id) for id in ("a", "b", "c")}
    backups["other"] = a_backup("other", source_index_id="idx-2")
    jobs = [
        restored("a", minutes_taken=1),
        restored("b", minutes_taken=2),
        restored("b", minutes_taken=9),
        restored("other", minutes_taken=500),
        restored("of-a-deleted-backup", minutes_taken=500),
    ]
    expectation = expected_restore(a_backup("c"), jobs=jobs, backups=backups)
    assert expectation is not None
    assert expectation.seconds == pytest.approx(120)


def test_past_restores_come_in_the_order_of_their_ends_and_with_the_size_of_their_backups() -> None:
    backups = {"a": a_backup("a", size_bytes=10), "b": a_backup("b", size_bytes=20)}
    jobs = [restored("b", minutes_taken=1, ended_at=30), restored("a", minutes_taken=9, ended_at=20)]
    past = past_restores(jobs, backups=backups)
    assert [(one.seconds, one.size_bytes) for one in past] == [(540, 10), (60, 20)]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": RestoreJobStatus.FAILED},
        {"status": RestoreJobStatus.PENDING, "completed_at": None},
        {"completed_at": None},
        {"created_at": None},
        {"backup_id": "unknown"},
    ],
)
def test_without_a_restore_of_that_index_that_ended_well_nothing_is_expected(fields: dict[str, Any]) -> None:
    jobs = [replace(restored("a", minutes_taken=1), **fields)]
    backups = {"a": a_backup("a")}
    assert expected_restore(a_backup("a"), jobs=jobs, backups=backups) is None


@pytest.mark.parametrize(
    ("elapsed", "text"),
    [
        (0, "estimate: about 20 min left, past ones took about 20 min"),
        (900, "estimate: about 5 min left, past ones took about 20 min"),
        (1300, "estimate: less than 8 min left, past ones took about 20 min"),
        (1800, "no estimate of what is left: past ones took about 20 min"),
    ],
)
def test_an_estimate_is_called_one(elapsed: float, text: str) -> None:
    assert Expectation(seconds=1200, factor=1.5).text(elapsed) == text
