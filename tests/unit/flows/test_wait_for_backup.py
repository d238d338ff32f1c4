"""A wait ends with what is true in the end, however many faults pass by, and no later than it may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.waiting.backup import wait_for_backup
from airflow_provider_pinecone.flows.waiting.patience import MOST_MISSES
from airflow_provider_pinecone.flows.waiting.terms import Terms
from tests.unit.builders import a_backup
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import (
    START,
    Fault,
    World,
    garbled,
    key_refused,
    late,
    lost,
    never_sent,
    not_found,
    rate_limited,
    refusal,
    server_error,
)

READING = r"^GET /backups/bkp-1$"
HOUR = 3600.0
TERMS = Terms(started_at=START, deadline=START + 8 * HOUR)


@pytest.fixture
def world() -> World:
    world = World()
    world.add(a_backup("bkp-1", status="Initializing"))
    return world


def wait(world: World, **terms: Any) -> Flow[Backup | None]:
    return wait_for_backup("bkp-1", terms=replace(TERMS, **terms), clock=world.clock)


def ends(world: World, *, after: float, status: str = "Ready") -> None:
    world.later(after, lambda: world.end_backup("bkp-1", status))


def test_a_backup_that_is_ready_is_returned_at_once(world: World, run: Runner) -> None:
    world.end_backup("bkp-1")
    assert run(wait(world)) == world.backups["bkp-1"]
    assert (world.requests(), world.naps) == (["GET /backups/bkp-1"], [])
    assert world.lines == ["Backup bkp-1: Ready after 0 s."]


def test_the_end_is_noticed_at_most_a_twentieth_of_the_wait_late(world: World, run: Runner) -> None:
    ends(world, after=600)
    backup = run(wait(world))
    assert backup.status == "Ready"
    assert 600 <= world.elapsed <= 630


def test_a_wait_of_five_hours_asks_a_few_hundred_times(world: World, run: Runner) -> None:
    ends(world, after=5 * HOUR)
    run(wait(world))
    assert len(world.requests()) < 450


def test_a_given_interval_is_kept(world: World, run: Runner) -> None:
    ends(world, after=95)
    run(wait(world, poll_interval=30))
    assert world.naps == [30, 30, 30, 30]


def test_progress_is_told_as_it_changes_and_not_at_each_look(world: World, run: Runner) -> None:
    ends(world, after=125)
    run(wait(world, poll_interval=10))
    assert world.lines == ["Backup bkp-1: Initializing after 0 s.", "Backup bkp-1: Ready after 2 min 10 s."]


@pytest.mark.parametrize("status", ["InitializationFailed", "Failed", "Archived"])
def test_any_other_end_is_a_failure_that_tells_it(world: World, run: Runner, status: str) -> None:
    ends(world, after=60, status=status)
    with pytest.raises(
        errors.PineconeBackupFailedError,
        match=f"^movies: backup failed: {status} after 1 min 0 s.* Backup bkp-1\\.$",
    ):
        run(wait(world, poll_interval=60))


def test_what_is_gone_is_looked_for_over_a_minute(world: World, run: Runner) -> None:
    world.later(600, world.backups.clear)
    with pytest.raises(errors.PineconeGoneError, match=r"^Not found, \d+ times in 1 min .* Backup bkp-1\.$"):
        run(wait(world, poll_interval=600))
    assert 660 <= world.elapsed < 665


def test_what_is_gone_is_looked_for_five_times_at_least(world: World, run: Runner) -> None:
    world.backups.clear()
    with pytest.raises(errors.PineconeGoneError, match=f"^Not found, {MOST_MISSES} times in 9 s"):
        run(wait(world, miss_patience=0))


def test_a_new_backup_that_shows_late_is_waited_for(world: World, run: Runner) -> None:
    backup = world.backups.pop("bkp-1")
    world.later(50, lambda: world.add(backup))
    ends(world, after=300)
    assert run(wait(world)).status == "Ready"


def test_a_few_misses_are_taken_for_passing_faults(world: World, run: Runner) -> None:
    world.fail(READING, not_found, times=MOST_MISSES - 1)
    ends(world, after=60)
    assert run(wait(world)).status == "Ready"


def test_misses_before_and_after_a_reading_do_not_add_up(world: World, run: Runner) -> None:
    world.fail(READING, not_found, times=MOST_MISSES - 1)
    world.later(45, lambda: world.fail(READING, not_found, times=MOST_MISSES - 1))
    ends(world, after=600)
    assert run(wait(world, poll_interval=10)).status == "Ready"


@pytest.mark.parametrize("fault", [lost, never_sent, late, garbled, server_error, rate_limited(None)])
def test_faults_that_pass_end_no_wait(world: World, run: Runner, fault: Fault) -> None:
    ends(world, after=HOUR)
    world.fail(READING, fault, times=100)
    assert run(wait(world)).status == "Ready"
    assert len(world.warnings) == 100
    assert world.warnings[0].startswith("Backup bkp-1: could not be read, waiting on: ")
    assert " (GET /backups/bkp-1" in world.warnings[0]


def test_faults_that_do_not_pass_end_it_at_its_deadline(world: World, run: Runner) -> None:
    world.fail(READING, server_error, times=10_000)
    with pytest.raises(errors.PineconeWaitTimeoutError) as caught:
        run(wait(world, deadline=START + HOUR))
    assert world.elapsed == HOUR
    assert str(caught.value) == (
        "Backup bkp-1 had not ended after 1 h 0 min, by 2026-03-01 13:00:00 UTC. It goes on in Pinecone. "
        "Last seen: nothing yet. Last fault: Pinecone failed: said so (GET /backups/bkp-1: 500)."
    )


def test_retry_after_is_waited_for(world: World, run: Runner) -> None:
    world.fail(READING, rate_limited(90))
    ends(world, after=1)
    run(wait(world, poll_interval=5))
    assert world.naps == [90]


def test_retry_after_counts_once(world: World, run: Runner) -> None:
    world.fail(READING, rate_limited(90))
    ends(world, after=91)
    run(wait(world, poll_interval=5))
    assert world.naps == [90, 5]


def test_even_retry_after_does_not_outlast_the_deadline(world: World, run: Runner) -> None:
    world.fail(READING, rate_limited(86_400), times=10)
    with pytest.raises(errors.PineconeWaitTimeoutError):
        run(wait(world, deadline=START + 100))
    assert world.elapsed == 100


@pytest.mark.parametrize(
    "fault", [refusal(errors.PineconeInvalidArgumentError, 400), refusal(errors.PineconeApiError, 418)]
)
def test_a_refusal_of_the_request_itself_ends_the_wait(world: World, run: Runner, fault: Fault) -> None:
    world.fail(READING, fault)
    with pytest.raises(errors.PineconeApiError, match="said so"):
        run(wait(world))


def test_a_key_that_is_replaced_in_the_connection_is_taken_up(world: World, run: Runner) -> None:
    world.later(60, world.rotate_key)
    world.later(200, world.put_new_key_into_connection)
    ends(world, after=500)
    assert run(wait(world, poll_interval=10)).status == "Ready"
    assert "Reading the connection again; the key may be new." in world.warnings[0]


def test_a_key_that_stays_refused_ends_the_wait_after_its_patience(world: World, run: Runner) -> None:
    world.later(60, world.rotate_key)
    with pytest.raises(errors.PineconeAuthError):
        run(wait(world, poll_interval=10))
    assert 60 + 300 <= world.elapsed <= 60 + 300 + 20


def test_a_refused_key_is_looked_at_again_sooner_than_the_interval(world: World, run: Runner) -> None:
    world.later(400, world.rotate_key)
    world.later(450, world.put_new_key_into_connection)
    ends(world, after=1000)
    assert run(wait(world, poll_interval=400)).status == "Ready"


def test_the_connection_is_read_again_once_nothing_has_answered_for_a_minute(
    world: World, run: Runner
) -> None:
    world.fail(READING, never_sent, times=10)
    ends(world, after=300)
    run(wait(world, poll_interval=20))
    assert world.reconnected == [60, 80, 100, 120, 140, 160, 180]


@pytest.mark.parametrize("refusals", [0, 1])
def test_any_answer_ends_the_silence(world: World, run: Runner, refusals: int) -> None:
    world.fail(READING, late, times=2)
    world.later(75, lambda: world.fail(READING, server_error, times=refusals))
    world.later(125, lambda: world.fail(READING, late, times=2))
    ends(world, after=300)
    run(wait(world, poll_interval=50))
    assert world.reconnected == []


def test_the_connection_is_read_again_where_nothing_is_found_any_more(world: World, run: Runner) -> None:
    world.later(60, world.backups.clear)
    with pytest.raises(errors.PineconeGoneError):
        run(wait(world))
    assert world.reconnected[0] < 70


def test_a_key_that_gets_no_patience_is_final_at_once(world: World, run: Runner) -> None:
    world.rotate_key()
    with pytest.raises(errors.PineconeAuthError):
        run(wait(world, key_patience=0))
    assert (len(world.requests()), world.naps) == (1, [])


def test_a_missing_permission_is_given_the_same_patience(world: World, run: Runner) -> None:
    world.fail(READING, refusal(errors.PineconePermissionError, 403), times=3)
    ends(world, after=30)
    assert run(wait(world, poll_interval=10)).status == "Ready"


def test_each_refusal_of_the_key_has_its_own_patience(world: World, run: Runner) -> None:
    for moment in (100, 1000):
        world.later(moment, lambda: world.fail(READING, key_refused, times=20))
    ends(world, after=2000)
    assert run(wait(world, poll_interval=10)).status == "Ready"


def test_a_key_that_gets_no_time_ends_the_wait_at_the_deadline(world: World, run: Runner) -> None:
    world.rotate_key()
    with pytest.raises(errors.PineconeWaitTimeoutError):
        run(wait(world, deadline=START + 30))
    assert world.elapsed == 30


def test_the_wait_stops_for_now_at_the_moment_that_it_is_told(world: World, run: Runner) -> None:
    assert run(wait(world, pause_at=START + 10)) is None
    assert world.elapsed == 10


def test_what_ends_before_the_pause_does_not_pause(world: World, run: Runner) -> None:
    ends(world, after=9)
    assert run(wait(world, pause_at=START + 10)).status == "Ready"
    assert world.elapsed == 10


def test_a_backup_that_is_missing_is_not_paused_on(world: World, run: Runner) -> None:
    world.backups.clear()
    with pytest.raises(errors.PineconeGoneError):
        run(wait(world, pause_at=START + 1))


def test_a_pause_after_the_deadline_is_none(world: World, run: Runner) -> None:
    with pytest.raises(errors.PineconeWaitTimeoutError):
        run(wait(world, deadline=START + 5, pause_at=START + 10))
    assert world.elapsed == 5


def test_a_wait_that_goes_on_elsewhere_keeps_its_start_and_its_deadline(world: World, run: Runner) -> None:
    world.now = START + HOUR
    ends(world, after=60)
    run(wait(world))
    assert world.naps[0] == pytest.approx(180)
    assert world.lines[-1] == "Backup bkp-1: Ready after 1 h 3 min."


def test_a_wait_that_begins_after_its_deadline_still_looks_once(world: World, run: Runner) -> None:
    world.now = START + 9 * HOUR
    with pytest.raises(errors.PineconeWaitTimeoutError, match=r"Last seen: Initializing\."):
        run(wait(world))
    world.end_backup("bkp-1")
    assert run(wait(world)).status == "Ready"


def test_what_ends_just_at_the_deadline_is_done(world: World, run: Runner) -> None:
    ends(world, after=100)
    assert run(wait(world, poll_interval=30, deadline=START + 100)).status == "Ready"
    assert world.naps == [30, 30, 30, 10]


@given(
    faults=st.lists(st.sampled_from([lost, late, garbled, server_error, rate_limited(40)]), max_size=4),
    after=st.integers(0, 7200),
    poll_interval=st.none() | st.integers(1, 600),
    status=st.sampled_from(["Ready", "InitializationFailed", "Archived"]),
)
def test_the_verdict_is_the_truth_and_comes_in_time(
    faults: list[Fault], after: int, poll_interval: int | None, status: str
) -> None:
    world = World()
    world.add(a_backup("bkp-1", status="Initializing"))
    ends(world, after=after, status=status)
    for fault in faults:
        world.fail(READING, fault)
    terms = {"poll_interval": poll_interval, "deadline": START + HOUR}
    try:
        backup = world.drive(wait(world, **terms))
    except errors.PineconeBackupFailedError:
        assert status != "Ready"
        assert world.elapsed >= after
    except errors.PineconeWaitTimeoutError:
        assert after > HOUR
    else:
        assert backup is not None
        assert (backup.status, status) == ("Ready", "Ready")
        assert world.elapsed >= after
    assert world.elapsed <= HOUR


def test_a_wait_does_nothing_but_read_tell_and_await_a_change(world: World) -> None:
    ends(world, after=60)
    kinds: set[str] = set()

    def noted(flow: Flow[Any]) -> Flow[Any]:
        answer = None
        while True:
            try:
                step = flow.send(answer)
            except StopIteration as end:
                return end.value
            kinds.add(type(step).__name__)
            answer = yield step

    world.drive(noted(wait(world)))
    assert kinds == {"Read", "AwaitChange", "Tell"}
