"""A restore has ended when the run's own index is ready, whatever else bears the name."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.flows.attempt import Ended
from airflow_provider_pinecone.flows.choose import Source
from airflow_provider_pinecone.flows.finish_restore import finish_restore
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.submit_restore import RestorePlan
from airflow_provider_pinecone.flows.waiting.restore import Restored, RestoreWait
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.policies.identity import RUN_TAG
from tests.unit.builders import a_job, an_index
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import START, World

TOKEN = "a" * 32
PLAN = RestorePlan(index_name="restored", source=Source(backup_id="bkp-1"), token=TOKEN)
TERMS = Terms(started_at=START, deadline=START + 3600)
OURS = {RUN_TAG: TOKEN}
FULL = {f"t{number}": "x" for number in range(20)}


def finish(world: World, job: str | None = "job-1") -> Flow[Restored]:
    wait = RestoreWait(started_at=START, deadline=START + 3600, restore_job_id=job, index_name="restored")
    finished = yield from finish_restore(PLAN, wait, is_found=False, terms=TERMS, clock=world.clock)
    assert isinstance(finished, Ended)
    return finished.end


def test_it_ends_with_the_job_and_the_index(world: World, run: Runner) -> None:
    world.add(a_job(status="Completed"), an_index(tags=OURS))
    end = run(finish(world))
    assert end == Restored(restore_job_id="job-1", job=world.jobs["job-1"], index=world.indexes["restored"])
    assert world.lines[-1] == "The host of index restored is https://restored.svc.pinecone.io."


@pytest.mark.parametrize(
    "foreign",
    [an_index(tags={RUN_TAG: "b" * 32}), an_index(tags=FULL), an_index("another", tags=OURS)],
    ids=["tag", "no tag", "name"],
)
def test_an_index_of_another_run_is_not_the_end(world: World, run: Runner, foreign: Any) -> None:
    world.add(a_job(status="Completed", target_index_name=foreign.name), foreign)
    with pytest.raises(errors.PineconeGoneError, match="not this run's restore"):
        run(finish(world))


def test_without_a_job_the_index_tells_and_that_is_said(world: World, run: Runner) -> None:
    world.add(an_index(tags=OURS))
    assert run(finish(world, None)).job is None
    assert world.warnings == ["The restore job could not be read; judged by its index, which is ready."]
