"""One run makes one backup: it looks, asks once, and looks again before it would ask again."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.flows.once import LOOK_PAUSES, SUBMIT_PATIENCE
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.submit_backup import BackupPlan, submit_backup
from airflow_provider_pinecone.policies.guards import Guards
from airflow_provider_pinecone.policies.identity import Run, bears
from tests.unit.builders import NOON, a_backup
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import (
    BACKUP_LISTING,
    CREATION,
    Fault,
    World,
    garbled,
    late,
    lost,
    never_sent,
    not_found,
    rate_limited,
    refusal,
    server_error,
)


def foreign(call: Call[Any]) -> errors.PineconeError:
    return errors.PineconeForeignAnswerError("answered HTML.", method=call.method, path=call.path)


RUN = Run(deployment="prod", dag_id="nightly", task_id="backup", run_id="r1", moment=NOON)
REUSING = replace(RUN, survives_clear=True)
OTHER_RUN = Run(deployment="prod", dag_id="nightly", task_id="backup", run_id="r2", moment=NOON)
OPEN_OUTCOMES = [lost, late, garbled, server_error, refusal(errors.PineconeServerError, 503)]
REFUSALS = [
    refusal(errors.PineconeInvalidArgumentError, 400),
    refusal(errors.PineconeAuthError, 401),
    refusal(errors.PineconePaymentError, 402),
    refusal(errors.PineconePlanError, 403),
    refusal(errors.PineconeQuotaError, 403),
    refusal(errors.PineconePermissionError, 403),
    refusal(errors.PineconeNotFoundError, 404),
    refusal(errors.PineconePreconditionError, 412),
    refusal(errors.PineconeApiError, 418),
]


def plan_of(run: Run = RUN, **more: Any) -> BackupPlan:
    return BackupPlan(
        index_name="movies",
        name=run.backup_name("movies"),
        description=run.description("movies"),
        token=run.token("movies"),
        earlier=run.earlier_tokens("movies"),
        generation=run.generation,
        **more,
    )


def submit(world: World, *, run: Run = RUN, **more: Any) -> Flow[Backup]:
    submitted = yield from submit_backup(plan_of(run, **more), timeout=60.0, clock=world.clock)
    assert submitted.is_found is (not world.requests(CREATION) or "found" in world.lines[-1])
    assert submitted.wait.deadline == submitted.wait.started_at + 60.0 == world.now + 60.0
    return world.backups[submitted.wait.backup_id]


def of_run(run: Run = RUN, **fields: Any) -> Backup:
    return a_backup(**{"description": run.description("movies"), **fields})


def backups_of_run(world: World, run: Run = RUN) -> list[Backup]:
    return [backup for backup in world.backups.values() if bears(backup, tokens={run.token("movies")})]


def test_a_backup_is_asked_for_once_after_a_look(world: World, run: Runner) -> None:
    backup = run(submit(world))
    assert world.requests() == ["GET /indexes/movies/backups", "POST /indexes/movies/backups"]
    assert world.backups == {backup.backup_id: backup}
    assert bears(backup, tokens={RUN.token("movies")})
    assert world.remembered == {"backup_id": "new-0"}
    assert world.lines[1:] == [f"Backup new-0 of index movies: started, named {RUN.backup_name('movies')}."]
    assert world.naps == []


@pytest.mark.parametrize("status", ["Initializing", "Ready"])
def test_what_this_run_began_before_is_found_and_not_made_again(
    world: World, run: Runner, status: str
) -> None:
    world.add(a_backup("by-hand"), of_run(backup_id="mine", status=status, name="given"))
    assert run(submit(world)).backup_id == "mine"
    assert world.requests() == ["GET /indexes/movies/backups", "GET /backups/mine"]
    assert world.remembered == {"backup_id": "mine"}
    assert world.lines == ["Backup mine of index movies: found, started by this run earlier, named given."]


def test_it_is_found_on_any_page_of_the_listing(world: World, run: Runner) -> None:
    world.add(*(a_backup(f"bkp-{number}") for number in range(250)), of_run(backup_id="mine"))
    assert run(submit(world)).backup_id == "mine"
    assert not world.requests(CREATION)


def test_of_several_that_bear_the_token_the_oldest_that_has_not_failed_is_it(
    world: World, run: Runner
) -> None:
    world.add(
        of_run(backup_id="ready", status="Ready", created_at=NOON - timedelta(minutes=1)),
        of_run(backup_id="oldest", status="Initializing", created_at=NOON - timedelta(minutes=2)),
        of_run(backup_id="failed", status="InitializationFailed", created_at=NOON - timedelta(minutes=3)),
    )
    assert run(submit(world)).backup_id == "oldest"


def test_what_is_on_record_of_an_index_that_was_made_again_since_is_not_taken(
    world: World, run: Runner
) -> None:
    world.add(of_run(backup_id="mine", source_index_id="deleted"))
    world.index_deletions = {"deleted": NOON}
    assert run(submit(world, remembered="mine")).backup_id == "new-1"


def test_what_a_lagging_listing_shows_as_unfinished_is_read_before_it_is_adopted(
    world: World, run: Runner
) -> None:
    mine = of_run(backup_id="mine", status="Initializing", created_at=NOON - timedelta(minutes=1))
    world.add(mine, of_run(backup_id="by-a-second-try"))
    world.listed_as_of_old["mine"] = mine
    world.end_backup("mine", "InitializationFailed")
    assert run(submit(world)).backup_id == "by-a-second-try"
    assert not world.requests(CREATION)


def test_a_404_of_what_is_listed_is_no_reason_for_a_second_one(world: World, run: Runner) -> None:
    world.add(of_run(backup_id="mine"))
    world.fail(r"^GET /backups/mine$", not_found)
    assert run(submit(world)).backup_id == "mine"
    assert not world.requests(CREATION)


SMALL = {"guards": Guards(min_records=10)}


def test_a_cleared_task_that_reuses_takes_what_the_run_made_before(world: World, run: Runner) -> None:
    before, now = replace(REUSING, generation=0), replace(REUSING, generation=2)
    world.add(of_run(before, backup_id="mine", record_count=10))
    assert run(submit(world, run=now, **SMALL)).backup_id == "mine"


def test_a_cleared_task_does_not_take_what_a_guard_refused(world: World, run: Runner) -> None:
    before, now = replace(REUSING, generation=0), replace(REUSING, generation=2)
    world.add(of_run(before, backup_id="refused", record_count=9))
    assert run(submit(world, run=now, **SMALL)).backup_id == "new-1"


def test_a_retry_takes_what_a_guard_is_about_to_refuse(world: World, run: Runner) -> None:
    """Its try before it may have ended between the backup's end and the guard: it is the run's one backup."""
    world.add(of_run(REUSING, backup_id="mine", record_count=9))
    assert run(submit(world, run=REUSING, **SMALL)).backup_id == "mine"


def test_a_cleared_task_that_does_not_reuse_takes_a_new_one(world: World, run: Runner) -> None:
    world.add(of_run(RUN, backup_id="before"))
    assert run(submit(world, run=replace(RUN, generation=1))).backup_id == "new-1"


def test_what_a_cleared_task_went_on_with_its_retries_go_on_with(world: World, run: Runner) -> None:
    world.add(of_run(RUN, backup_id="unfinished-then"))
    cleared = replace(RUN, generation=2)
    assert run(submit(world, run=cleared, remembered="unfinished-then")).backup_id == "unfinished-then"
    assert not world.requests(CREATION)


def test_a_cleared_task_goes_on_with_what_it_left_unfinished(world: World, run: Runner) -> None:
    """Airflow takes a deferred task that is cleared for one that had ended."""
    world.add(of_run(RUN, backup_id="unfinished", status="Initializing"))
    assert run(submit(world, run=replace(RUN, generation=2))).backup_id == "unfinished"


@pytest.mark.parametrize(
    ("before", "status", "why"),
    [
        (RUN, "Ready", "(6 records) is from before the task was cleared, and on_clear is new"),
        (RUN, "InitializationFailed", "has failed (InitializationFailed)"),
        (replace(RUN, generation=1), "InitializationFailed", "has failed (InitializationFailed)"),
        (REUSING, "InitializationFailed", "has failed (InitializationFailed)"),
        (REUSING, "Ready", "(6 records) was refused by a guard before the task was cleared"),
    ],
)
def test_the_log_says_which_backup_the_run_made_before_and_why_it_makes_another(
    world: World, run: Runner, before: Run, status: str, why: str
) -> None:
    made = a_backup("mine", status=status, record_count=6, description=before.description("movies"))
    world.add(made, a_backup("by-hand"))
    now = replace(before, generation=1)
    run(submit_backup(plan_of(now, guards=Guards(min_records=10)), timeout=60.0, clock=world.clock))
    assert world.lines[0] == f"Backup mine of this run {why}: requesting another."


def test_a_backup_that_turns_out_to_have_failed_is_said_to_have(world: World, run: Runner) -> None:
    mine = a_backup("mine", status="InitializationFailed", description=RUN.description("movies"))
    world.add(mine)
    world.listed_as_of_old["mine"] = replace(mine, status=BackupStatus.INITIALIZING)
    run(submit_backup(plan_of(), timeout=60.0, clock=world.clock))
    assert "has failed (InitializationFailed): requesting another." in world.lines[0]


def test_an_outage_while_it_looks_is_waited_out(world: World, run: Runner) -> None:
    world.fail(BACKUP_LISTING, server_error, times=5)
    run(submit(world))
    assert world.elapsed > 20
    assert len(world.requests(CREATION)) == len(world.backups) == 1


def test_an_outage_after_an_open_outcome_does_not_shorten_the_looks(world: World, run: Runner) -> None:
    world.listing_lag = sum(LOOK_PAUSES) - 0.5
    world.fail(CREATION, lost, acts=True)
    world.fail(BACKUP_LISTING, never_sent, nth=2, times=2)
    run(submit(world))
    assert len(world.backups) == 1


def test_a_backup_that_failed_is_not_found_again(world: World, run: Runner) -> None:
    world.add(of_run(backup_id="failed", status="InitializationFailed"))
    assert run(submit(world)).backup_id != "failed"
    assert len(world.requests(CREATION)) == 1


def test_another_runs_backup_is_left_alone(world: World, run: Runner) -> None:
    world.add(of_run(OTHER_RUN, backup_id="theirs"))
    assert run(submit(world, remembered="theirs")).backup_id != "theirs"


def test_a_name_that_happens_to_be_the_same_is_no_mark(world: World, run: Runner) -> None:
    world.add(a_backup("namesake", name=RUN.backup_name("movies"), description="by hand"))
    assert run(submit(world)).backup_id != "namesake"


@pytest.mark.parametrize("fault", OPEN_OUTCOMES)
def test_what_was_done_without_an_answer_is_found_and_not_done_again(
    world: World, run: Runner, fault: Fault
) -> None:
    world.fail(CREATION, fault, acts=True)
    backup = run(submit(world))
    assert list(world.backups) == [backup.backup_id]
    assert len(world.requests(CREATION)) == 1
    assert "Looking again, in 1 s." in world.warnings[0]


@pytest.mark.parametrize("fault", OPEN_OUTCOMES)
def test_what_was_not_done_is_asked_for_again_after_looks_over_ten_seconds(
    world: World, run: Runner, fault: Fault
) -> None:
    world.fail(CREATION, fault)
    run(submit(world))
    assert len(world.backups) == 1
    (first, _), *looks, (second, _) = world.asked[1:]
    assert len(looks) == len(LOOK_PAUSES) + 1
    assert second - first >= sum(LOOK_PAUSES)


def test_a_listing_that_lags_less_than_the_patience_makes_no_second_backup(world: World, run: Runner) -> None:
    world.listing_lag = sum(LOOK_PAUSES) - 0.5
    world.fail(CREATION, lost, acts=True)
    run(submit(world))
    assert len(world.backups) == 1


def test_what_certainly_never_arrived_is_asked_for_again_soon(world: World, run: Runner) -> None:
    world.fail(CREATION, never_sent)
    run(submit(world))
    assert world.naps == [1.0]
    assert len(world.backups) == 1


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_stops_it_at_once(world: World, run: Runner, fault: Fault) -> None:
    world.fail(CREATION, fault, times=2)
    with pytest.raises(errors.PineconeApiError, match="said so"):
        run(submit(world))
    assert len(world.requests(CREATION)) == 1
    assert world.naps == []


def test_an_index_that_is_not_there_is_said_so_before_anything_is_asked_for(
    world: World, run: Runner
) -> None:
    world.index_names = ()
    with pytest.raises(errors.PineconeNotFoundError, match="GET /indexes/movies/backups"):
        run(submit(world))
    assert not world.requests(CREATION)


def test_a_refused_key_stops_it_before_anything_is_asked_for(world: World, run: Runner) -> None:
    world.rotate_key()
    with pytest.raises(errors.PineconeAuthError):
        run(submit(world))
    assert not world.requests(CREATION)


def test_retry_after_is_waited_for_and_a_look_comes_before_the_next_try(world: World, run: Runner) -> None:
    world.fail(CREATION, rate_limited(45))
    run(submit(world))
    assert world.naps == [45]
    assert [request[:4] for request in world.requests()] == ["GET ", "POST", "GET ", "POST"]


def test_a_request_that_was_refused_after_one_of_unknown_outcome_needs_but_one_look(
    world: World, run: Runner
) -> None:
    world.fail(CREATION, lost)
    world.fail(CREATION, rate_limited(45))
    run(submit(world))
    assert world.naps == [1, *LOOK_PAUSES, 45]


def test_a_wrong_host_is_not_waited_for_before_anything_was_asked(world: World, run: Runner) -> None:
    world.fail(BACKUP_LISTING, foreign)
    with pytest.raises(errors.PineconeForeignAnswerError):
        run(submit(world))
    assert world.naps == []


def test_a_foreign_answer_after_a_request_is_waited_out(world: World, run: Runner) -> None:
    world.fail(CREATION, lost, acts=True)
    world.fail(BACKUP_LISTING, foreign, nth=2)
    run(submit(world))
    assert len(world.requests(CREATION)) == len(world.backups) == 1


def test_without_retry_after_the_pauses_double_up_to_half_a_minute(world: World, run: Runner) -> None:
    world.fail(CREATION, rate_limited(None), times=8)
    run(submit(world))
    assert world.naps == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize("fault", [rate_limited(None), never_sent, server_error])
def test_a_request_that_keeps_failing_is_left_to_the_tasks_next_try(
    world: World, run: Runner, fault: Fault
) -> None:
    world.fail(CREATION, fault, times=1000)
    with pytest.raises(errors.PineconeError, match=r"said so|could not connect"):
        run(submit(world))
    assert SUBMIT_PATIENCE / 2 < world.elapsed < SUBMIT_PATIENCE + 60


@pytest.mark.parametrize("seconds", [SUBMIT_PATIENCE + 1, 86_400])
def test_who_asks_for_more_patience_than_there_is_gets_none(
    world: World, run: Runner, seconds: float
) -> None:
    world.fail(CREATION, rate_limited(seconds))
    with pytest.raises(errors.PineconeRateLimitedError):
        run(submit(world))
    assert world.elapsed == 0


def test_a_bad_name_is_refused_before_anything_is_sent(world: World, run: Runner) -> None:
    with pytest.raises(errors.PineconeInputError, match="name may contain only"):
        BackupPlan(index_name="movies", name="Bad Name", description="d", token="t")
    with pytest.raises(errors.PineconeInputError, match="index_name must be"):
        BackupPlan(index_name="", name="good", description="d", token="t")


FAULTS = st.lists(
    st.tuples(
        st.sampled_from([CREATION, BACKUP_LISTING]),
        st.sampled_from([*OPEN_OUTCOMES, never_sent, rate_limited(3), rate_limited(None)]),
        st.booleans(),
        st.integers(1, 3),
    ),
    max_size=6,
)


@settings(max_examples=150)
@given(faults=FAULTS, lag=st.sampled_from([0.0, 3.0, 9.9]))
def test_whatever_fails_a_run_with_retries_has_one_backup_in_the_end(
    faults: list[tuple[str, Fault, bool, int]], lag: float
) -> None:
    world = World(listing_lag=lag)
    for pattern, fault, acts, times in faults:
        # A server that acts says so in no way that means that it did not.
        acts = acts and fault in OPEN_OUTCOMES
        world.fail(pattern, fault, acts=acts, times=times)
    for _ in range(20):
        try:
            world.drive(submit(world))
        except errors.PineconeError:
            world.pass_time(60)
        else:
            break
    assert len(backups_of_run(world)) == 1
    assert_a_look_before_each_creation(world)


def assert_a_look_before_each_creation(world: World) -> None:
    for (_, before), (_, request) in itertools.pairwise(world.asked):
        if re.search(CREATION, request):
            assert re.search(BACKUP_LISTING, before)


def test_a_retry_gives_a_listing_that_lags_time_to_show_what_the_try_before_made(world: World) -> None:
    world.listing_lag = 5.0
    world.drive(submit(world))
    assert world.drive(submit(world, remembered="new-0")).backup_id == "new-0"
    assert len(world.requests(CREATION)) == 1
