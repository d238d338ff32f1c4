"""One try of a task: it starts once, ends in the worker or defers, and reads the end itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.flows.attempt import Deferred, Ended, begin, resume
from airflow_provider_pinecone.flows.deferring import EARLIEST_EVENT, SHORT_WAIT, WaitOptions, await_event
from airflow_provider_pinecone.flows.settle_backup import FOUND_PATIENCE, backup_attempt
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
