"""People who meddle with a run, and accidents: marks, clears, a second run, a lost try that wakes up."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import psutil
import pytest

from tests.system.airflow_api import DagRun
from tests.system.airflow_process import LocalAirflow
from tests.system.killing import JOURNALS, STALLS
from tests.system.projects import RECORDS
from tests.system.scenarios import PATIENCE, Scenario, new_scenario

Scenarios = dict[str, Scenario]
INDEX = "movies"

BEGUN = {
    "failed": ("backs_up", "restores"),
    "failed-deleting": ("backs_up_deleting", "restores_deleting"),
    "failed-in-worker": ("backs_up_in_worker", "restores_in_worker"),
    "cleared": ("backs_up", "restores"),
    "cleared-deleting": ("backs_up_deleting", "restores_deleting"),
    "twice": ("backs_up", "backs_up"),
}
"""The DAGs that are run for each test. They begin together, since each waits for a while before it defers."""


@pytest.fixture(scope="module")
def begin(
    airflow: LocalAirflow, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Scenario]]:
    """Begin runs of DAGs, in a project of their own."""
    with ExitStack() as stack:

        def begin(name: str, *dag_ids: str, index_name: str = INDEX, at_once: bool = False) -> Scenario:
            directory = tmp_path_factory.mktemp(name)
            scenario = stack.enter_context(new_scenario(airflow, directory, index_names=[index_name]))
            if at_once:
                scenario.project.end_all()
            for dag_id in dag_ids:
                # The runs of one test back up the same index, but no two things can be restored into one.
                target = f"{index_name}-restored" if dag_id.startswith("restores") else index_name
                scenario.begin(dag_id, index_name=target)
            return scenario

        yield begin


@pytest.fixture(scope="module")
def scenarios(begin: Callable[..., Scenario]) -> Scenarios:
    stalled = {name: begin(name, "stalled", index_name=name) for name in STALLS}
    return stalled | {name: begin(name, *dag_ids) for name, dag_ids in BEGUN.items()}


def mark_failed(airflow: LocalAirflow, scenario: Scenario) -> list[str]:
    """Wait until the triggerer waits for the tasks, mark them failed, and wait until their runs have.

    :return: the messages of the tasks' errors, which their logs hold, too.
    """
    scenario.wait_for("deferred", "back_up", "restore")
    for run, task_id in zip(scenario.runs, ("back_up", "restore"), strict=True):
        # A trigger that has not begun is told nothing when its task is ended.
        logs = airflow.home / "logs" / f"dag_id={run.dag_id}" / f"run_id={run.run_id}" / f"task_id={task_id}"
        airflow.wait_until(
            lambda logs=logs: any(logs.glob("*.trigger.*")), timeout=PATIENCE, what="the trigger to begin"
        )
        airflow.api.mark_failed(run.dag_id, run.run_id, task_id)
        assert airflow.wait_for_run(run, timeout=PATIENCE).dag_run.state == "failed"
    return errors(airflow, scenario)


def errors(airflow: LocalAirflow, scenario: Scenario) -> list[str]:
    """Wait for the XCom ``error`` of each task, and return their messages, which their logs hold, too."""
    messages = []
    for run, task_id in zip(scenario.runs, ("back_up", "restore"), strict=True):

        def message(run: DagRun = run, task_id: str = task_id) -> str | None:
            try:
                error = airflow.api.xcom(run.dag_id, run.run_id, task_id, key="error")
            except httpx.HTTPStatusError:
                return None
            told = "".join(airflow.api.log(run.dag_id, run.run_id, task_id))
            return str(error["message"]) if error["message"] in told else None

        airflow.wait_until(lambda: message() is not None, timeout=PATIENCE, what="the error of a task")
        messages.append(message() or "")
    return messages


def test_what_a_task_began_ends_after_the_task_was_marked_failed_unless_it_is_to_be_deleted(
    airflow: LocalAirflow, scenarios: Scenarios
) -> None:
    kept, deleting = scenarios["failed"], scenarios["failed-deleting"]
    backup, restore = mark_failed(airflow, kept)
    assert backup.startswith(f"{INDEX}: the task was marked failed while it waited. Backup ")
    assert backup.endswith(" goes on in Pinecone, which has no call to cancel that.")
    assert f" Index {INDEX}-restored is still being restored in Pinecone" in restore
    for fate in mark_failed(airflow, deleting):
        assert fate.endswith(" was still Initializing, and is deleted.")

    airflow.wait_until(
        lambda: deleting.backups(INDEX)[0] == [] and deleting.project.restored() == {},
        timeout=PATIENCE,
        what="what was begun to be deleted",
    )
    assert kept.backups(INDEX)[0] == ["Initializing"]
    kept.project.end_all()
    assert kept.backups(INDEX)[0] == ["Ready"]
    assert kept.project.rest.read(f"{INDEX}-restored") == RECORDS
    assert kept.project.deletions() == []
    assert kept.project.untouched()
    assert deleting.project.untouched()


def test_a_task_that_is_marked_failed_while_its_worker_waits_says_what_goes_on(
    airflow: LocalAirflow, scenarios: Scenarios
) -> None:
    scenario = scenarios["failed-in-worker"]
    project = scenario.project
    airflow.wait_until(
        lambda: project.backup_posts(INDEX) == 1 and project.restore_posts() == [202],
        timeout=PATIENCE,
        what="the tasks to begin",
    )

    for run, task_id in zip(scenario.runs, ("back_up", "restore"), strict=True):
        airflow.api.mark_failed(run.dag_id, run.run_id, task_id)

    assert [message.split(" in Pinecone")[0].split()[-2:] for message in errors(airflow, scenario)] == [
        ["goes", "on"],
        ["being", "restored"],
    ]
    assert scenario.project.deletions() == []


@pytest.mark.parametrize("name", ["cleared", "cleared-deleting"])
def test_a_task_that_is_cleared_while_deferred_goes_on_with_what_it_began(
    airflow: LocalAirflow, scenarios: Scenarios, name: str
) -> None:
    scenario = scenarios[name]
    scenario.wait_for("deferred", "back_up", "restore")

    for run, task_id in zip(scenario.runs, ("back_up", "restore"), strict=True):
        airflow.api.clear(run.dag_id, run.run_id, task_id)
    scenario.wait_for("deferred", "back_up", "restore", try_number=2)
    scenario.end()

    assert scenario.backups(INDEX)[0] == ["Ready"]
    assert scenario.project.backup_posts(INDEX) == 1
    assert scenario.project.rest.read(f"{INDEX}-restored") == RECORDS
    assert scenario.project.restore_posts() == [202]
    assert scenario.project.deletions() == []
    assert scenario.project.untouched()


def test_a_task_that_is_cleared_while_its_backup_settles_takes_one_backup(
    airflow: LocalAirflow, begin: Callable[..., Scenario]
) -> None:
    scenario = begin("settling", "backs_up_settling", at_once=True)
    [run] = scenario.runs
    scenario.wait_for("deferred", "back_up")
    assert scenario.project.backup_posts(INDEX) == 0

    airflow.api.clear(run.dag_id, run.run_id, "back_up")
    scenario.wait_for("deferred", "back_up", try_number=2)
    scenario.end()

    assert scenario.backups(INDEX) == [["Ready"]]
    assert scenario.project.backup_posts(INDEX) == 1
    assert scenario.project.untouched()


def test_two_runs_at_once_take_a_backup_each(scenarios: Scenarios) -> None:
    scenario = scenarios["twice"]
    scenario.wait_for("deferred", "back_up")

    scenario.end()

    assert scenario.backups(INDEX) == [["Ready"], ["Ready"]]
    assert scenario.project.backup_posts(INDEX) == 2
    assert scenario.project.untouched()


@pytest.mark.parametrize(("dag_id", "backups"), [("backs_up", 2), ("backs_up_reusing", 1)])
def test_a_finished_task_that_is_cleared_takes_a_new_backup_unless_it_is_to_reuse_the_old_one(
    airflow: LocalAirflow, begin: Callable[..., Scenario], dag_id: str, backups: int
) -> None:
    scenario = begin(dag_id, dag_id, at_once=True)
    [run] = scenario.runs
    scenario.end()
    first = airflow.api.xcom(run.dag_id, run.run_id, "back_up")["backup_id"]

    airflow.api.clear(run.dag_id, run.run_id, "back_up")
    scenario.end()

    second = airflow.api.xcom(run.dag_id, run.run_id, "back_up")["backup_id"]
    assert len({first, second}) == backups
    assert scenario.backups(INDEX) == [["Ready"] * backups]
    assert scenario.project.backup_posts(INDEX) == backups
    assert scenario.project.untouched()


@pytest.mark.parametrize(("name", "posts"), [("stalled-waiting", 1), ("stalled-asking", 2)])
def test_a_try_that_was_given_up_and_wakes_up_again_leaves_one_backup(
    airflow: LocalAirflow, scenarios: Scenarios, name: str, posts: int
) -> None:
    scenario = scenarios[name]
    project = scenario.project
    blow = airflow.home / JOURNALS / f"{name}.blow"
    airflow.wait_until(blow.exists, timeout=PATIENCE, what="the first try to be stopped")
    task, supervisor = map(int, blow.read_text().split()[:2])
    scenario.wait_for("running", "back_up", try_number=2)
    airflow.wait_until(lambda: project.backup_posts(name) == 1, timeout=PATIENCE, what="one backup")

    # The task first: its supervisor would end it as soon as it learns that it was given up.
    os.kill(task, signal.SIGCONT)
    airflow.wait_until(
        lambda: project.backup_posts(name) == posts, timeout=PATIENCE, what="the first try to go on"
    )
    os.kill(supervisor, signal.SIGCONT)
    airflow.wait_until(
        lambda: not psutil.pid_exists(task), timeout=PATIENCE, what="the first try to be ended"
    )
    scenario.end()

    assert scenario.backups(name) == [["Ready"]]
    assert len(project.deletions()) == posts - 1
    assert project.untouched()
