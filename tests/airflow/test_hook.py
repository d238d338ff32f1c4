"""The hook: what it makes of a connection, and the API's calls under the official SDK's names."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from airflow_provider_pinecone.api.errors import PineconeAuthError, PineconeError, PineconeInputError
from airflow_provider_pinecone.api.models import Vector
from airflow_provider_pinecone.hooks.connection import read_connection
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from tests.contract.conftest import Emulator


def names() -> list[str]:
    """The indexes, as the hook lists them through the connection."""
    return [index.name for index in PineconeBackupHook().list_indexes()]


@pytest.mark.parametrize("conn_type", ["pinecone_backup", "pinecone"])
def test_both_connection_types_are_read(
    movies: dict[str, Any], connected: Emulator, connect: Callable[..., None], conn_type: str
) -> None:
    connect(conn_type=conn_type, host=connected.url, password=connected.api_key)
    assert names() == ["movies"]


def test_a_connection_may_be_a_uri(
    movies: dict[str, Any], connected: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = urlsplit(connected.url).netloc
    uri = f"pinecone-backup://:{connected.api_key}@http%3A%2F%2F{address}/?api_version=2025-04&deployment=eu"
    monkeypatch.setenv("AIRFLOW_CONN_PINECONE_DEFAULT", uri)
    assert names() == ["movies"]
    assert connected.requests()[-1]["version"] == "2025-04"
    assert PineconeBackupHook().connection.deployment == "eu"


@pytest.mark.parametrize("extra", [{}, {"deployment": None}, {"deployment": ""}])
def test_a_connection_that_names_no_deployment_is_told_from_one_named_default(
    connect: Callable[..., None], extra: dict[str, Any]
) -> None:
    connect(password="key", extra=json.dumps(extra))
    assert PineconeBackupHook().connection.deployment is None
    connect(password="key", extra=json.dumps({"deployment": "default"}))
    assert PineconeBackupHook().connection.deployment == "default"


def test_a_connection_is_found_by_its_id(
    movies: dict[str, Any], connected: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"conn_type": "pinecone_backup", "host": connected.url, "password": connected.api_key}
    monkeypatch.setenv("AIRFLOW_CONN_PINECONE_EU", json.dumps(fields))
    monkeypatch.delenv("AIRFLOW_CONN_PINECONE_DEFAULT")
    assert [index.name for index in PineconeBackupHook("pinecone_eu").list_indexes()] == ["movies"]


def test_the_host_of_an_index_is_ignored_and_said_so_once(
    connect: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    host = "movies-1a2b3c4.svc.aped-4627-b74a.pinecone.io"
    connect(conn_type="pinecone", host=host, password="key")
    hook = PineconeBackupHook()
    assert hook.connection.settings.host == "https://api.pinecone.io"
    assert hook.client.settings.host == "https://api.pinecone.io"
    assert [record.getMessage() for record in caplog.records if host in record.getMessage()] == [
        f"Connection 'pinecone_default': host {host} serves one index; "
        "using the control plane at https://api.pinecone.io."
    ]


def test_without_a_host_it_is_pinecone(connect: Callable[..., None]) -> None:
    connect(password="key")
    assert PineconeBackupHook().connection.settings.host == "https://api.pinecone.io"


def test_a_port_is_added_to_a_host_that_names_none(
    movies: dict[str, Any], connected: Emulator, connect: Callable[..., None]
) -> None:
    port = urlsplit(connected.url).port
    connect(host="http://127.0.0.1", port=port, password=connected.api_key)
    assert names() == ["movies"]
    connect(host=connected.url, port=port, password=connected.api_key)
    assert names() == ["movies"]


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        (None, 443, "https://api.pinecone.io"),
        (None, 8443, "https://api.pinecone.io:8443"),
        (None, 0, "https://api.pinecone.io"),
        ("proxy.example.com", 443, "proxy.example.com"),
        ("https://proxy.example.com/pinecone", 8443, "https://proxy.example.com:8443/pinecone"),
        ("http://127.0.0.1", 443, "http://127.0.0.1:443"),
        ("http://[::1]", 5081, "http://[::1]:5081"),
    ],
)
def test_a_port_joins_the_host(connect: Callable[..., None], host: str | None, port: int, url: str) -> None:
    connect(host=host, port=port, password="key")
    assert PineconeBackupHook().connection.settings.host == url


def test_a_host_and_a_port_that_contradict_each_other_are_refused(connect: Callable[..., None]) -> None:
    connect(host="http://127.0.0.1:5081", port=443, password="key")
    with pytest.raises(
        PineconeInputError,
        match=r"port is 443, but host .* names 5081",
    ):
        PineconeBackupHook().list_indexes()


def test_a_host_that_is_no_url_is_told_as_such_whatever_the_port(connect: Callable[..., None]) -> None:
    connect(host="http://127.0.0.1:none", port=443, password="key")
    with pytest.raises(PineconeInputError, match="host must be a URL"):
        PineconeBackupHook().list_indexes()


def test_the_api_version_can_be_chosen(
    movies: dict[str, Any], connected: Emulator, connect: Callable[..., None]
) -> None:
    for chosen, spoken in (("2025-10", "2025-10"), ("", "2026-07"), (None, "2026-07")):
        connect(host=connected.url, password=connected.api_key, extra={"api_version": chosen})
        assert names() == ["movies"]
        assert connected.requests()[-1]["version"] == spoken


@pytest.mark.parametrize("allowed", [True, "true", "True"])
def test_plain_http_can_be_allowed(connect: Callable[..., None], allowed: Any) -> None:
    connect(
        host="http://pinecone.example.com", password="key", extra=json.dumps({"allow_insecure_http": allowed})
    )
    assert PineconeBackupHook().connection.settings.host == "http://pinecone.example.com"


@pytest.mark.parametrize("allowed", [False, "false", "", None])
def test_plain_http_is_refused_where_it_is_not_allowed(connect: Callable[..., None], allowed: Any) -> None:
    connect(
        host="http://pinecone.example.com", password="key", extra=json.dumps({"allow_insecure_http": allowed})
    )
    with pytest.raises(PineconeInputError, match="would receive the API key over plain http"):
        _ = PineconeBackupHook().connection


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        ({"api_version": "2024-01"}, "api_version must be"),
        ({"deployment": "two words"}, "deployment must have 1 to 40 letters"),
        ({"deployment": 7}, "deployment must have 1 to 40 letters"),
        ({"allow_insecure_http": "perhaps"}, "allow_insecure_http must be true or false, got 'perhaps'"),
    ],
)
def test_an_extra_that_cannot_be_right_gives_one_line(
    connect: Callable[..., None], extra: Any, complaint: str
) -> None:
    connect(password="key", extra=json.dumps(extra))
    with pytest.raises(PineconeInputError) as caught:
        _ = PineconeBackupHook().connection
    assert str(caught.value).startswith("Connection 'pinecone_default': ")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("extra", ["[1, 2]", "not JSON", "7"])
def test_an_extra_that_is_no_object_gives_one_line(extra: str) -> None:
    connection = SimpleNamespace(conn_id="backups", password="key", host=None, port=None, extra=extra)
    with pytest.raises(PineconeInputError, match=r"^Connection 'backups': extra must be a JSON object\.$"):
        read_connection(connection)


@pytest.mark.parametrize(
    "call",
    [
        lambda hook: hook.query("movies", vector=Vector(id="a")),
        lambda hook: hook.query("movies", vector=Vector(id="a", values=(1.0,)), top_k=0),
        lambda hook: hook.fetch_vectors("movies", ids=[""]),
        lambda hook: hook.list_vector_ids("movies", limit=0),
    ],
    ids=["query of nothing", "query for nothing", "fetch", "list"],
)
def test_bad_input_sends_nothing_not_even_for_the_host(
    connected: Emulator, call: Callable[[PineconeBackupHook], Any]
) -> None:
    with pytest.raises(PineconeInputError):
        call(PineconeBackupHook())
    assert connected.requests() == []


def test_the_calls_bear_the_official_names(connected: Emulator) -> None:
    hook = PineconeBackupHook()
    index = hook.create_index("movies", dimension=3, tags={"team": "search"}, deletion_protection="disabled")
    assert hook.describe_index("movies") == index
    vectors = [Vector(id=f"film-{number}", values=(number, 1.0, 0.0)) for number in range(3)]
    assert hook.upsert_vectors("movies", vectors=vectors, namespace="films") == 3
    assert hook.describe_index_stats("movies").namespaces == {"films": 3}
    assert hook.list_vector_ids("movies", namespace="films", prefix="film-").items == (
        "film-0",
        "film-1",
        "film-2",
    )
    assert hook.fetch_vectors("movies", ids=["film-2"], namespace="films")["film-2"].values == (2, 1, 0)
    nearest = hook.query("movies", vector=vectors[0], top_k=1, namespace="films")
    assert [match.id for match in nearest] == ["film-0"]

    backup = hook.create_backup("movies", name="by-hand", description="a test")
    assert hook.describe_backup(backup.backup_id).description == "a test"
    assert hook.list_backups("movies", limit=1).items == hook.list_backups().items
    assert [one.backup_id for one in hook.iter_backups("movies")] == [backup.backup_id]

    started = hook.create_index_from_backup(backup.backup_id, name="again", tags={"trial": "yes"})
    job = hook.describe_restore_job(started.restore_job_id)
    assert (job.backup_id, job.target_index_name) == (backup.backup_id, "again")
    assert hook.list_restore_jobs(limit=1).items == tuple(hook.iter_restore_jobs()) == (job,)
    assert hook.describe_index("again").tags == {"trial": "yes"}

    hook.delete_index("again")
    hook.delete_backup(backup.backup_id)
    assert list(hook.iter_backups()) == []
    assert [one.name for one in hook.list_indexes()] == ["movies"]


def test_the_calls_for_schedules_bear_the_official_names(connected: Emulator, movies: dict[str, Any]) -> None:
    connected.freeze()
    schedules = PineconeBackupHook().backup_schedules
    made = schedules.create(index_name="movies", name="nightly", frequency="daily", retention_days=7)
    assert schedules.describe(schedule_id=made.schedule_id) == made
    assert (
        schedules.list(index_name="movies").items
        == (made,)
        == tuple(schedules.iter_schedules(index_name="movies"))
    )
    assert schedules.update(schedule_id=made.schedule_id, retention_days=30).name == "nightly"
    connected.advance(24 * 60 * 60)
    page = schedules.history(schedule_id=made.schedule_id, limit=2)
    assert [one.status for one in page.items] == ["Scheduled", "Ready"]
    assert tuple(schedules.iter_history(schedule_id=made.schedule_id)) == page.items
    schedules.delete(schedule_id=made.schedule_id)
    assert list(schedules.iter_schedules(index_name="movies")) == []


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"name": "n" * 29}, "name may have at most 28 characters"),
        ({"frequency": "hourly"}, "frequency must be daily or weekly or monthly, got 'hourly'"),
        ({"retention_days": 0}, "retention_days must be a whole number of at least 1, got 0"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_before_anything_is_sent(
    connected: Emulator, wrong: dict[str, Any], complaint: str
) -> None:
    right = {"index_name": "movies", "name": "nightly", "frequency": "daily", "retention_days": 7}
    with pytest.raises(PineconeInputError, match=complaint):
        PineconeBackupHook().backup_schedules.create(**right | wrong)
    assert connected.requests() == []


def test_all_backups_are_read_page_by_page(connected: Emulator, movies: dict[str, Any]) -> None:
    hook = PineconeBackupHook()
    made = {hook.create_backup("movies").backup_id for _ in range(102)}
    before = len(connected.requests())
    assert {backup.backup_id for backup in hook.iter_backups()} == made
    assert len(connected.requests()) - before == 2


def test_a_key_that_was_rotated_is_picked_up(
    movies: dict[str, Any], connected: Emulator, connect: Callable[..., None], told: Callable[[], str]
) -> None:
    connect(host=connected.url, password="the-old-key")
    hook = PineconeBackupHook()
    with pytest.raises(PineconeAuthError):
        hook.list_indexes()
    connect(host=connected.url, password=connected.api_key)
    assert [index.name for index in hook.list_indexes()] == ["movies"]
    assert "The API key was refused; the connection has a new one. Trying that." in told()


def test_a_key_that_is_refused_is_asked_for_once_where_nothing_changed(
    connected: Emulator, connect: Callable[..., None]
) -> None:
    connect(host=connected.url, password="wrong")
    with pytest.raises(PineconeAuthError, match="The API key of connection pinecone_default was refused"):
        PineconeBackupHook().list_indexes()
    assert [entry["status"] for entry in connected.requests()] == [401]


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
def test_the_key_is_in_no_log_error_or_repr(
    connected: Emulator,
    connect: Callable[..., None],
    told: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    key = "pcsk_a-key-that-nobody-may-see"
    connect(host=connected.url, password=key)
    body = {"error": {"code": "SAYS", "message": f"I was sent {key}"}}
    connected.set_faults({"action": "status", "status": status, "body": body})
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    hook = PineconeBackupHook()
    with pytest.raises(PineconeError) as caught:
        hook.list_indexes()
    seen = [str(caught.value), repr(caught.value), repr(caught.value.__dict__), told()]
    seen += [repr(hook), repr(hook.connection), repr(hook.client), repr(hook.test_connection())]
    assert [text for text in seen if key in text] == []
