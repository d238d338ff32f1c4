"""
Tasks that are killed with SIGKILL, one at each point of each request that they make.

Each next try finds what the one before has begun, goes on with it, and makes nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.system.airflow_process import FinishedRun, LocalAirflow
from tests.system.kill_points import POINTS, STEPS, Mode, Point, points_of, unharmed
from tests.system.killing import JOURNALS
from tests.system.projects import A_LONG_TIME, RECORDS, Project, new_project

BACKUPS = [point for point in POINTS if point.operator == "backup"]
RESTORES = [point for point in POINTS if point.operator == "restore"]


class Killings(NamedTuple):
    """A run in which every task was killed once, but for the unharmed ones."""

    run: FinishedRun
    projects: dict[Mode, Project]
    journals: Path

    @property
    def run_id(self) -> str:
        """The id of that run."""
        return self.run.dag_run.run_id

    def tries(self, point: Point) -> int:
        """How often the point's task was begun."""
        map_index = list(points_of(point.operator, point.mode)).index(point)
        return self.run.tasks(f"{point.operator}_{point.mode}")[map_index].try_number

    def died_at(self, point: Point) -> str | None:
        """What the point's task was doing when it was killed."""
        blow = self.journals / f"{point.index_name}.blow"
        return blow.read_text().split(maxsplit=2)[2] if blow.exists() else None

    def steps(self, index_name: str, process: int) -> tuple[str, ...]:
        """What the first process of its kind did. A busy Airflow may lose a try before that."""
        first, *_ = sorted(self.journals.glob(f"{index_name}.*.{process}.steps"))
        return tuple(first.read_text().splitlines())


@pytest.fixture(scope="module")
def killings(airflow: LocalAirflow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killings]:
    with ExitStack() as stack:
        projects: dict[Mode, Project] = {}
        for mode, seconds in (("worker", 2.0), ("triggerer", A_LONG_TIME)):
            backed_up = [point.index_name for point in points_of("backup", mode)] + [unharmed("backup", mode)]
            directory = tmp_path_factory.mktemp(mode)
            project = stack.enter_context(new_project(directory, index_names=backed_up, seconds=seconds))
            airflow.api.add_connection(f"pinecone_{mode}", **project.emulator.connection_fields)
            projects[mode] = project
        begun = airflow.trigger("killed", {mode: project.seed for mode, project in projects.items()})
        airflow.wait_for_tasks(begun, "backup_triggerer", "restore_triggerer", state="deferred", timeout=600)
        projects["triggerer"].end_all()
        yield Killings(airflow.wait_for_run(begun, timeout=600), projects, airflow.home / JOURNALS)


def test_each_task_dies_at_its_point_and_succeeds_on_a_later_try(
    airflow: LocalAirflow, killings: Killings
) -> None:
    airflow.require_success(killings.run)
    assert [killings.died_at(point) for point in POINTS] == [point.name for point in POINTS]
    assert min(killings.tries(point) for point in POINTS) == 2


def test_no_step_of_a_task_was_left_out(killings: Killings) -> None:
    done = {
        (operator, mode): tuple(
            killings.steps(unharmed(operator, mode), process) for process in range(len(processes))
        )
        for (operator, mode), processes in STEPS.items()
    }
    assert done == STEPS


def test_whatever_was_killed_there_is_one_backup_of_each_index(killings: Killings) -> None:
    print(f"\n{'killed':<76} tries  POSTs  backups")
    for point in BACKUPS:
        project = killings.projects[point.mode]
        backups = project.backups_of(point.index_name, killings.run_id)
        posts = project.backup_posts(point.index_name)
        print(f"{point.told:<76} {killings.tries(point):>5}  {posts:>5}  {len(backups):>7}")
        assert [backup["status"] for backup in backups] == ["Ready"], point
        assert posts == 1, point
    assert [project.posts_without_a_look() for project in killings.projects.values()] == [[], []]


def test_whatever_was_killed_there_is_one_restored_index_with_all_records(killings: Killings) -> None:
    print(f"\n{'killed':<76} tries  restores")
    for point in RESTORES:
        project = killings.projects[point.mode]
        restores = project.restores_into(point.index_name)
        print(f"{point.told:<76} {killings.tries(point):>5}  {restores:>8}")
        assert restores == 1, point
        assert project.rest.read(point.index_name) == RECORDS, point
    for mode, project in killings.projects.items():
        targets = [*(point.index_name for point in points_of("restore", mode)), unharmed("restore", mode)]
        assert sorted(project.restored()) == sorted(targets)
        assert project.restore_posts() == [202] * len(targets)


def test_nothing_that_the_tasks_did_not_make_was_touched(killings: Killings) -> None:
    assert [project.untouched() for project in killings.projects.values()] == [True, True]
