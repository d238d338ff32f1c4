"""What a person reads of a restore that was verified: the table, and why a damaged one failed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.airflow_process import FinishedRun
from tests.system.browser.ui import AirflowUi
from tests.system.stage import INDEX, RESTORE_DAG, Stage


@pytest.fixture
def laptop(ui: AirflowUi) -> AirflowUi:
    """Airflow's UI on a small screen."""
    ui.page.set_viewport_size({"width": 1280, "height": 800})
    return ui


@pytest.fixture(scope="module")
def backup_id(stage: Stage) -> str:
    return stage.pinecone.create_backup(INDEX, name="to-verify")


@pytest.fixture
def wrong_metric(stage: Stage) -> Iterator[None]:
    """Restores come back with another metric."""
    stage.emulator.configure(restore_damages=[{"damage": "change_metric", "metric": "euclidean"}])
    yield
    stage.emulator.configure(restore_damages=[])


def restore(ui: AirflowUi, stage: Stage, backup_id: str, *, index_name: str) -> FinishedRun:
    ui.open_trigger_form(RESTORE_DAG)
    ui.page.locator("input[name=element_backup_id]").fill(backup_id)
    ui.page.locator("input[name=element_target_index_name]").fill(index_name)
    return stage.airflow.wait_for_run(ui.trigger(), timeout=300)


def test_the_table_of_what_was_verified_stands_open(laptop: AirflowUi, stage: Stage, backup_id: str) -> None:
    done = restore(laptop, stage, backup_id, index_name="movies-good")
    assert done.succeeded
    laptop.open_task_log(done.dag_run, "verify")
    laptop.shows_whole("ok       metadata  metric")
    laptop.shows_whole("ok       counts    records")
    laptop.shows_whole("Restore time (RTO): ")
    laptop.shows_whole("Report stored at file://")


@pytest.mark.usefixtures("wrong_metric")
def test_a_damaged_restore_says_first_what_is_damaged(
    laptop: AirflowUi, stage: Stage, backup_id: str
) -> None:
    done = restore(laptop, stage, backup_id, index_name="movies-bad")
    assert [task.task_id for task in done.failed_tasks] == ["verify"]
    laptop.open_task_log(done.dag_run, "verify")
    laptop.shows_whole("movies-bad is damaged: metric: euclidean, expected")
    lines = "\n".join(laptop.log_lines())
    assert lines.index("DAMAGED  metadata  metric") < lines.index("ok       metadata  dimension")
