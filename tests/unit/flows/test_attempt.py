"""One try of a task: it starts once, ends in the worker or defers, and reads the end itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.flows.attempt import Deferred, Ended, begin, resume
from airflow_provider_pinecone.flows.deferring import EARLIEST_EVENT, SHORT_WAIT, WaitOptions, await_event
from airflow_provider_pinecone.flows.finish_backup import FOUND_PATIENCE, backup_attempt
from airflow_provider_pinecone.flows.submit_backup import BackupPlan
from airflow_provider_pinecone.flows.waiting.backup import BackupWait
from airflow_provider_pinecone.policies.identity import Run
from tests.unit.builders import NOON
from tests.unit.flows.world import CREATION, START, World, key_refused

RUN = Run(deployment="prod", dag_id="nightly", task_id="backup", run_id="r1", moment=NOON)
ATTEMPT = backup_attempt(
    BackupPlan(
        index_name="movies",
        name=RUN.backup_name("movies"),
        description=RUN.description("movies"),
        token=RUN.token("movies"),
    )
)
DEFERRABLE = WaitOptions(timeout=3600.0, deferrable=True)
IN_WORKER = WaitOptions(timeout=3600.0)


@pytest.fixture(autouse=True)
def _counted(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """What the world makes holds records once it is Ready."""
    end_backup = world.end_backup

    def end(backup_id: str, status: str = "Ready") -> None:
        world.add(replace(world.backups[backup_id], record_count=100))
        end_backup(backup_id, status)

    monkeypatch.setattr(world, "end_backup", end)


def began(world: World, options: WaitOptions) -> Any:
    return world.drive(begin(ATTEMPT, options=options, clock=world.clock))


def resumed(world: World, wait: BackupWait, *, has_given_up: bool = False) -> Any:
    flow = resume(ATTEMPT, wait, has_given_up=has_given_up, options=DEFERRABLE, clock=world.clock)
    return world.drive(flow)


def test_what_ends_soon_ends_in_the_worker_though_the_task_is_deferrable(world: World) -> None:
    world.later(SHORT_WAIT / 2, lambda: world.end_backup("new-0"))
    assert began(world, DEFERRABLE) == Ended(world.backups["new-0"])


def test_what_takes_longer_is_deferred_with_its_id_and_deadline(world: World) -> None:
    assert began(world, DEFERRABLE) == Deferred(
        BackupWait(started_at=START, deadline=START + 3600.0, backup_id="new-0")
    )
    assert world.elapsed == SHORT_WAIT


def test_a_task_that_is_not_deferrable_waits_in_the_worker(world: World) -> None:
    world.later(600, lambda: world.end_backup("new-0"))
    assert began(world, IN_WORKER) == Ended(world.backups["new-0"])


def test_after_the_triggerers_wait_the_end_is_read_again(world: World) -> None:
    deferred = began(world, DEFERRABLE)
    assert resumed(world, deferred.wait) == deferred  # the event said that it had ended
    world.end_backup("new-0", "InitializationFailed")
    with pytest.raises(errors.PineconeBackupFailedError):
        resumed(world, deferred.wait)
    assert len(world.requests(CREATION)) == 1


def test_a_resumed_try_gives_the_listing_time_to_show_what_another_try_made(world: World) -> None:
    """Who made the backup is no longer known: it may have been a try before this one."""
    deferred = began(world, DEFERRABLE)
    world.end_backup("new-0")
    assert resumed(world, deferred.wait) == Ended(world.backups["new-0"])
    assert world.elapsed == FOUND_PATIENCE


@pytest.mark.parametrize(("has_given_up", "waits_on"), [(False, True), (True, False)])
def test_a_key_that_the_triggerer_gave_its_time_gets_no_more(
    world: World, has_given_up: bool, waits_on: bool
) -> None:
    deferred = began(world, DEFERRABLE)
    world.fail("^GET /backups/new-0$", key_refused, times=1000)
    if waits_on:
        assert resumed(world, deferred.wait, has_given_up=has_given_up) == deferred
    else:
        with pytest.raises(errors.PineconeAuthError):
            resumed(world, deferred.wait, has_given_up=has_given_up)


@pytest.mark.parametrize("status", ["Ready", "InitializationFailed"])
def test_a_trigger_fires_no_earlier_than_airflow_can_bear_and_says_what_ended_it(
    world: World, status: str
) -> None:
    deferred = began(world, DEFERRABLE)
    world.end_backup("new-0", status)
    before = world.elapsed
    event = await_event(deferred.wait, poll_interval=None, history=None, clock=world.clock)
    error = world.drive(event)
    assert isinstance(error, errors.PineconeBackupFailedError) is (status != "Ready")
    assert world.elapsed - before >= EARLIEST_EVENT


def lines_of(
    world: World, *, after: float, deferrable: bool, status: str = "Ready", queued: float = 0.0
) -> list[str]:
    """What a whole try logs: in its worker, in the triggerer some time later, and in the worker again."""
    world.later(after, lambda: world.end_backup("new-0", status))
    outcome = began(world, DEFERRABLE if deferrable else IN_WORKER)
    if isinstance(outcome, Deferred):
        world.pass_time(queued)
        event = await_event(outcome.wait, poll_interval=60.0, history=None, clock=world.clock)
        error = world.drive(event)
        resumed(world, outcome.wait, has_given_up=error is not None)
    return world.lines


@pytest.mark.parametrize("deferrable", [True, False])
def test_the_log_tells_each_change_once(world: World, deferrable: bool) -> None:
    *_, requesting, started, initializing, ready, content = lines_of(world, after=65.0, deferrable=deferrable)
    assert requesting == "This run has no backup of index movies yet: requesting one."
    assert started.startswith("Backup new-0 of index movies: started, named movies-")
    assert initializing == "Backup new-0: Initializing after 0 s."
    assert ready == f"Backup new-0: Ready after {'1 min 10 s' if deferrable else '1 min 6 s'}."
    assert content == "Backup new-0 of movies: 100 records."


@pytest.mark.parametrize("deferrable", [True, False])
def test_the_log_leaves_it_to_the_error_to_tell_of_a_failure(world: World, deferrable: bool) -> None:
    with pytest.raises(errors.PineconeBackupFailedError, match="failed: InitializationFailed after 1 min"):
        lines_of(world, after=65.0, deferrable=deferrable, status="InitializationFailed")
    assert world.lines[-1] == "Backup new-0: Initializing after 0 s."


def test_a_backup_that_is_ready_by_the_time_it_is_deferred_is_told_of_once(world: World) -> None:
    lines = lines_of(world, after=SHORT_WAIT + 0.5, deferrable=True, queued=1.0)
    assert [line for line in lines if "Ready" in line] == ["Backup new-0: Ready after 11 s."]


def test_what_the_triggerer_did_not_see_the_worker_tells(world: World) -> None:
    deferred = began(world, DEFERRABLE)
    world.end_backup("new-0")
    resumed(world, deferred.wait, has_given_up=True)
    assert "Backup new-0: Ready after 10 s." in world.lines
