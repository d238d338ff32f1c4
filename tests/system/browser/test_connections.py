"""The connection form, and the Test button of the connections that it makes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.system.browser.ui import AirflowUi
from tests.system.processes import free_port
from tests.system.stage import Stage


def address(stage: Stage) -> dict[str, str]:
    """The emulator's host and port, as a person types them into the form."""
    url = urlsplit(stage.emulator.url)
    return {"host": f"{url.scheme}://{url.hostname}", "port": str(url.port)}


def test_the_form_asks_for_what_pinecone_needs(ui: AirflowUi) -> None:
    ui.open_connection_form()
    for label in ("Control plane host", "API key", "Port"):
        ui.shows(label)
    expect(ui.page.get_by_placeholder("https://api.pinecone.io")).to_be_visible()
    expect(
        ui.page.get_by_placeholder("443 (Airflow 3.3.2 tests no connection without a port)")
    ).to_be_visible()
    expect(ui.page.get_by_text("Login")).to_be_hidden()

    ui.page.get_by_text("Extra Fields", exact=True).click()
    for label in ("API version", "Deployment", "Allow plain http"):
        ui.shows(label)


def test_a_connection_made_in_the_form_passes_its_test(ui: AirflowUi, stage: Stage) -> None:
    ui.add_connection("works", **address(stage), password=stage.emulator.api_key)
    ui.press_test_button("works")
    ui.test_button_turns("works", "green")


@pytest.mark.parametrize(
    ("conn_id", "fields", "told"),
    [
        ("wrong-key", {"password": "wrong"}, "The API key was refused"),
        ("no-key", {}, "api_key is empty. Enter the project's key"),
        ("no-server", {"password": "key", "port": free_port()}, "No connection to http"),
        # The form need not show a port any more once Airflow tests this connection.
        ("no-port", {"password": "key", "port": None}, "Bad Request"),
    ],
)
def test_a_failed_test_says_what_is_wrong(
    ui: AirflowUi, stage: Stage, conn_id: str, fields: dict[str, Any], told: str
) -> None:
    stage.airflow.api.add_connection(conn_id, **{"conn_type": "pinecone_backup", **address(stage), **fields})
    ui.open("connections")
    ui.press_test_button(conn_id)
    ui.test_button_turns(conn_id, "red")
    ui.shows("Test Connection Failed")
    ui.shows(told)
