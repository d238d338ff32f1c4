"""What a person sees first: the example DAGs."""

from __future__ import annotations

from tests.system.browser.ui import AirflowUi


def test_who_signs_in_sees_the_example_dags(ui: AirflowUi) -> None:
    ui.open("dags")
    ui.shows("pinecone_nightly_backup")
    ui.shows("pinecone_restore_from_backup")
    ui.shows("pinecone_etl_then_backup")
