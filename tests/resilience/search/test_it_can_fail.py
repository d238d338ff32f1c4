"""The search finds what is wrong with tasks that are wrong on purpose."""

from __future__ import annotations

import pytest

from airflow_provider_pinecone.flows.backup_attempt import BackupAttempt
from airflow_provider_pinecone.flows.restore_attempt import RestoreAttempt
from tests.resilience.search import naive
from tests.resilience.search.explore import explore
from tests.resilience.search.faults import NARROW
from tests.resilience.search.runs import Setup, play
from tests.resilience.search.scene import scene
from tests.resilience.search.test_exhaustive import BACKUP, MUCH_LAG
from tests.resilience.search.verdict import objections
from tests.resilience.search.zombies import interleavings

BACKUP_ID = scene().backup.backup_id


def backup_by(attempts: type[BackupAttempt], *, listing_lag: float = 0.0) -> Setup:
    return Setup(naive.NaiveBackup("movies", attempts=attempts), listing_lag=listing_lag)


def restore_by(attempts: type[RestoreAttempt], index_name: str) -> Setup:
    return Setup(naive.NaiveRestore(index_name, backup_id=BACKUP_ID, attempts=attempts))


@pytest.mark.parametrize(
    ("setup", "complaint"),
    [
        (backup_by(naive.AsksAgainWithoutALook), "a POST without a look"),
        (backup_by(naive.ForgetsToLook), "a POST without a look"),
        (backup_by(naive.AdoptsByName), "lost after"),
        (backup_by(naive.LeavesDuplicates, listing_lag=MUCH_LAG), "2 backups in the end"),
        (backup_by(naive.DeletesEveryOther), "a foreign row of backups is not what it was"),
        (backup_by(naive.DeletesTooEarly, listing_lag=MUCH_LAG), "on record is not what was returned"),
        (restore_by(naive.GivesUpOnConflict, "movies-again"), "lost after"),
        (restore_by(naive.MakesRoom, "movies-2"), "a foreign row of indexes"),
    ],
    ids=lambda value: value.task.attempts.__name__ if isinstance(value, Setup) else "",
)
def test_what_is_wrong_is_found_with_one_fault(setup: Setup, complaint: str) -> None:
    tally = explore(setup, NARROW, most_faults=1)
    assert any(complaint in failure for failure in tally.failures), tally.failures[:3]


def test_that_tries_must_agree_is_found_by_interleaving_them() -> None:
    setup = Setup(naive.KeepsTheYoungest("movies"))
    assert any("not there" in str(meeting.objections) for _, meeting in interleavings(setup))


def test_a_failure_tells_how_to_see_it_again() -> None:
    setup = backup_by(naive.ForgetsToLook)
    [told, *_] = explore(setup, NARROW, most_faults=1).failures
    replay, _, _ = told.partition(":\n")
    assert replay == f"{setup!r}, {{}}"
    played = play(setup, {})
    assert objections(played.world, [played.run]) == [told.splitlines()[-1].strip()]


def test_a_run_that_does_nothing_is_a_failure() -> None:
    played = play(BACKUP, {})
    played.run.returned = None
    assert any("None is returned" in line for line in objections(played.world, [played.run]))
