"""A backup is requested once it includes the data, unless the run has one already."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.flows.attempt import Deferred, Submitted, Unsettled, begin
from airflow_provider_pinecone.flows.deferring import SHORT_WAIT, WaitOptions
from airflow_provider_pinecone.flows.finish_backup import backup_attempt
from airflow_provider_pinecone.flows.once import SUBMIT_PATIENCE
from airflow_provider_pinecone.flows.submit_backup import BackupPlan
from airflow_provider_pinecone.policies.identity import Run
from airflow_provider_pinecone.policies.write_lag import WriteLag
from tests.unit.builders import NOON, a_backup
from tests.unit.flows.world import BACKUP_LISTING, CREATION, START, World, key_refused, server_error

RUN = Run(deployment="prod", dag_id="nightly", task_id="backup", run_id="r1", moment=NOON)
PLAN = BackupPlan(
    index_name="movies",
    name=RUN.backup_name("movies"),
    description=RUN.description("movies"),
    token=RUN.token("movies"),
)
SECONDS = 900.0
DEFERRABLE = WaitOptions(timeout=3600.0, deferrable=True)
IN_WORKER = WaitOptions(timeout=None)


def begun(
    world: World, *, written: float = 0.0, options: WaitOptions = DEFERRABLE, is_assumed: bool = False
) -> Any:
    """Begin a try.

    :param written: when the data was written, in seconds from the start of the world.
    """
    lag = WriteLag(written_at=START + written, seconds=SECONDS, is_assumed=is_assumed)
    return world.drive(begin(backup_attempt(PLAN, lag=lag), options=options, clock=world.clock))


def requested_at(world: World) -> list[float]:
    return [at - START for at, request in world.asked if request.startswith("POST")]


def foreign(call: Any) -> errors.PineconeError:
    return errors.PineconeForeignAnswerError("answered HTML.", method=call.method, path=call.path)


def test_a_deferrable_task_defers_until_a_backup_includes_the_data(world: World) -> None:
    assert begun(world, written=-100.0) == Unsettled(START + 800.0)
    assert (world.elapsed, world.requests(CREATION)) == (0.0, [])


def test_after_that_the_run_looks_again_and_requests_its_backup(world: World) -> None:
    settling = begun(world)
    world.pass_time(settling.until - world.now)
    assert isinstance(begun(world), Deferred)
    assert requested_at(world) == [SECONDS]
    looks = [at - START for at, request in world.asked if "GET /indexes/movies/backups" in request]
    assert looks == [0.0, SECONDS]


def test_any_other_task_waits_in_its_worker(world: World) -> None:
    assert isinstance(begun(world, written=-100.0, options=IN_WORKER), Submitted)
    assert requested_at(world) == [800.0]
    looks = [at - START for at, request in world.asked if "GET /indexes/movies/backups" in request]
    assert looks == [0.0, 800.0]


def test_a_short_rest_stays_in_the_worker(world: World) -> None:
    assert isinstance(begun(world, written=SHORT_WAIT - SECONDS), Deferred)
    assert requested_at(world) == [SHORT_WAIT]


@pytest.mark.parametrize("written", [-SECONDS, -10 * SECONDS])
def test_what_is_old_enough_is_backed_up_at_once(world: World, written: float) -> None:
    begun(world, written=written)
    assert requested_at(world) == [0.0]
    assert len(world.requests(BACKUP_LISTING)) == 1


@pytest.mark.parametrize("options", [DEFERRABLE, IN_WORKER])
def test_a_retry_that_finds_its_runs_backup_does_not_wait(world: World, options: WaitOptions) -> None:
    world.add(a_backup("mine", status="Initializing", description=RUN.description("movies")))
    started = begun(world, options=options)
    assert isinstance(started, Submitted if options is IN_WORKER else Deferred)
    assert world.elapsed <= SHORT_WAIT
    assert world.requests(CREATION) == []


def test_a_backup_that_another_attempt_requests_meanwhile_is_adopted(world: World) -> None:
    mine = a_backup("mine", status="Initializing", description=RUN.description("movies"))
    world.later(SECONDS / 2, lambda: world.add(mine))
    begun(world, options=IN_WORKER)
    assert world.requests(CREATION) == []
    assert world.remembered == {"backup_id": "mine"}


def test_the_log_says_why_and_until_when(world: World) -> None:
    begun(world, written=-100.0)
    assert world.lines == [
        "Index movies was written to until 2026-03-01 11:58:20 UTC. A backup lacks the writes of the last "
        "15 min 0 s: requesting it at 12:13:20 UTC."
    ]


def test_the_log_says_if_nobody_told_when_the_data_was_written(world: World) -> None:
    begun(world, is_assumed=True)
    assert world.lines[0].startswith(
        "Index movies was written to possibly until 2026-03-01 12:00:00 UTC, when this run started. A backup"
    )


def test_faults_of_the_first_look_are_waited_out(world: World) -> None:
    world.fail(BACKUP_LISTING, server_error, times=3)
    assert begun(world) == Unsettled(START + SECONDS)
    assert len(world.warnings) == 3


def test_faults_that_do_not_pass_end_the_try_before_the_wait(world: World) -> None:
    world.fail(BACKUP_LISTING, server_error, times=1000)
    with pytest.raises(errors.PineconeServerError):
        begun(world)
    assert world.elapsed <= SUBMIT_PATIENCE


@pytest.mark.parametrize("fault", [key_refused, foreign])
def test_a_wrong_key_or_host_is_no_reason_to_wait(world: World, fault: Any) -> None:
    world.fail(BACKUP_LISTING, fault)
    with pytest.raises((errors.PineconeAuthError, errors.PineconeForeignAnswerError)):
        begun(world)
    assert world.elapsed == 0.0


def test_a_missing_index_is_told_of_before_the_wait(world: World) -> None:
    world.index_names = ()
    with pytest.raises(errors.PineconeNotFoundError):
        begun(world)
    assert world.elapsed == 0.0
