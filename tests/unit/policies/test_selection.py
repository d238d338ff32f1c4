"""A restore by name takes the newest usable backup of one index, and never guesses between several."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.errors import (
    PineconeAmbiguousSourceError,
    PineconeInputError,
    PineconeNoUsableBackupError,
)
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.guards import Guards
from airflow_provider_pinecone.policies.identity import Run
from airflow_provider_pinecone.policies.selection import (
    backups_of_run,
    choose_backup,
    is_last_good,
    is_usable,
    newest_first,
    previous_usable,
)
from tests.unit.builders import NOON, a_backup, minutes

STATUSES = ["Ready", "Initializing", "InitializationFailed", "Failed", "Archived", "READY"]

BACKUPS = st.lists(
    st.builds(
        a_backup,
        st.sampled_from([f"bkp-{number}" for number in range(30)]),
        status=st.sampled_from(STATUSES),
        source_index_name=st.sampled_from(["movies", "songs"]),
        source_index_id=st.sampled_from(["idx-1", "idx-2"]),
        record_count=st.none() | st.integers(0, 3),
        created_at=st.none() | st.integers(0, 9).map(lambda count: NOON + minutes(count)),
    ),
    unique_by=lambda backup: backup.backup_id,
    max_size=12,
)


def at(count: float, backup_id: str, **fields: Any) -> Backup:
    """A backup made this many minutes after noon."""
    return a_backup(backup_id, created_at=NOON + minutes(count), **fields)


def choose(backups: list[Backup], **more: Any) -> Backup:
    return choose_backup(backups, source_index_name="movies", **more)


@pytest.mark.parametrize(
    ("status", "record_count", "usable"),
    [
        ("Ready", 1, True),
        ("Ready", None, True),
        ("Ready", 0, False),
        ("Initializing", 5, False),
        ("InitializationFailed", 5, False),
        ("Archived", 5, False),
        ("READY", 5, False),
    ],
)
def test_usable_is_ready_and_not_empty(status: str, record_count: int | None, usable: bool) -> None:
    assert is_usable(a_backup(status=status, record_count=record_count)) is usable


def test_the_newest_comes_first_and_what_tells_no_time_last() -> None:
    old, new, timeless = at(0, "old"), at(9, "new"), a_backup("timeless", created_at=None)
    assert newest_first([timeless, old, new]) == [new, old, timeless]


def test_backups_of_one_moment_have_one_order() -> None:
    a, b = at(0, "a"), at(0, "b")
    assert newest_first([a, b]) == newest_first([b, a])


def test_the_newest_usable_backup_of_that_name_is_chosen() -> None:
    chosen = choose(
        [
            at(0, "oldest"),
            at(1, "good"),
            at(2, "empty", record_count=0),
            at(3, "failed", status="InitializationFailed"),
            at(4, "unfinished", status="Initializing"),
            at(5, "another's", source_index_name="songs", source_index_id="idx-2"),
        ]
    )
    assert chosen.backup_id == "good"


def test_before_includes_its_own_moment() -> None:
    backups = [at(0, "old"), at(1, "then"), at(2, "late")]
    assert choose(backups, before=NOON + minutes(1)).backup_id == "then"


def test_a_backup_that_tells_no_time_is_not_before_anything() -> None:
    timeless = a_backup("timeless", created_at=None)
    assert choose([timeless]).backup_id == "timeless"
    with pytest.raises(PineconeNoUsableBackupError, match="movies: 0 of 1 backups match before 2026"):
        choose([timeless], before=NOON)


def test_several_indexes_of_one_name_are_listed_and_not_chosen_between() -> None:
    backups = [
        at(0, "a1"),
        at(3, "a2"),
        at(2, "b", source_index_id="idx-2", record_count=1_500),
        a_backup("c", source_index_id="idx-3", created_at=None, record_count=None),
    ]
    with pytest.raises(PineconeAmbiguousSourceError) as caught:
        choose(backups)
    assert str(caught.value) == (
        "source_index_name 'movies' matches 3 indexes with usable backups. "
        "Give source_index_id or backup_id. "
        "idx-1: newest a2 of 2026-03-01 12:03 UTC, 100 records; "
        "idx-2: newest b of 2026-03-01 12:02 UTC, 1,500 records; "
        "idx-3: newest c, records unknown."
    )


def test_the_id_of_the_index_decides_between_several() -> None:
    backups = [at(0, "a"), at(9, "b", source_index_id="idx-2")]
    assert choose(backups, source_index_id="idx-1").backup_id == "a"


def test_another_index_of_the_name_matters_only_with_usable_backups_in_time() -> None:
    backups = [
        at(5, "good"),
        at(6, "empty", source_index_id="idx-2", record_count=0),
        at(8, "late", source_index_id="idx-3"),
    ]
    assert choose(backups, before=NOON + minutes(7)).backup_id == "good"


def test_a_name_without_backups_is_said_to_have_none() -> None:
    with pytest.raises(
        PineconeNoUsableBackupError,
        match="source_index_name 'movies': the project has no backup of an index with that name",
    ):
        choose([at(0, "a", source_index_name="songs")])


def test_where_no_backup_is_usable_the_newest_are_shown_with_the_reason() -> None:
    backups = [at(0, "empty", record_count=0), at(1, "unfinished", status="Initializing", record_count=None)]
    with pytest.raises(PineconeNoUsableBackupError) as caught:
        choose(backups, source_index_id="idx-1", before=NOON + minutes(5))
    assert str(caught.value) == (
        "movies: 0 of 2 backups are Ready and hold records; the newest that match "
        "before 2026-03-01T12:05:00+00:00 and source_index_id 'idx-1': "
        "unfinished (Initializing, records unknown), empty (Ready, 0 records)."
    )


@given(BACKUPS, st.none() | st.sampled_from(["idx-1", "idx-2"]), st.none() | st.integers(0, 9))
def test_what_is_chosen_is_usable_of_that_index_in_time_and_the_newest(
    backups: list[Backup], source_index_id: str | None, count: int | None
) -> None:
    before = None if count is None else NOON + minutes(count)
    fitting = [
        backup
        for backup in backups
        if is_usable(backup)
        and backup.source_index_name == "movies"
        and source_index_id in (None, backup.source_index_id)
        and (before is None or (backup.created_at is not None and backup.created_at <= before))
    ]
    ids = {backup.source_index_id for backup in fitting}
    try:
        chosen = choose(backups, source_index_id=source_index_id, before=before)
    except PineconeAmbiguousSourceError:
        assert len(ids) > 1
    except PineconeNoUsableBackupError:
        assert not fitting
    else:
        assert chosen in fitting
        assert ids == {chosen.source_index_id}
        assert not any(
            other.created_at and (chosen.created_at is None or other.created_at > chosen.created_at)
            for other in fitting
        )


@given(BACKUPS, st.randoms())
def test_the_order_of_the_listing_does_not_matter(backups: list[Backup], random: Any) -> None:
    def verdict(listed: list[Backup]) -> str:
        try:
            return choose(listed).backup_id
        except PineconeInputError as error:
            return str(error)

    shuffled = random.sample(backups, len(backups))
    assert verdict(shuffled) == verdict(backups)


RUN = Run(deployment="prod", dag_id="nightly", task_id="backup", run_id="r1", moment=NOON, generation=1)


def of_run(backups: list[Backup], run: Run = RUN, **more: Any) -> list[str]:
    found = backups_of_run(
        backups,
        token=run.token("movies"),
        earlier=run.earlier_tokens("movies"),
        generation=run.generation,
        guards=Guards(min_records=1),
        **more,
    )
    return [one.backup_id for one in found]


def by(run: Run, backup_id: str, count: float = 0, **fields: Any) -> Backup:
    return at(count, backup_id, description=run.description("movies"), **fields)


def test_a_runs_backups_are_its_own_that_have_not_failed_oldest_first() -> None:
    backups = [
        by(RUN, "second", 2),
        by(RUN, "first", 1, status="Archived"),
        by(RUN, "failed", status="InitializationFailed"),
        by(replace(RUN, run_id="r2"), "another's"),
        by(replace(RUN, generation=0), "unfinished", status="Initializing"),
        at(0, "by hand"),
    ]
    assert of_run(backups) == ["first", "second"]


def test_a_generation_without_a_backup_takes_over_an_unfinished_one() -> None:
    earlier = replace(RUN, generation=0)
    backups = [by(earlier, "ready"), by(earlier, "unfinished", status="Initializing")]
    assert of_run(backups) == ["unfinished"]


def test_a_backup_that_was_taken_over_is_kept_when_it_is_ready() -> None:
    earlier = replace(RUN, generation=0)
    assert of_run([by(earlier, "taken over"), by(RUN, "own", 1)], remembered="taken over") == [
        "taken over",
        "own",
    ]


def test_a_run_that_survives_clearing_reuses_what_no_guard_refuses() -> None:
    first, cleared = (replace(RUN, survives_clear=True, generation=number) for number in (0, 1))
    backups = [
        by(first, "empty", record_count=0),
        by(first, "good", 1),
        by(first, "unfinished", 2, status="Initializing", record_count=0),
    ]
    assert of_run(backups, cleared) == ["good", "unfinished"]
    assert of_run([*backups, by(cleared, "own", 3, record_count=0)], cleared) == ["own"]


def test_the_previous_usable_backup_is_of_the_same_index_and_older() -> None:
    this = at(5, "this")
    backups = [
        at(0, "old"),
        at(2, "previous"),
        at(3, "empty", record_count=0),
        at(4, "another's", source_index_id="idx-2"),
        this,
        at(6, "newer"),
    ]
    found = previous_usable(this, backups=backups)
    assert found is not None
    assert found.backup_id == "previous"


def test_the_first_backup_has_no_previous() -> None:
    assert previous_usable(at(0, "this"), backups=[at(0, "this"), at(1, "newer")]) is None


@given(BACKUPS.filter(bool))
def test_never_all_of_the_last_good_ones_may_go(backups: list[Backup]) -> None:
    """Deleting whatever is not the last good, over and over, leaves each index what it had of usable ones."""
    left = list(backups)
    while deletable := [one for one in left if not is_last_good(one, backups=left)]:
        left.remove(deletable[0])
    for index_id in {backup.source_index_id for backup in backups}:
        history = [one for one in newest_first(backups) if one.source_index_id == index_id]
        for predicate in (is_usable, lambda one: one.status == "Ready"):
            newest = next(filter(predicate, history), None)
            assert newest is None or newest in left


@pytest.mark.parametrize("listed", [True, False])
def test_a_backup_is_the_last_good_one_whether_the_listing_shows_it_or_not(listed: bool) -> None:
    last = at(5, "last")
    assert is_last_good(last, backups=[at(0, "old"), *([last] if listed else [])])


def test_the_newest_ready_and_the_newest_usable_are_both_kept() -> None:
    empty, good, old = at(5, "empty", record_count=0), at(4, "good"), at(3, "old")
    history = [empty, good, old]
    assert [is_last_good(one, backups=history) for one in history] == [True, True, False]


def test_an_index_of_another_id_does_not_count() -> None:
    mine, other = at(0, "mine"), at(9, "other", source_index_id="idx-2")
    assert is_last_good(mine, backups=[mine, other])


@pytest.mark.parametrize("status", ["Initializing", "InitializationFailed", "Archived"])
def test_what_is_not_ready_is_not_the_last_good(status: str) -> None:
    assert not is_last_good(a_backup(status=status), backups=[])


def test_times_of_the_future_are_taken_as_they_are() -> None:
    far = a_backup("far", created_at=datetime(9999, 1, 1, tzinfo=NOON.tzinfo))
    assert choose([far, at(0, "a")]).backup_id == "far"
