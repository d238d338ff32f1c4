"""A restore's progress is what is seen to grow; what is in the way of that is no fault of the wait."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import IndexStats
from airflow_provider_pinecone.flows.deferring import SHORT_WAIT, await_event
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.waiting.measure import MOST_FAULTS
from airflow_provider_pinecone.flows.waiting.restore import Restored, RestoreWait, wait_for_restore
from airflow_provider_pinecone.flows.waiting.terms import Terms
from tests.unit.builders import a_backup, a_job, an_index
from tests.unit.flows.world import START, World, server_error

R = TypeVar("R")

TERMS = Terms(started_at=START, deadline=START + 8 * 3600)


@pytest.fixture(params=[False, True], ids=["alone", "reads ahead"])
def world(request: pytest.FixtureRequest) -> World:
    """A restore of 1,000 records that takes twenty minutes."""
    world = World(reads_ahead=request.param)
    world.add(
        a_backup("bkp-1", record_count=1000),
        a_job("job-1", created_at=None),
        an_index("restored", state="Initializing"),
    )

    def end() -> None:
        world.end_job("job-1")
        world.end_index("restored")

    world.later(1200, end)
    return world


class Growing:
    """Answers for the target's statistics; the world for the rest."""

    def __init__(
        self,
        world: World,
        *,
        begins: float = 0.0,
        seconds: float = 1200.0,
        grows: bool = True,
        failing: Collection[int] = (),
    ) -> None:
        self.world = world
        self.begins = begins
        self.seconds = seconds
        self.grows = grows
        self.failing = failing
        self.measured = 0
        self._otherwise, world.answer = world.answer, self.answer  # type: ignore[method-assign] # a test's own answers

    def drive(self, flow: Flow[R]) -> R:
        return self.world.drive(flow)

    def answer(self, call: Call[Any]) -> Any:
        if call.path == "/describe_index_stats":
            self.measured += 1
            if self.measured in self.failing:
                raise server_error(call)
            part = (self.world.elapsed - self.begins) / (self.seconds - self.begins)
            part = min(max(part, 0.0), 1.0 if self.grows else 0.0)
            return IndexStats(total_vector_count=int(1000 * part), namespaces={})
        return self._otherwise(call)


def wait(
    world: World, *, percent_complete: float = 100.0, poll_interval: float | None = None
) -> Flow[Restored | None]:
    return wait_for_restore(
        "job-1",
        index_name="restored",
        percent_complete=percent_complete,
        terms=replace(TERMS, poll_interval=poll_interval),
        clock=world.clock,
    )


def bars(world: World) -> list[str]:
    return [line for line in world.lines if "[" in line]


def test_growth_is_shown_in_tenths(world: World) -> None:
    Growing(world).drive(wait(world, poll_interval=1.0))
    tenths = [re.findall(r"(\d+)%", bar)[0][:-1] for bar in bars(world)]
    assert 6 <= len(tenths) == len(set(tenths))
    assert "of 1,000 records" in bars(world)[0]
    assert bars(world)[0].startswith("Restore job job-1: [")


def test_growth_changes_nothing_about_when_a_wait_looks(world: World) -> None:
    Growing(world).drive(wait(world))
    blind = World()
    blind.add(a_backup("bkp-1"), a_job("job-1", created_at=None), an_index("restored"))
    blind.later(1200, lambda: blind.end_job("job-1"))
    Growing(blind, grows=False).drive(wait(blind))
    looks = r"^GET /restore-jobs/"
    assert world.requests(looks) == blind.requests(looks)


@pytest.mark.parametrize("grows", [True, False])
def test_measuring_costs_few_requests_however_often_a_wait_looks(world: World, grows: bool) -> None:
    growing = Growing(world, grows=grows)
    growing.drive(wait(world, poll_interval=1.0))
    assert growing.measured <= 35
    assert len(world.requests(r"^GET /(backups|indexes)/")) == 3


def test_what_never_grows_is_not_shown_and_asked_for_less_and_less(world: World) -> None:
    growing = Growing(world, grows=False)
    growing.drive(wait(world))
    assert bars(world) == []
    assert 5 <= growing.measured <= 10


@pytest.mark.parametrize("begins", [45.0, 60.0, 300.0, 600.0])
def test_growth_that_begins_late_is_shown_and_the_end_noticed_soon(world: World, begins: float) -> None:
    Growing(world, begins=begins).drive(wait(world))
    assert bars(world)
    assert world.elapsed <= 1200 * 1.05 + 2


def test_a_few_faults_in_the_way_of_measuring_are_borne(world: World) -> None:
    Growing(world, failing=(1, 2, 4, 5)).drive(wait(world))
    assert len(bars(world)) >= 2


def test_what_keeps_failing_is_measured_no_more(world: World) -> None:
    growing = Growing(world, failing=range(1000))
    growing.drive(wait(world))
    assert growing.measured == MOST_FAULTS


def test_what_the_api_itself_reports_is_shown_and_not_measured(world: World) -> None:
    world.later(300, lambda: world.add(a_job("job-1", created_at=None, percent_complete=42.0)))
    growing = Growing(world, begins=600)
    growing.drive(wait(world))
    assert any("Pending, 42%" in line for line in world.lines)
    assert bars(world) == []


@pytest.mark.parametrize("pattern", ["^GET /backups/", "^GET /indexes/restored$"])
def test_what_cannot_be_measured_is_waited_for_all_the_same(world: World, pattern: str) -> None:
    world.fail(pattern, server_error, times=MOST_FAULTS)
    end = Growing(world).drive(wait(world))
    assert end is not None
    assert end.index is not None


def test_measured_growth_meets_a_threshold(world: World) -> None:
    end = Growing(world).drive(wait(world, percent_complete=40.0))
    assert end is not None
    assert 480 <= world.elapsed < 1000


def test_full_growth_is_not_the_end_before_the_api_says_so(world: World) -> None:
    Growing(world, seconds=300).drive(wait(world))
    assert world.elapsed >= 1200


def test_a_short_restore_is_not_measured() -> None:
    world = World()
    world.add(a_backup("bkp-1"), a_job("job-1", created_at=None), an_index("restored"))
    world.later(20, lambda: world.end_job("job-1"))
    growing = Growing(world)
    growing.drive(wait(world))
    assert growing.measured == 0


@pytest.mark.parametrize("reported", [None, 0.0, -1.0])
def test_a_percentage_of_nothing_is_no_reason_not_to_count(world: World, reported: float | None) -> None:
    world.add(replace(world.jobs["job-1"], percent_complete=reported))
    end = Growing(world).drive(wait(world, percent_complete=40.0))
    assert end is not None
    assert end.job is not None
    assert (end.job.status, world.elapsed < 600) == ("Pending", True)


@pytest.mark.parametrize("threshold", [1.0, 40.0, 90.0])
def test_a_threshold_that_the_triggerer_sees_met_is_met_for_the_worker_that_resumes(
    world: World, threshold: float
) -> None:
    growing = Growing(world)
    deferred = RestoreWait(
        started_at=START,
        deadline=TERMS.deadline,
        restore_job_id="job-1",
        index_name="restored",
        percent_complete=threshold,
    )

    event = await_event(deferred, poll_interval=None, history=None, clock=world.clock)
    assert growing.drive(event) is None
    assert 12 * threshold <= world.elapsed < 1200

    terms = replace(TERMS, pause_at=world.now + SHORT_WAIT)
    end = growing.drive(deferred.until_end(terms=terms, clock=world.clock))
    assert end is not None
    assert end.job is not None
    assert end.job.status == "Pending"


def test_a_full_count_meets_no_threshold_before_the_end(world: World) -> None:
    growing = Growing(world, seconds=1.0)
    end = growing.drive(wait(world, percent_complete=40.0))
    assert end is not None
    assert world.elapsed >= 1200
