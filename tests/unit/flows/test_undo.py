"""What is unfinished is deleted on demand, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_pinecone.flows.undo import delete_unfinished_backup, delete_unfinished_index
from airflow_provider_pinecone.policies.identity import RUN_TAG, Run
from tests.unit.builders import NOON, a_backup, an_index
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import World

BEFORE = Run(deployment="prod", dag_id="nightly", task_id="backup", run_id="r1", moment=NOON)
RUN = replace(BEFORE, generation=1)
TOKENS = {RUN.token("movies"), *RUN.earlier_tokens("movies")}
OURS = {"description": RUN.description("movies")}


@pytest.mark.parametrize("maker", [RUN, BEFORE], ids=["of this generation", "adopted"])
def test_an_initializing_backup_is_deleted(world: World, run: Runner, maker: Run) -> None:
    mine = a_backup("mine", status="Initializing", description=maker.description("movies"))
    world.add(mine, a_backup("by-hand"))
    run(delete_unfinished_backup("mine", tokens=TOKENS))
    assert set(world.backups) == {"by-hand"}
    assert world.warnings == ["Backup mine was still Initializing, and is deleted."]


@pytest.mark.parametrize(
    "backup",
    [
        a_backup("mine", status="Ready", **OURS),
        a_backup("mine", status="InitializationFailed", **OURS),
        a_backup("mine", status="Initializing", description="by hand"),
    ],
)
def test_any_other_backup_stays(world: World, run: Runner, backup: Any) -> None:
    world.add(backup)
    run(delete_unfinished_backup("mine", tokens=TOKENS))
    assert set(world.backups) == {"mine"}


@pytest.mark.parametrize("maker", [RUN, BEFORE], ids=["of this generation", "adopted"])
def test_an_index_in_the_making_is_deleted(world: World, run: Runner, maker: Run) -> None:
    world.add(an_index(state="Initializing", tags={RUN_TAG: maker.token("movies")}), an_index("another"))
    run(delete_unfinished_index("restored", tokens=TOKENS))
    assert set(world.indexes) == {"another"}


@pytest.mark.parametrize(
    "index",
    [
        an_index(tags={RUN_TAG: RUN.token("movies")}),
        an_index(state="Initializing", tags={RUN_TAG: "b" * 32}),
        an_index(state="Initializing"),
        an_index(state="Terminating", tags={RUN_TAG: RUN.token("movies")}),
        an_index(state="ScalingUp", tags={RUN_TAG: BEFORE.token("movies")}),
    ],
)
def test_any_other_index_stays(world: World, run: Runner, index: Any) -> None:
    world.add(index)
    run(delete_unfinished_index("restored", tokens=TOKENS))
    assert set(world.indexes) == {"restored"}


def test_what_is_gone_already_is_said_so(world: World, run: Runner) -> None:
    run(delete_unfinished_backup("mine", tokens=TOKENS))
    run(delete_unfinished_index("restored", tokens=TOKENS))
    assert world.lines == ["Backup mine is gone already.", "Index restored is gone already."]
