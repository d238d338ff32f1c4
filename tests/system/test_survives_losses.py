"""Parts of Airflow that are lost while tasks wait: triggerer, scheduler, metadata database."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from tests.system.airflow_process import LocalAirflow
from tests.system.postgres_process import Postgres
from tests.system.projects import RECORDS
from tests.system.scenarios import IN_TRIGGERER, IN_WORKER, PATIENCE, Scenario, new_scenario

LOSSES = ("triggerer", "scheduler", "database")
WORKER_TASKS = ("back_up_in_worker", "restore_in_worker")
DATABASE_IS_AWAY_SECONDS = 5.0
WAITED_FOR = re.compile(r"(?:Backup|Restore job) [0-9a-f-]{36}")


@pytest.fixture(scope="module")
def scenarios(
    airflow: LocalAirflow, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Scenario]]:
    """A waiting run for each loss. All wait at once, so the later ones survive the earlier losses, too."""
    with ExitStack() as stack:
        scenarios = {
            loss: stack.enter_context(
                new_scenario(airflow, tmp_path_factory.mktemp(loss), index_names=[*IN_TRIGGERER, IN_WORKER])
            )
            for loss in LOSSES
        }
        for scenario in scenarios.values():
            scenario.begin("waiting")
        for scenario in scenarios.values():
            scenario.wait_for("deferred", "back_up_in_triggerer", "restore_in_triggerer")
            scenario.wait_for("running", *WORKER_TASKS)
        yield scenarios


def require_exactly_once(scenario: Scenario) -> None:
    """End the run, and see that it made each thing once."""
    [run] = scenario.end()
    print("\nTries:", ", ".join(f"{task.label} {task.try_number}" for task in run.task_instances))
    for index_name in (*IN_TRIGGERER, IN_WORKER):
        assert scenario.backups(index_name) == [["Ready"]]
        assert scenario.project.backup_posts(index_name) == 1
    for place in ("triggerer", "worker"):
        assert scenario.project.restores_into(f"restored-in-{place}") == 1
        assert scenario.project.rest.read(f"restored-in-{place}") == RECORDS
    assert scenario.project.restore_posts() == [202, 202]
    assert scenario.project.untouched()


def wait_for_looks(airflow: LocalAirflow, scenario: Scenario, index_names: Sequence[str]) -> None:
    """Wait until the backups of these indexes are looked at again."""
    [run] = scenario.runs
    backups = [scenario.project.backups_of(index_name, run.run_id) for index_name in index_names]

    def looks() -> list[int]:
        return [scenario.project.reads(backup["backup_id"]) for [backup] in backups]

    before = looks()
    airflow.wait_until(
        lambda: all(now > then for now, then in zip(looks(), before, strict=True)),
        timeout=PATIENCE,
        what="the waits to go on",
    )


def replace_scheduler(airflow: LocalAirflow) -> None:
    """Kill it with all that runs below it, and start its successor, which takes the dead one's tasks over."""
    airflow.kill("scheduler")
    airflow.wait_until(
        lambda: airflow.api.health()["scheduler"] == "unhealthy",
        timeout=PATIENCE,
        what="the scheduler to be known as dead",
    )
    airflow.start("scheduler")


def tries_of_deferred(scenario: Scenario) -> list[int]:
    return [task.try_number for task in scenario.task_instances if task.state == "deferred"]


def test_what_a_killed_triggerer_waited_for_its_successor_waits_for(
    airflow: LocalAirflow, scenarios: dict[str, Scenario]
) -> None:
    scenario = scenarios["triggerer"]
    airflow.kill("triggerer")
    airflow.start("triggerer")
    wait_for_looks(airflow, scenario, IN_TRIGGERER)

    assert tries_of_deferred(scenario) == [1, 1, 1, 1]
    require_exactly_once(scenario)


def test_each_wait_of_a_triggerer_is_told_of_in_its_own_tasks_log_alone(
    airflow: LocalAirflow, scenarios: dict[str, Scenario]
) -> None:
    scenario = scenarios["triggerer"]
    [run] = scenario.runs
    logs = airflow.home / "logs" / f"dag_id={run.dag_id}" / f"run_id={run.run_id}"
    told = defaultdict(set)
    for log in logs.rglob("*.trigger.*"):
        told[log.parent].update(WAITED_FOR.findall(log.read_text()))
    waits = 4
    assert [len(ids) for ids in told.values()] == [1] * waits
    assert len(set().union(*told.values())) == waits


def test_a_killed_scheduler_costs_a_try_only_of_what_ran_below_it(
    airflow: LocalAirflow, scenarios: dict[str, Scenario]
) -> None:
    scenario = scenarios["scheduler"]
    replace_scheduler(airflow)
    scenario.wait_for("running", *WORKER_TASKS, try_number=2)

    assert tries_of_deferred(scenario) == [1, 1, 1, 1]
    require_exactly_once(scenario)


def test_waits_go_on_after_the_database_was_restarted(
    airflow: LocalAirflow, database: Postgres | None, scenarios: dict[str, Scenario]
) -> None:
    if database is None:
        pytest.skip("PostgreSQL is not installed, and SQLite has no server to restart")
    scenario = scenarios["database"]
    scenario.wait_for("running", *WORKER_TASKS)
    database.stop()
    time.sleep(DATABASE_IS_AWAY_SECONDS)
    database.start()
    # These end without their database, and count on being started again.
    airflow.kill("triggerer")
    airflow.kill("dag-processor")
    wait_for_looks(airflow, scenario, [IN_WORKER])
    # And this one hangs in trying to end, since it waits for its workers.
    replace_scheduler(airflow)
    airflow.start("triggerer")
    airflow.start("dag-processor")
    wait_for_looks(airflow, scenario, IN_TRIGGERER)

    assert tries_of_deferred(scenario) == [1, 1, 1, 1]
    require_exactly_once(scenario)
