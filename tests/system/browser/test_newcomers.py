"""What newcomers see: the example DAGs, the provider, and the first step that `make up` suggests."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.system.browser.ui import AirflowUi
from tests.system.guide import guide
from tests.system.stage import Stage


def test_who_signs_in_sees_the_example_dags(ui: AirflowUi) -> None:
    ui.open("dags")
    ui.shows("pinecone_nightly_backup")
    ui.shows("pinecone_restore_from_backup")
    ui.shows("pinecone_etl_then_backup")


def test_the_provider_links_to_a_page_that_exists(ui: AirflowUi) -> None:
    ui.open("providers")
    link = ui.page.get_by_role("link", name="airflow-provider-pinecone", exact=True)
    expect(link).to_have_attribute("href", "https://docs.pinecone.io/guides/indexes/backups-overview")


def test_the_first_step_of_make_up_makes_a_backup(ui: AirflowUi, stage: Stage) -> None:
    step = re.search(r"First, open (\S+) and press Trigger", guide(stage))
    assert step is not None

    ui.page.goto(step[1])
    ui.page.get_by_test_id("trigger-dag-button").click()
    ui.page.get_by_role("dialog").get_by_role("button", name="Trigger", exact=True).click()
    expect(ui.page.get_by_role("dialog")).to_be_hidden()
    ui.open("dag_runs")
    expect(ui.page.get_by_role("row").filter(has_text="pinecone_nightly_backup").first).to_contain_text(
        "Success"
    )

    assert stage.pinecone.backups() != []
