"""The Test button of Airflow's connections: what it says when a connection works, and when it does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.models.connection import Connection

from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from tests.contract.conftest import Emulator

RANDOM_ID = "S61YCRdT"
"""Airflow tests a copy of the connection under an id such as this, which it puts into the environment."""

Press = Callable[..., tuple[bool, str]]


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Press:
    """Press the button on a connection: what Airflow shows then."""

    def press(**fields: Any) -> tuple[bool, str]:
        fields = {"conn_type": "pinecone_backup", **fields}
        monkeypatch.setenv(f"AIRFLOW_CONN_{RANDOM_ID.upper()}", json.dumps(fields))
        fields["extra"] = json.dumps(fields.get("extra", {}))
        works, message = Connection(conn_id=RANDOM_ID, **fields).test_connection()
        assert RANDOM_ID not in message
        return works, message

    return press


@pytest.fixture
def press_on(press: Press, connected: Emulator) -> Press:
    """Press the button on a connection to the emulator."""
    return lambda: press(host=connected.url, password=connected.api_key)


def test_the_button_says_what_can_be_listed(
    movies: dict[str, Any], fill: Callable[..., Any], press_on: Press
) -> None:
    assert press_on() == (True, "1 index and the project's backups can be listed.")
    fill("series")
    assert press_on() == (True, "2 indexes and the project's backups can be listed.")


def test_without_a_key_it_says_where_to_get_one(press: Press) -> None:
    assert press() == (
        False,
        "api_key is empty. Enter the project's key; the Pinecone console makes one, under API keys.",
    )


def test_a_wrong_key_is_told_with_the_host_that_refuses_it(press: Press, connected: Emulator) -> None:
    works, message = press(host=connected.url, password="wrong")
    assert not works
    assert message.startswith(f"Indexes cannot be listed at {connected.url}: ")
    assert "401" in message
    assert "The API key was refused: check it" in message


def test_a_host_that_cannot_be_reached_is_named_at_once(press: Press, connected: Emulator) -> None:
    works, message = press(host="http://127.0.0.1:9", password="key")
    assert not works
    assert message.startswith("Indexes cannot be listed at http://127.0.0.1:9: ")
    assert "No connection to http://127.0.0.1:9 " in message


def test_a_host_that_is_not_pinecone_is_named(press_on: Press, connected: Emulator) -> None:
    connected.set_faults({"path": "/indexes", "action": "status", "status": 200, "body": "hello"})
    works, message = press_on()
    assert not works
    assert message.startswith(f"Indexes cannot be listed at {connected.url}: ")


def test_a_host_that_is_busy_is_asked_once(press_on: Press, connected: Emulator) -> None:
    connected.set_faults({"path": "/indexes", "action": "status", "status": 503})
    works, message = press_on()
    assert not works
    assert "503" in message
    assert [entry["status"] for entry in connected.requests()] == [503]


@pytest.mark.parametrize(
    ("path", "begins"),
    [("/indexes", "Indexes cannot be listed at "), ("/backups", "1 index can be listed; backups cannot: ")],
)
def test_a_key_that_may_not_list_something_is_told_with_what_it_lacks(
    movies: dict[str, Any], press_on: Press, connected: Emulator, path: str, begins: str
) -> None:
    connected.set_faults({"path": path, "action": "status", "status": 403})
    works, message = press_on()
    assert not works
    assert message.startswith(begins)
    assert "403" in message
    assert message.endswith("Give the API key this permission in the Pinecone console, under API keys.")


def test_a_plan_without_backups_is_told_as_the_api_tells_it(
    movies: dict[str, Any], press_on: Press, connected: Emulator
) -> None:
    told = "Your organization's plan does not include backups."
    error = {"code": "PERMISSION_DENIED", "message": told}
    fault = {"path": "/backups", "action": "status", "status": 403, "body": {"error": error, "status": 403}}
    connected.set_faults(fault)
    works, message = press_on()
    assert not works
    assert message.startswith("1 index can be listed; backups cannot: ")
    assert told.removesuffix(".") in message
    assert "Give the API key" not in message


@pytest.mark.parametrize(
    ("fields", "begins"),
    [
        ({"extra": {"deployment": "two words"}}, "deployment must have"),
        ({"host": "http://pinecone.example.com"}, "host 'http://pinecone.example.com' would receive"),
        ({"host": "http://127.0.0.1:5081", "port": 443}, "port is 443, but host"),
    ],
)
def test_a_field_that_cannot_be_right_is_named(press: Press, fields: dict[str, Any], begins: str) -> None:
    works, message = press(**{"password": "key", **fields})
    assert not works
    assert message.startswith(begins)


def test_a_connection_that_is_not_there_is_told_to_who_asks_by_its_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    works, message = PineconeBackupHook("nowhere").test_connection()
    assert not works
    assert "nowhere" in message
