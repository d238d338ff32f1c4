"""The emulator, called past its HTTP stack, answers what it answers through it, and can be set back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.settings import Settings
from airflow_provider_pinecone.api.wire import Answer, Request, request_for
from airflow_provider_pinecone.emulator.app import create_app
from airflow_provider_pinecone.emulator.clock import Clock
from tests.resilience.search.pinecone import HOST, Pinecone
from tests.resilience.search.scene import KEY, scene

SETTINGS = Settings(api_key=KEY, host=HOST)
WRONG = Settings(api_key="wrong", host=HOST)


def test_its_answers_are_those_that_come_through_http() -> None:
    pinecone = _at_start()
    app = create_app(pinecone.project.settings, clock=Clock(lambda: pinecone.now))
    pinecone.records_of("")  # brings the state to where the scene begins
    app.state.project.store.db.deserialize(pinecone.project.store.db.serialize())
    backup_id = scene().backup.backup_id
    calls: list[Call[Any]] = [
        endpoints.list_backups("movies", limit=100),
        endpoints.list_backups("movies", limit=2),
        endpoints.list_backups("movies", limit=100, include_deleted=True),
        endpoints.list_backups("no-such-index"),
        endpoints.list_backups(),
        endpoints.describe_backup(backup_id),
        endpoints.describe_backup("no-such-backup"),
        endpoints.describe_index("movies"),
        endpoints.describe_index("no-such-index"),
        endpoints.list_restore_jobs(limit=100),
        endpoints.describe_restore_job("no-such-job"),
        endpoints.create_backup("no-such-index", name="no"),
        endpoints.create_index_from_backup(backup_id, name="movies"),
        endpoints.delete_backup(backup_id),
    ]
    for call in calls:
        for settings in (WRONG, SETTINGS):
            request = request_for(call, settings=settings)
            expected = _through_http(app, request)
            answer = pinecone.answer(request)
            assert (answer.status, answer.content) == (expected.status, expected.content), call
            assert answer.headers.get("content-type") == expected.headers.get("content-type"), call


def test_each_run_begins_in_the_same_state() -> None:
    pinecone = _at_start()
    before = pinecone.rows("backups")

    pinecone.answer(request_for(endpoints.create_backup("movies"), settings=SETTINGS))
    assert len(pinecone.rows("backups")) == len(before) + 1

    pinecone.begin()
    assert pinecone.rows("backups") == before


def test_what_is_answered_from_a_tape_leaves_the_state_that_the_answers_tell_of() -> None:
    pinecone = _at_start()
    create = request_for(endpoints.create_backup("movies"), settings=SETTINGS)
    first, second = pinecone.answer(create), pinecone.answer(create)
    after_both = pinecone.rows("backups")

    pinecone.begin(pinecone.tape[:1])

    assert pinecone.answer(create) == first
    assert pinecone.answer(create) == second
    assert pinecone.rows("backups") == after_both


def test_a_listing_can_lag_and_what_is_read_by_its_id_does_not() -> None:
    pinecone = _at_start()
    made = pinecone.answer(request_for(endpoints.create_backup("movies"), settings=SETTINGS))
    backup_id = json.loads(made.content)["backup_id"]
    listing = request_for(endpoints.list_backups("movies"), settings=SETTINGS)
    pinecone.now += 3.0

    assert backup_id.encode() not in pinecone.answer(listing, listing_lag=4.0).content
    assert backup_id.encode() in pinecone.answer(listing, listing_lag=3.0).content
    reading = request_for(endpoints.describe_backup(backup_id), settings=SETTINGS)
    assert pinecone.answer(reading, listing_lag=4.0).status == 200


def _at_start() -> Pinecone:
    pinecone = scene().pinecone
    pinecone.begin()
    return pinecone


def _through_http(app: Any, request: Request) -> Answer:
    """Call the ASGI application; it waits for nothing, and so needs no event loop."""
    messages: list[Any] = []
    url = urlsplit(request.url)

    async def receive() -> Any:
        return {"type": "http.request", "body": request.content or b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    headers = {"Host": url.netloc, **request.headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": url.path,
        "root_path": "",
        "query_string": url.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": (url.hostname, url.port),
    }
    handling = app(scope, receive, send)
    try:
        handling.send(None)
    except StopIteration:
        start, *rest = messages
        told = {name.decode(): value.decode() for name, value in start["headers"]}
        if told.get("content-type", "").startswith("text/plain"):
            told["content-type"] = "text/plain"
        content = b"".join(message.get("body", b"") for message in rest)
        return Answer(status=start["status"], headers=told, content=content)
    raise AssertionError("the application waits for something")
