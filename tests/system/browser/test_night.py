"""The morning after a night with a failure: what the logs of the nightly DAG show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.airflow_process import FinishedRun
from tests.system.browser.ui import AirflowUi
from tests.system.stage import BACKUP_DAG, INDEX, Stage

EMPTY = "empty"
REFUSAL = "empty: backup refused: 0 records, at least 1 wanted"


@pytest.fixture(scope="module")
def night(stage: Stage) -> FinishedRun:
    """A night in which one index was empty."""
    stage.pinecone.create_index(EMPTY, dimension=8)
    night = stage.airflow.wait_for_run(stage.airflow.trigger(BACKUP_DAG), timeout=300)
    stage.pinecone.delete_index(EMPTY)
    return night


@pytest.fixture
def night_that_was_ended(stage: Stage) -> Iterator[FinishedRun]:
    """A night in which someone marked a backup failed while the triggerer waited for it."""
    airflow = stage.airflow
    stage.emulator.configure(backup_seconds=3600)
    night = airflow.trigger(BACKUP_DAG)
    airflow.wait_for_tasks(night, "back_up", state="deferred", timeout=120)
    waiting = airflow.api.task_instances(night.dag_id, night.run_id)
    (movies,) = [task for task in waiting if task.rendered_map_index == INDEX]
    airflow.api.mark_failed(night.dag_id, night.run_id, "back_up", map_index=movies.map_index)
    yield airflow.wait_for_run(night, timeout=300)
    stage.emulator.configure(backup_seconds=0)


@pytest.fixture
def laptop(ui: AirflowUi) -> AirflowUi:
    """Airflow's UI on a small screen."""
    ui.page.set_viewport_size({"width": 1280, "height": 800})
    return ui


def test_the_nights_table_stands_open_with_the_failures_first(laptop: AirflowUi, night: FinishedRun) -> None:
    laptop.open_task_log(night.dag_run, "report")
    laptop.shows_whole(f"FAILED  {REFUSAL}")
    lines = "\n".join(laptop.log_lines())
    failed, table, movies, end = (
        lines.index(text)
        for text in (f"FAILED  {REFUSAL}", "INFO - index ", f"INFO - {INDEX} ", "Post Execute")
    )
    assert failed < table < movies < end


def test_a_failed_task_tells_its_cause_once_and_unclipped(laptop: AirflowUi, night: FinishedRun) -> None:
    (failed,) = [task for task in night.failed_tasks if task.task_id == "back_up"]
    laptop.open_task_log(night.dag_run, "back_up", map_index=failed.map_index)
    laptop.shows_whole(REFUSAL)
    assert "\n".join(laptop.log_lines()).count(REFUSAL) == 1


def test_the_night_names_the_backup_of_a_task_that_someone_ended(
    laptop: AirflowUi, stage: Stage, night_that_was_ended: FinishedRun
) -> None:
    night = night_that_was_ended.dag_run
    (ended,) = [task for task in night_that_was_ended.failed_tasks if task.task_id == "back_up"]
    backup_id = stage.airflow.api.xcom(
        night.dag_id, night.run_id, "back_up", key="backup_id", map_index=ended.map_index
    )
    laptop.open_task_log(night, "report")
    laptop.shows_whole(f"FAILED  {INDEX}: ")
    (told,) = [line for line in laptop.log_lines() if "FAILED  " in line]
    assert backup_id in told
