"""A restore is waited for by its job, and by its index where the job cannot be read or is done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.waiting.patience import MOST_MISSES
from airflow_provider_pinecone.flows.waiting.restore import Restored, wait_for_restore
from airflow_provider_pinecone.flows.waiting.terms import Terms
from tests.unit.builders import a_job, an_index
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import START, World, not_found, server_error

JOB_READING = r"^GET /restore-jobs/job-1$"
INDEX_READING = r"^GET /indexes/restored$"
TERMS = Terms(started_at=START, deadline=START + 3600, poll_interval=10)


@pytest.fixture
def world() -> World:
    world = World()
    world.add(a_job("job-1"), an_index("restored", state="Initializing"))
    return world


def wait(world: World, *, job: str | None = "job-1", **more: Any) -> Flow[Restored | None]:
    terms = replace(TERMS, **more.pop("terms", {}))
    return wait_for_restore(job, **{"index_name": "restored", "terms": terms, "clock": world.clock, **more})


def finish(world: World, *, job_after: float = 30, index_after: float = 30) -> None:
    world.later(job_after, lambda: world.end_job("job-1"))
    world.later(index_after, lambda: world.end_index("restored"))


def test_a_restore_is_done_when_its_job_is_and_its_index_ready(world: World, run: Runner) -> None:
    finish(world)
    restored = run(wait(world))
    assert restored == Restored(
        restore_job_id="job-1", job=world.jobs["job-1"], index=world.indexes["restored"]
    )
    assert world.elapsed == 30
    assert world.lines == [
        "Restore job job-1: Pending after 0 s.",
        "Restore job job-1: target index Ready after 30 s.",
    ]


def test_the_index_is_not_asked_for_before_the_job_is_done(world: World, run: Runner) -> None:
    finish(world, job_after=100, index_after=100)
    run(wait(world))
    assert len(world.requests(INDEX_READING)) == 1


def test_a_completed_job_whose_index_is_not_ready_yet_is_waited_on(world: World, run: Runner) -> None:
    finish(world, job_after=10, index_after=60)
    assert run(wait(world)).index.ready
    assert world.elapsed == 60
    assert "target index Initializing" in world.lines[1]


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Exploded"])
def test_any_other_end_of_the_job_is_a_failure_that_tells_it(world: World, run: Runner, status: str) -> None:
    world.later(30, lambda: world.end_job("job-1", status))
    with pytest.raises(
        errors.PineconeRestoreFailedError,
        match=f"^restored: restore failed: {status} after 30 s.* Restore job job-1\\.$",
    ):
        run(wait(world))


@pytest.mark.parametrize("state", ["InitializationFailed", "Failed", "Terminating", "Disabled", "Exploded"])
def test_a_completed_job_whose_index_failed_is_a_failure(world: World, run: Runner, state: str) -> None:
    world.end_job("job-1")
    world.end_index("restored", state)
    with pytest.raises(
        errors.PineconeRestoreFailedError, match=f"restored: restore failed: target index {state}"
    ):
        run(wait(world))


def test_a_job_that_cannot_be_read_is_judged_by_its_index(world: World, run: Runner) -> None:
    world.jobs.clear()
    world.later(30, lambda: world.end_index("restored"))
    assert run(wait(world)) == Restored(restore_job_id="job-1", job=None, index=world.indexes["restored"])
    assert world.elapsed == 30


def test_a_job_that_was_read_before_tells_which_index_to_judge_by(world: World, run: Runner) -> None:
    world.later(15, world.jobs.clear)
    world.later(30, lambda: world.end_index("restored"))
    assert run(wait(world, index_name=None)).index == world.indexes["restored"]


def test_passing_404s_of_the_job_change_nothing(world: World, run: Runner) -> None:
    world.fail(JOB_READING, not_found, times=50)
    finish(world, job_after=600, index_after=600)
    assert run(wait(world)).job is not None


def test_a_job_that_failed_while_it_could_not_be_read_is_noticed(world: World, run: Runner) -> None:
    world.fail(JOB_READING, not_found, nth=2)
    world.later(15, lambda: world.end_job("job-1", "Failed"))
    with pytest.raises(errors.PineconeRestoreFailedError, match="Failed after 20 s"):
        run(wait(world))


def test_without_a_job_the_index_alone_tells(world: World, run: Runner) -> None:
    world.later(30, lambda: world.end_index("restored"))
    assert run(wait(world, job=None)) == Restored(
        restore_job_id=None, job=None, index=world.indexes["restored"]
    )
    assert world.requests("restore-jobs") == []
    assert world.lines[0].startswith("The restore of index restored: target index Initializing")


@pytest.mark.parametrize("index_name", ["restored", None])
def test_where_neither_is_found_for_a_minute_it_is_gone(
    world: World, run: Runner, index_name: str | None
) -> None:
    world.jobs.clear()
    world.indexes.clear()
    with pytest.raises(errors.PineconeGoneError, match=r"ot found, \d+ times in 1 min"):
        run(wait(world, index_name=index_name))
    assert 60 <= world.elapsed < 65


def test_a_completed_job_whose_index_was_deleted_is_gone(world: World, run: Runner) -> None:
    world.end_job("job-1")
    world.indexes.clear()
    with pytest.raises(errors.PineconeGoneError, match=r"^Target index not found, \d+ times in 1 min"):
        run(wait(world))


def test_an_index_that_shows_late_is_waited_for(world: World, run: Runner) -> None:
    world.end_job("job-1")
    world.end_index("restored")
    world.fail(INDEX_READING, not_found, times=MOST_MISSES - 1)
    assert run(wait(world)).index.ready


def test_part_of_the_job_can_be_enough_and_then_the_index_does_not_matter(world: World, run: Runner) -> None:
    world.later(20, lambda: world.add(a_job("job-1", percent_complete=60.0)))
    restored = run(wait(world, percent_complete=50))
    assert (restored.job.percent_complete, restored.index) == (60.0, None)
    assert world.requests(INDEX_READING) == []


def test_completed_is_enough_even_where_no_percentage_is_told(world: World, run: Runner) -> None:
    finish(world, job_after=30, index_after=300)
    assert run(wait(world, percent_complete=50)).job.status == "Completed"
    assert world.elapsed == 30


def test_progress_is_told(world: World, run: Runner) -> None:
    world.later(5, lambda: world.add(a_job("job-1", percent_complete=42.5)))
    finish(world, job_after=20, index_after=20)
    run(wait(world))
    assert world.lines[1] == "Restore job job-1: Pending, 42.5% after 10 s."


def test_faults_of_either_reading_end_no_wait(world: World, run: Runner) -> None:
    world.fail(JOB_READING, server_error, times=5)
    world.fail(INDEX_READING, server_error, times=5)
    finish(world)
    assert run(wait(world)).index.ready
    assert len(world.warnings) == 10


def test_it_ends_at_its_deadline(world: World, run: Runner) -> None:
    with pytest.raises(errors.PineconeWaitTimeoutError, match=r"Last seen: Pending\. Restore job job-1\.$"):
        run(wait(world))
    assert world.elapsed == 3600


def test_it_stops_for_now_where_it_is_told(world: World, run: Runner) -> None:
    assert run(wait(world, terms={"pause_at": START + 10})) is None
