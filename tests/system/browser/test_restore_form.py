"""The form that restores a backup: what it says, and what a person reads who filled it in wrongly."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.system.airflow_process import FinishedRun
from tests.system.browser.ui import AirflowUi
from tests.system.stage import INDEX, RESTORE_DAG, Stage


@pytest.fixture(scope="module")
def backup_id(stage: Stage) -> str:
    """A backup of the index that can be restored."""
    return stage.pinecone.create_backup(INDEX, name="by-hand")


def run(ui: AirflowUi, stage: Stage, *, dry: bool = False, **fields: str) -> FinishedRun:
    """Fill in the form, start the run, and wait for its end."""
    ui.open_trigger_form(RESTORE_DAG)
    for name, text in fields.items():
        ui.page.locator(f"input[name=element_{name}]").fill(text)
    if dry:
        ui.page.locator("label", has=ui.page.locator("input[name=element_dry_run]")).click()
    return stage.airflow.wait_for_run(ui.trigger(), timeout=300)


def test_each_field_has_a_title_and_says_what_it_does(ui: AirflowUi) -> None:
    ui.open_trigger_form(RESTORE_DAG)
    form = ui.page.get_by_role("dialog")
    for title in (
        "Source index",
        "Backup id",
        "Not after",
        "New index",
        "Tags",
        "Deletion protection",
        "Verification",
        "Dry run",
    ):
        expect(form.locator("label").filter(has_text=re.compile(f"^{title}"))).to_be_visible()
    expect(form.get_by_text("An empty {} keeps the backup's.")).to_be_visible()


def test_who_gives_nothing_or_both_reads_which(ui: AirflowUi, stage: Stage) -> None:
    nothing = run(ui, stage, source_index_name=" ")
    ui.open_task_log(nothing.dag_run, "choose")
    ui.shows_whole("Give a source index or a backup id: both are blank.")
    both = run(ui, stage, source_index_name=INDEX, backup_id="an-id")
    ui.open_task_log(both.dag_run, "choose")
    ui.shows_whole("Give a source index or a backup id, not both: 'movies' and 'an-id'.")


def test_a_dry_run_shows_the_backups_and_that_the_name_is_taken(
    ui: AirflowUi, stage: Stage, backup_id: str
) -> None:
    rehearsal = run(ui, stage, source_index_name=f" {INDEX} ", target_index_name=INDEX, dry=True)
    assert not rehearsal.succeeded
    ui.open_task_log(rehearsal.dag_run, "choose")
    ui.shows_whole(backup_id)
    ui.open_task_log(rehearsal.dag_run, "go_on")
    ui.shows_whole("movies: the name is taken. Give 'New index' another one.")
