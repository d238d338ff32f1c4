"""The search finds what is wrong with tasks that are wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.resilience.search import naive
from tests.resilience.search.explore import explore
from tests.resilience.search.faults import NARROW
from tests.resilience.search.runs import Setup, play
from tests.resilience.search.scene import scene
from tests.resilience.search.test_exhaustive import BACKUP, MUCH_LAG
from tests.resilience.search.verdict import objections
from tests.resilience.search.zombies import interleavings

BACKUP_ID = scene().backup.backup_id


def backup_by(*, listing_lag: float = 0.0, **wrongly: Callable[..., Any]) -> Setup:
    return Setup(naive.NaiveBackup("movies", **wrongly), listing_lag=listing_lag)


def restore_by(submit: Callable[..., Any], index_name: str) -> Setup:
    return Setup(naive.NaiveRestore(index_name, backup_id=BACKUP_ID, submit=submit))


@pytest.mark.parametrize(
    ("setup", "complaint"),
    [
        (backup_by(submit=naive.asks_again_without_a_look), "a POST without a look"),
        (backup_by(submit=naive.forgets_to_look), "a POST without a look"),
        (backup_by(submit=naive.adopts_by_name), "lost after"),
        (backup_by(finish=naive.leaves_duplicates, listing_lag=MUCH_LAG), "2 backups in the end"),
        (backup_by(finish=naive.deletes_every_other), "a foreign row of backups is not what it was"),
        (
            backup_by(finish=naive.deletes_too_early, listing_lag=MUCH_LAG),
            "on record is not what was returned",
        ),
        (Setup(naive.DoesNotSettle("movies")), "a backup lacks data"),
        (restore_by(naive.gives_up_on_conflict, "movies-again"), "lost after"),
        (restore_by(naive.makes_room, "movies-2"), "a foreign row of indexes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_found_with_one_fault(setup: Setup, complaint: str) -> None:
    tally = explore(setup, NARROW, most_faults=1)
    assert any(complaint in failure for failure in tally.failures), tally.failures[:3]


def test_that_tries_must_agree_is_found_by_interleaving_them() -> None:
    setup = Setup(naive.KeepsTheYoungest("movies"))
    assert any("not there" in str(meeting.objections) for _, meeting in interleavings(setup))


def test_a_failure_tells_how_to_see_it_again() -> None:
    setup = backup_by(submit=naive.forgets_to_look)
    [told, *_] = explore(setup, NARROW, most_faults=1).failures
    replay, _, _ = told.partition(":\n")
    assert replay == f"{setup!r}, {{}}"
    played = play(setup, {})
    assert objections(played.world, [played.run]) == [told.splitlines()[-1].strip()]


def test_a_run_that_does_nothing_is_a_failure() -> None:
    played = play(BACKUP, {})
    played.run.returned = None
    assert any("None is returned" in line for line in objections(played.world, [played.run]))
