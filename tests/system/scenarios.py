"""Runs that wait until the test lets them go on, each with a project of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.system.airflow_api import DagRun, TaskInstance
from tests.system.airflow_process import FinishedRun, LocalAirflow
from tests.system.projects import A_LONG_TIME, Project, new_project

IN_TRIGGERER = ["deferred-1", "deferred-2", "deferred-3"]
IN_WORKER = "in-worker"
"""The indexes that the DAG ``waiting`` backs up."""

SETTLES = 45.0
"""Seconds that the backup of the DAG ``backs_up_settling`` waits for the data before it is requested."""

PATIENCE = 300.0
"""Seconds until whatever is waited for must have come: many, for CI's machines are slow."""


class Scenario:
    """One project and the runs in it."""

    def __init__(self, airflow: LocalAirflow, project: Project, *, conn_id: str) -> None:
        self.airflow = airflow
        self.project = project
        self._conn_id = conn_id
        self.runs: list[DagRun] = []

    def begin(self, dag_id: str, *, index_name: str = "") -> DagRun:
        """Begin a run of one of the DAGs in ``dags/crashed.py``."""
        conf = {"conn_id": self._conn_id, "seed": self.project.seed, "index_name": index_name}
        self.runs.append(self.airflow.trigger(dag_id, conf))
        return self.runs[-1]

    @property
    def task_instances(self) -> list[TaskInstance]:
        """The tasks of all runs, as they stand."""
        return [task for run in self.runs for task in self.airflow.api.task_instances(run.dag_id, run.run_id)]

    def wait_for(self, state: str, *task_ids: str, try_number: int = 1) -> None:
        """Wait until these tasks of all runs are in a state, on this try or a later one."""
        for run in self.runs:
            self.airflow.wait_for_tasks(run, *task_ids, state=state, try_number=try_number, timeout=PATIENCE)

    def end(self) -> list[FinishedRun]:
        """Let what the runs wait for end, and wait for their own end: a good one."""
        self.project.end_all()
        finished = [self.airflow.wait_for_run(run, timeout=PATIENCE) for run in self.runs]
        for run in finished:
            self.airflow.require_success(run)
        return finished

    def backups(self, index_name: str) -> list[list[str]]:
        """Return the statuses of the backups of an index, by the run that they bear."""
        return [
            [backup["status"] for backup in self.project.backups_of(index_name, run.run_id)]
            for run in self.runs
        ]


@contextmanager
def new_scenario(airflow: LocalAirflow, directory: Path, *, index_names: Iterable[str]) -> Iterator[Scenario]:
    """
    Make a project, and tell Airflow how to reach it.

    :param directory: one whose name is not used twice, for the emulator's state.
    """
    with new_project(directory, index_names=index_names, seconds=A_LONG_TIME) as project:
        airflow.api.add_connection(directory.name, **project.emulator.connection_fields)
        yield Scenario(airflow, project, conn_id=directory.name)
