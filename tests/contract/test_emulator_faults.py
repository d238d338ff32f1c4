"""Faults are real: connections close, bodies break, and what was acted on stays done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.conftest import Emulator


@pytest.fixture(autouse=True)
def _docs(create_index: Callable[..., Any]) -> None:
    create_index("docs")


def create_backup(api: httpx.Client) -> httpx.Response:
    return api.post("/indexes/docs/backups", json={})


def count(emulator: Emulator, api: httpx.Client) -> int:
    """Count the backups that there really are."""
    emulator.set_faults()
    return len(api.get("/backups").json()["data"])


def test_close_before_drops_the_connection_without_acting(emulator: Emulator, api: httpx.Client) -> None:
    emulator.set_faults({"method": "POST", "path": "*/backups", "action": "close_before"})
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected without sending a response"):
        create_backup(api)
    assert count(emulator, api) == 0


def test_close_after_acts_and_drops_the_connection(emulator: Emulator, api: httpx.Client) -> None:
    emulator.set_faults({"method": "POST", "path": "*/backups", "action": "close_after"})
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected without sending a response"):
        create_backup(api)
    assert count(emulator, api) == 1


@pytest.mark.parametrize("action", ["close_before", "close_after"])
def test_requests_sees_a_lost_connection_too(emulator: Emulator, action: str) -> None:
    emulator.set_faults({"action": action})
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{emulator.url}/backups", headers={"Api-Key": emulator.api_key}, timeout=10)


def test_truncate_acts_and_sends_half_of_the_answer(emulator: Emulator, api: httpx.Client) -> None:
    emulator.set_faults({"method": "POST", "action": "truncate"})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        create_backup(api)
    assert count(emulator, api) == 1


def test_drip_takes_its_time_and_gives_the_whole_answer(emulator: Emulator, api: httpx.Client) -> None:
    emulator.set_faults({"action": "drip", "seconds": 0.2})
    with api.stream("GET", "/backups") as answer:
        pieces = list(answer.iter_raw())
    assert b"".join(pieces) == b'{"data":[],"pagination":null}'
    assert len(pieces) > 1
    assert emulator.requests()[-1]["seconds"] >= 0.2


def test_status_answers_without_acting(emulator: Emulator, api: httpx.Client) -> None:
    emulator.set_faults({"action": "status", "status": 429, "retry_after": 2})
    answer = create_backup(api)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert answer.json()["error"]["code"] == "RESOURCE_EXHAUSTED"
    assert count(emulator, api) == 0


def test_status_can_have_a_body(emulator: Emulator, api: httpx.Client) -> None:
    for body, text in (({"any": "thing"}, '{"any": "thing"}'), ("upstream timed out", "upstream timed out")):
        emulator.set_faults({"action": "status", "status": 502, "body": body})
        assert api.get("/backups").text == text


def test_html_and_garbage_are_no_json(emulator: Emulator, api: httpx.Client) -> None:
    emulator.set_faults({"action": "html", "times": 1}, {"action": "garbage"})
    html, garbage = api.get("/backups"), api.get("/backups")
    assert (html.status_code, html.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (garbage.status_code, garbage.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match="codec"):
        garbage.json()


def test_delay_makes_a_client_time_out_and_acts_all_the_same(emulator: Emulator, api: httpx.Client) -> None:
    emulator.set_faults({"method": "POST", "action": "delay", "seconds": 0.3})
    with pytest.raises(httpx.ReadTimeout):
        api.post("/indexes/docs/backups", json={}, timeout=httpx.Timeout(10, read=0.1))
    wait_until(lambda: emulator.requests()[-1]["status"] == 200)
    assert count(emulator, api) == 1


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 seconds"
        time.sleep(0.02)


def test_a_stale_listing_shows_what_was(emulator: Emulator, api: httpx.Client) -> None:
    emulator.freeze()
    old = create_backup(api).json()["backup_id"]
    emulator.advance(10)
    new = create_backup(api).json()["backup_id"]
    api.delete(f"/backups/{old}")
    emulator.advance(3)
    emulator.set_faults({"path": "/backups", "action": "stale", "seconds": 5})

    stale = api.get("/backups").json()["data"]

    assert [row["backup_id"] for row in stale] == [old]
    assert api.get(f"/backups/{new}").status_code == 200
    assert count(emulator, api) == 1


def test_nth_and_times_choose_the_requests(emulator: Emulator, api: httpx.Client) -> None:
    def statuses(**rule: Any) -> list[int]:
        emulator.set_faults({"path": "/backups*", "action": "status", "status": 500, **rule})
        return [api.get("/backups").status_code for _ in range(4)]

    assert statuses() == [500, 500, 500, 500]
    assert statuses(nth=2) == [200, 500, 200, 200]
    assert statuses(times=2) == [500, 500, 200, 200]
    assert statuses(nth=3, times=2) == [200, 200, 500, 500]
    assert statuses(method="POST") == [200, 200, 200, 200]
    assert statuses(path="/indexes*") == [200, 200, 200, 200]


def test_a_probability_is_repeatable_by_its_seed(emulator: Emulator, api: httpx.Client) -> None:
    def statuses(seed: int) -> list[int]:
        emulator.set_faults({"action": "status", "status": 500, "probability": 0.5, "seed": seed})
        return [api.get("/backups").status_code for _ in range(20)]

    first = statuses(1)
    assert set(first) == {200, 500}
    assert statuses(1) == first
    assert statuses(2) != first


@pytest.mark.parametrize(
    ("path", "hit"),
    [
        ("/backups", {"/backups"}),
        ("/backups*", {"/backups", "/backups/1"}),
        ("/backups/*", {"/backups/1"}),
        ("*/backups", {"/backups", "/indexes/docs/backups"}),
        ("/indexes/*/backups", {"/indexes/docs/backups"}),
        ("/indexes/?ocs/*", {"/indexes/docs/backups"}),
        ("*", {"/backups", "/backups/1", "/indexes/docs/backups", "/indexes"}),
        ("/Backups", set()),
    ],
)
def test_a_path_is_a_glob_for_the_whole_path(
    emulator: Emulator, api: httpx.Client, path: str, hit: set[str]
) -> None:
    emulator.set_faults({"path": path, "action": "status", "status": 418})
    paths = ("/backups", "/backups/1", "/indexes/docs/backups", "/indexes")
    assert {path for path in paths if api.get(path).status_code == 418} == hit


def test_no_glob_makes_the_emulator_stall(emulator: Emulator, api: httpx.Client) -> None:
    emulator.set_faults({"path": "*a" * 500, "action": "status", "status": 418})
    assert api.get("/" + "a" * 5000 + "!").status_code == 404  # within the client's 5 seconds


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"action": "explode"},
        {"action": "delay", "when": 1},
        {"action": "delay", "path": "^/backups$"},
        {"action": "delay", "path": "(a+)+$"},
        {"action": "delay", "path": "*" * 1001},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(emulator: Emulator, rule: dict[str, Any]) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        emulator.set_faults(rule)


def test_every_request_is_logged_with_its_outcome_and_never_the_key(
    emulator: Emulator, api: httpx.Client
) -> None:
    api.delete("/_emulator/requests")
    emulator.set_faults({"method": "POST", "action": "close_after"})
    api.get("/backups", params={"limit": 3})
    with pytest.raises(httpx.RemoteProtocolError):
        create_backup(api)
    with emulator.client("2025-10", api_key="wrong-key") as client:
        client.get("/indexes")

    log = emulator.requests()

    assert [
        (entry["method"], entry["path"], entry["query"], entry["version"], entry["status"], entry["outcome"])
        for entry in log
    ] == [
        ("GET", "/backups", "limit=3", "2026-07", 200, "answered"),
        ("POST", "/indexes/docs/backups", "", "2026-07", None, "close_after"),
        ("GET", "/indexes", "", "2025-10", 401, "answered"),
    ]
    assert all(entry["seconds"] >= 0 and entry["time"].endswith("Z") for entry in log)
    assert emulator.api_key not in str(log)
    assert "wrong-key" not in str(log)
