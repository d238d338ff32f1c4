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
def night(stage: Stage) -> Iterator[FinishedRun]:
    """A night in which one index was empty."""
    stage.pinecone.create_index(EMPTY, dimension=8)
    yield stage.airflow.wait_for_run(stage.airflow.trigger(BACKUP_DAG), timeout=300)
    stage.pinecone.delete_index(EMPTY)


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
