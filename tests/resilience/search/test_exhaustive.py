"""Every schedule of up to three faults or crashes over the requests of one run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_pinecone.api.errors import PineconeNameTakenError
from tests.resilience.search.explore import Choices, Tally, explore
from tests.resilience.search.faults import NARROW, WIDE
from tests.resilience.search.runs import Setup, play
from tests.resilience.search.scene import scene
from tests.resilience.search.tasks import BackupTask, RestoreTask, SettlingInWorkerTask, SettlingTask

BACKUP = Setup(BackupTask("movies"))
RESTORE = Setup(RestoreTask("movies-again", backup_id=scene().backup.backup_id))

LITTLE_LAG, MUCH_LAG, HUGE_LAG = 4.0, 25.0, 60.0
"""Seconds that listings lag: less than the flows look for (10), more, and more than a backup takes (30)."""


def search(setup: Setup, choices: Choices, capsys: pytest.CaptureFixture[str], *, most_faults: int) -> Tally:
    tally = explore(setup, choices, most_faults=most_faults)
    with capsys.disabled():
        made = ", ".join(f"{number} made: {times:,}" for number, times in sorted(tally.made.items()))
        print(
            f"\n  {type(setup.task).__name__}, {'a' if setup.has_store else 'no'} state store, "
            f"listings lag {setup.listing_lag:g} s, tries {setup.retry_delay:g} s apart, "
            f"up to {most_faults} faults: {tally.schedules:,} schedules, {tally.requests:,} requests, "
            f"{tally.failed:,} failed. {made}"
        )
    assert not tally.failed, "\n".join(tally.failures[:3])
    return tally


@pytest.mark.parametrize("has_store", [False, True])
@pytest.mark.parametrize("setup", [BACKUP, RESTORE], ids=["backup", "restore"])
def test_up_to_three_faults_leave_one(
    setup: Setup, has_store: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = search(replace(setup, has_store=has_store), NARROW, capsys, most_faults=3)
    assert set(tally.made) == {1}


@pytest.mark.parametrize("setup", [BACKUP, RESTORE], ids=["backup", "restore"])
def test_up_to_two_faults_of_all_kinds_leave_one(setup: Setup, capsys: pytest.CaptureFixture[str]) -> None:
    tally = search(setup, WIDE, capsys, most_faults=2)
    assert set(tally.made) == {1}


@pytest.mark.parametrize("has_store", [False, True])
@pytest.mark.parametrize("retry_delay", [1.0, 20.0])
@pytest.mark.parametrize("lag", [LITTLE_LAG, MUCH_LAG])
def test_listings_that_lag_and_two_faults_leave_one_in_the_end(
    lag: float, retry_delay: float, has_store: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = replace(BACKUP, listing_lag=lag, retry_delay=retry_delay, has_store=has_store)
    tally = search(setup, NARROW, capsys, most_faults=2)
    # A try cannot see what the one before it has just made, where the listing cannot show it yet.
    assert (tally.made[2] > 0) == (lag > retry_delay)


@pytest.mark.parametrize("retry_delay", [1.0, 20.0])
def test_listings_that_lag_longer_than_a_backup_takes_and_a_fault_leave_one_in_the_end(
    retry_delay: float, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = search(
        replace(BACKUP, listing_lag=HUGE_LAG, retry_delay=retry_delay), NARROW, capsys, most_faults=1
    )
    assert tally.made[2] > 0


def test_a_lag_shorter_than_the_patience_leaves_no_second_backup_without_a_crash(
    capsys: pytest.CaptureFixture[str],
) -> None:
    no_crash = {
        kind: tuple(fault for fault in faults if "crash" not in fault.name) for kind, faults in NARROW.items()
    }
    tally = search(replace(BACKUP, listing_lag=LITTLE_LAG), no_crash, capsys, most_faults=2)
    assert set(tally.made) == {1}


@pytest.mark.parametrize("task", [SettlingTask("movies"), SettlingInWorkerTask("movies")])
@pytest.mark.parametrize("lag", [0.0, MUCH_LAG])
def test_a_backup_that_settles_is_made_once_and_includes_the_data(
    task: SettlingTask, lag: float, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = search(Setup(task, listing_lag=lag), NARROW, capsys, most_faults=2)
    assert (set(tally.made) == {1}) is not bool(lag)


def test_a_backup_that_fails_is_never_taken_for_the_runs(capsys: pytest.CaptureFixture[str]) -> None:
    setup = replace(BACKUP, backups_that_fail=1, retry_delay=30.0)
    tally = search(setup, NARROW, capsys, most_faults=2)
    assert set(tally.made) == {2}
    search(replace(setup, listing_lag=MUCH_LAG), NARROW, capsys, most_faults=2)


@pytest.mark.parametrize("lag", [0.0, LITTLE_LAG])
def test_restores_by_name_leave_one_after_two_faults(lag: float, capsys: pytest.CaptureFixture[str]) -> None:
    by_name = RestoreTask("movies-again", source_index_name="movies")
    tally = search(Setup(by_name, listing_lag=lag), NARROW, capsys, most_faults=2)
    assert set(tally.made) == {1}


def test_an_index_of_another_is_left_alone() -> None:
    task = RestoreTask("movies-2", backup_id=scene().backup.backup_id)
    for number in range(3):
        for fault in NARROW[play(Setup(task), {}).trace[0][0].kind]:
            played = play(Setup(task), {number: fault})
            assert isinstance(played.run.failure, PineconeNameTakenError)
            assert played.world.pinecone.rows("indexes") == scene().before["indexes"]
