"""A restore's progress is what is seen to grow; what is in the way of that is no fault of the wait."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_pinecone.api.models import IndexStats
from airflow_provider_pinecone.flows.measure import MOST_IN_VAIN
from airflow_provider_pinecone.flows.steps import Flow, Send, Step, drive
from airflow_provider_pinecone.flows.wait import Restored, wait_for_restore
from airflow_provider_pinecone.flows.watch import Terms
from tests.unit.builders import a_backup, a_job, an_index
from tests.unit.flows.world import START, World, server_error

TERMS = Terms(started_at=START, deadline=START + 8 * 3600)


@pytest.fixture
def world() -> World:
    """A restore of 1,000 records that takes twenty minutes."""
    world = World()
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

    def __init__(self, world: World, *, seconds: float = 1200.0, grows: bool = True) -> None:
        self.world = world
        self.seconds = seconds
        self.grows = grows
        self.measured = 0

    def perform(self, step: Step) -> Any:
        if isinstance(step, Send) and step.call.path == "/describe_index_stats":
            self.measured += 1
            part = min(1.0, self.world.elapsed / self.seconds) if self.grows else 0.0
            return IndexStats(total_vector_count=int(1000 * part), namespaces={})
        return self.world.perform(step)


def wait(world: World, *, enough_percent: float = 100.0) -> Flow[Restored | None]:
    return wait_for_restore(
        "job-1", index_name="restored", enough_percent=enough_percent, terms=TERMS, clock=world.clock
    )


def bars(world: World) -> list[str]:
    return [line for line in world.lines if "[" in line]


def test_growth_is_shown_in_tenths(world: World) -> None:
    drive(wait(world), perform=Growing(world).perform)
    assert len(bars(world)) >= 2
    assert "of 1,000 records" in bars(world)[0]
    assert bars(world)[0].startswith("Restore job job-1: [")


def test_growth_saves_looks(world: World) -> None:
    drive(wait(world), perform=Growing(world).perform)
    looks = len(world.requests("^GET /restore-jobs/"))
    blind = World()
    blind.add(a_backup("bkp-1"), a_job("job-1", created_at=None), an_index("restored"))
    blind.later(1200, lambda: blind.end_job("job-1"))
    drive(wait(blind), perform=Growing(blind, grows=False).perform)
    assert looks < len(blind.requests("^GET /restore-jobs/")) / 2


def test_what_never_grows_is_not_shown_and_soon_not_asked_for(world: World) -> None:
    growing = Growing(world, grows=False)
    drive(wait(world), perform=growing.perform)
    assert bars(world) == []
    assert growing.measured == MOST_IN_VAIN


@pytest.mark.parametrize("pattern", ["^GET /backups/", "^GET /indexes/restored$"])
def test_what_cannot_be_measured_is_waited_for_all_the_same(world: World, pattern: str) -> None:
    world.fail(pattern, server_error, times=MOST_IN_VAIN)
    end = drive(wait(world), perform=Growing(world).perform)
    assert end is not None
    assert end.index is not None


def test_measured_growth_meets_a_threshold(world: World) -> None:
    end = drive(wait(world, enough_percent=40.0), perform=Growing(world).perform)
    assert end is not None
    assert 480 <= world.elapsed < 1000


def test_full_growth_is_not_the_end_before_the_api_says_so(world: World) -> None:
    drive(wait(world), perform=Growing(world, seconds=300).perform)
    assert world.elapsed >= 1200


def test_a_short_restore_is_not_measured() -> None:
    world = World()
    world.add(a_backup("bkp-1"), a_job("job-1", created_at=None), an_index("restored"))
    world.later(20, lambda: world.end_job("job-1"))
    growing = Growing(world)
    drive(wait(world), perform=growing.perform)
    assert growing.measured == 0
