"""Which indexes are stale, told so that whoever is woken knows what is wrong from the first words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.freshness import Stale, alarm, all_clear, by_urgency, judge
from tests.unit.builders import NOON, a_backup

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)


def aged(hours: float, **fields: object) -> Backup:
    return a_backup(f"bkp-{hours:g}", created_at=NOON - hours * HOUR, **fields)


def empty(hours: float) -> Backup:
    return aged(hours, record_count=0)


def failed(hours: float) -> Backup:
    return aged(hours, status="InitializationFailed", record_count=None)


def unfinished(hours: float) -> Backup:
    return aged(hours, status="Initializing", record_count=None)


def why(*backups: Backup, max_age: timedelta = DAY) -> str:
    verdict = judge("movies", backups, max_age=max_age, now=NOON)
    assert isinstance(verdict, Stale), f"fresh: {verdict}"
    return verdict.why


@pytest.mark.parametrize(
    "backups",
    [
        [aged(1)],
        [aged(24)],
        [aged(30), aged(2)],
        [aged(2), empty(1)],
        [aged(2), failed(1), unfinished(0)],
        [aged(2, record_count=None)],
    ],
)
def test_an_index_with_a_recent_usable_backup_is_fresh_whatever_came_after_it(backups: list[Backup]) -> None:
    assert judge("movies", backups, max_age=DAY, now=NOON) in backups


def test_a_backup_from_the_future_proves_nothing_beyond_what_clocks_may_differ() -> None:
    assert judge("movies", [aged(-1 / 30)], max_age=DAY, now=NOON) == aged(-1 / 30)
    assert why(aged(-24)).startswith("newest usable backup is from the future (")


def test_the_newest_usable_backup_is_the_one_that_counts() -> None:
    assert judge("movies", [aged(5), aged(2), empty(1)], max_age=DAY, now=NOON) == aged(2)


@pytest.mark.parametrize(
    ("backups", "told"),
    [
        ([], "never backed up"),
        ([aged(31)], "newest usable backup is 31 h old (2026-02-28 05:00 UTC), none since"),
        (
            [aged(31), empty(7)],
            "newest usable backup is 31 h old (2026-02-28 05:00 UTC), empty since 2026-03-01 05:00 UTC",
        ),
        (
            [aged(100), failed(76), failed(52), failed(28), failed(4)],
            "newest usable backup is 4.2 days old (2026-02-25 08:00 UTC), failed since 2026-02-26 08:00 UTC",
        ),
        (
            [aged(100), failed(76), empty(52), empty(28)],
            "newest usable backup is 4.2 days old (2026-02-25 08:00 UTC), empty since 2026-02-27 08:00 UTC",
        ),
        (
            [aged(100), empty(76), failed(52), empty(28)],
            "newest usable backup is 4.2 days old (2026-02-25 08:00 UTC), empty since 2026-02-28 08:00 UTC",
        ),
        (
            [aged(30), unfinished(6)],
            "newest usable backup is 30 h old (2026-02-28 06:00 UTC), "
            "Initializing since 2026-03-01 06:00 UTC",
        ),
        ([empty(31), empty(7)], "no usable backup, empty since 2026-02-28 05:00 UTC"),
        ([failed(7)], "no usable backup, failed since 2026-03-01 05:00 UTC"),
        ([aged(7, status="Archived")], "no usable backup, Archived since 2026-03-01 05:00 UTC"),
        ([a_backup(created_at=None)], "no usable backup, without a time"),
    ],
)
def test_the_reason_says_since_when_and_what_became_of_the_backups_since(
    backups: list[Backup], told: str
) -> None:
    assert why(*backups) == told
    assert why(*reversed(backups)) == told


def test_a_moment_longer_than_the_age_allowed_is_stale() -> None:
    assert "24 h old" in why(aged(24.001))


def test_those_that_never_had_a_usable_backup_come_first_and_then_the_oldest() -> None:
    stale = [
        Stale(index_name="books", why="old", usable_at=NOON - 30 * HOUR),
        Stale(index_name="films", why="never backed up"),
        Stale(index_name="songs", why="older", usable_at=NOON - 50 * HOUR),
        Stale(index_name="actors", why="empty since"),
    ]
    assert [one.index_name for one in by_urgency(stale)] == ["actors", "films", "songs", "books"]


def test_the_alarm_says_what_is_stale_in_its_first_words_however_long_the_name() -> None:
    name = "m" * 45
    verdict = judge(name, [aged(31), empty(7)], max_age=DAY, now=NOON)
    assert isinstance(verdict, Stale)
    told = alarm([verdict], of=14, max_age=26 * HOUR)
    assert told[:80].startswith(f"{name}: newest usable backup is 31 h old")
    assert told.endswith(". Without a usable backup from the last 26 h: 1 of 14 indexes.")


def test_the_alarm_says_whose_backups_count_where_not_all_do() -> None:
    stale = [Stale(index_name="movies", why="never backed up")]
    assert alarm(stale, of=3, max_age=7 * DAY, deployment="prod") == (
        "movies: never backed up. Without a usable backup by deployment 'prod' from the last 7 days: "
        "1 of 3 indexes."
    )


def test_an_alarm_names_ten_and_counts_the_others() -> None:
    told = alarm([Stale(index_name=f"index-{n}", why="old") for n in range(12)], of=12, max_age=DAY)
    assert "index-9: old; and 2 more. " in told
    assert "index-10" not in told
    assert "12 of 12" in told


def test_all_clear_names_the_least_fresh() -> None:
    fresh = [aged(2), aged(7, source_index_name="books"), aged(3)]
    assert all_clear(fresh, max_age=DAY, now=NOON) == (
        "3 of 3 indexes have a usable backup from the last 24 h. The oldest: books, 7 h old, bkp-7."
    )
