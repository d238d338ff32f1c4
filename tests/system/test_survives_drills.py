"""Drills whose worker, triggerer or scheduler is killed: in the end no index is left but those of people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.system.airflow_api import DagRun
from tests.system.airflow_process import FinishedRun, LocalAirflow
from tests.system.drilling import DEATHS
from tests.system.projects import A_LONG_TIME, Project, new_project
from tests.system.scenarios import PATIENCE

LOSSES = ("triggerer", "scheduler")
TASKS = ("prepare", "restore", "verify", "clean_up", "done")
CLEAN_UP = {"prepare": "upstream_failed", "restore": "success", "verify": "success", "clean_up": "failed"}
"""How the clean-up ends if a task's worker is killed."""

TAG = "airflow-provider-pinecone-drill"
OF_A_PERSON = {
    "restored-by-a-person": {TAG: "1a2b3c4d 20260301T120000Z"},
    "airflow-drill-of-a-person": {},
    "airflow-drill-source-5e6f7a8b": {TAG: "1a2b3c4d 20260301T120000Z"},
}
"""Indexes that look like leftovers of a drill, and are none."""


class Drilled:
    """A project, and the drills in it."""

    def __init__(self, airflow: LocalAirflow, project: Project, *, name: str) -> None:
        self.airflow = airflow
        self.project = project
        self._conn_id = f"drill_{name}"
        airflow.api.add_connection(self._conn_id, **project.emulator.connection_fields)
        for index_name, tags in OF_A_PERSON.items():
            project.rest.create_index(index_name, dimension=2, tags=tags)

    def begin(self, dag_id: str, *, victim: str = "") -> DagRun:
        """Begin a drill, in which the worker of one task dies."""
        return self.airflow.trigger(dag_id, {"conn_id": self._conn_id, "victim": victim})

    def end(self, run: DagRun) -> FinishedRun:
        return self.airflow.wait_for_run(run, timeout=PATIENCE)

    def left(self) -> list[str]:
        """The indexes that drills have left."""
        assert self.project.untouched()
        assert OF_A_PERSON.keys() <= self.project.rest.indexes().keys()
        return list(self.project.restored())


def states(run: FinishedRun) -> dict[str, str | None]:
    by_id = {task.task_id: task.state for task in run.task_instances}
    return {task: by_id[f"restore_drill.{task}"] for task in TASKS}


def replace(airflow: LocalAirflow, component: str) -> None:
    airflow.kill(component)
    airflow.wait_until(
        lambda: airflow.api.health()[component] == "unhealthy",
        timeout=PATIENCE,
        what=f"the {component} to be known as dead",
    )
    airflow.start(component)


@pytest.fixture(scope="module")
def drilled(airflow: LocalAirflow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Drilled]]:
    """A project for each death: those of workers, in which restores take no time, and the others."""
    with ExitStack() as stack:
        yield {
            name: Drilled(
                airflow,
                stack.enter_context(
                    new_project(tmp_path_factory.mktemp(f"drill-{name}"), index_names=[], seconds=seconds)
                ),
                name=name,
            )
            for names, seconds in (([*DEATHS, "row"], 0.0), ([*LOSSES, "marked"], A_LONG_TIME))
            for name in names
        }


def test_a_drill_whose_restore_somebody_marks_failed_deletes_the_unfinished_index(
    airflow: LocalAirflow, drilled: dict[str, Drilled]
) -> None:
    scene = drilled["marked"]
    run = scene.begin("drilled")
    airflow.wait_for_tasks(run, "restore_drill.restore", state="deferred", timeout=PATIENCE)
    assert len(scene.left()) == 1

    airflow.api.mark_failed(run.dag_id, run.run_id, "restore_drill.restore")

    fates = states(scene.end(run))
    assert (fates["verify"], fates["clean_up"], fates["done"]) == (
        "upstream_failed",
        "success",
        "upstream_failed",
    )
    assert scene.left() == []


def test_a_drill_that_fails_fails_the_run_and_keeps_no_other_from_its_turn(
    drilled: dict[str, Drilled],
) -> None:
    scene = drilled["row"]
    run = scene.end(scene.begin("drilled_in_a_row", victim="first.verify"))
    by_id = {task.task_id: task.state for task in run.task_instances}
    assert not run.succeeded
    assert by_id == {
        "first.prepare": "success",
        "first.restore": "success",
        "first.verify": "failed",
        "first.clean_up": "success",
        "first.done": "upstream_failed",
        **{f"second.{task}": "success" for task in TASKS},
    }
    asked = [(entry["method"], entry["path"]) for entry in scene.project.emulator.requests()]
    made = [n for n, (method, path) in enumerate(asked) if path.endswith("/create-index")]
    deleted = [n for n, (method, path) in enumerate(asked) if method == "DELETE"]
    assert made[0] < deleted[0] < made[1] < deleted[1]
    assert scene.left() == []


@pytest.fixture(scope="module")
def killed(drilled: dict[str, Drilled]) -> dict[str, FinishedRun]:
    """A run for each task, whose worker is killed."""
    begun = {victim: drilled[victim].begin("drilled_briefly", victim=victim) for victim in DEATHS}
    return {victim: drilled[victim].end(run) for victim, run in begun.items()}


@pytest.mark.parametrize("victim", DEATHS)
def test_a_drill_whose_worker_is_killed_fails_and_leaves_nothing_after_the_next_run(
    drilled: dict[str, Drilled], killed: dict[str, FinishedRun], victim: str
) -> None:
    scene, run = drilled[victim], killed[victim]
    fates = states(run)
    assert not run.succeeded
    assert (fates[victim], fates["clean_up"], fates["done"]) == (
        "failed",
        CLEAN_UP[victim],
        "upstream_failed",
    )
    assert len(scene.left()) == (1 if victim == "clean_up" else 0)

    following = scene.end(scene.begin("drilled_briefly"))

    assert following.succeeded
    assert scene.left() == []


@pytest.mark.parametrize("lost", LOSSES)
def test_a_drill_goes_on_after_a_part_of_airflow_was_killed_and_leaves_nothing(
    airflow: LocalAirflow, drilled: dict[str, Drilled], lost: str
) -> None:
    scene = drilled[lost]
    run = scene.begin("drilled")
    airflow.wait_for_tasks(run, "restore_drill.restore", state="deferred", timeout=PATIENCE)
    assert len(scene.left()) == 1

    replace(airflow, lost)
    scene.project.end_all()
    finished = scene.end(run)

    airflow.require_success(finished)
    assert scene.left() == []
    following = scene.end(scene.begin("drilled"))
    assert following.succeeded
    assert scene.left() == []
