"""Tests steer the emulator: its settings, its clock, its reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.contract.conftest import Emulator


def settings(api: httpx.Client) -> dict[str, Any]:
    body: dict[str, Any] = api.get("/_emulator/settings").json()
    return body


def test_settings_change_one_by_one_and_never_show_the_key(api: httpx.Client) -> None:
    before = settings(api)
    changed = api.put("/_emulator/settings", json={"max_backups": 3})
    assert changed.json() == settings(api) == before | {"max_backups": 3}
    assert "api_key" not in before


@pytest.mark.parametrize("body", [{"backup_seconds": -1}, {"colour": "red"}, [], {"next_backups": ["Lost"]}])
def test_a_setting_that_makes_no_sense_is_refused(api: httpx.Client, body: Any) -> None:
    before = settings(api)
    assert api.put("/_emulator/settings", json=body).status_code == 400
    assert settings(api) == before


def test_the_key_can_be_changed_as_when_it_is_rotated(api: httpx.Client) -> None:
    api.put("/_emulator/settings", json={"api_key": "new"})
    assert api.get("/indexes").status_code == 401
    assert api.get("/indexes", headers={"Api-Key": "new"}).status_code == 200


def test_the_clock_is_set_advanced_and_frozen(api: httpx.Client) -> None:
    frozen = api.put("/_emulator/clock", json={"frozen": True}).json()
    moved = api.put("/_emulator/clock", json={"now": "2026-01-31T00:00:00Z", "advance": 1.5}).json()
    seen = api.get("/_emulator/clock").json()
    running = api.put("/_emulator/clock", json={"frozen": False}).json()

    assert frozen["frozen"]
    assert moved == seen == {"now": "2026-01-31T00:00:01.500000Z", "frozen": True}
    assert not running["frozen"]
    assert running["now"] >= moved["now"]


@pytest.mark.parametrize(
    ("date", "seen"),
    [
        ("2026-01-31T00:00:01Z", "2026-01-31T00:00:01.000000Z"),
        ("2026-01-31T00:00:01", "2026-01-31T00:00:01.000000Z"),
        ("2026-01-31T01:00:01+01:00", "2026-01-31T00:00:01.000000Z"),
        ("2026-01-31T00:00:01.250000Z", "2026-01-31T00:00:01.250000Z"),
    ],
)
def test_the_clock_is_set_in_utc_unless_the_date_names_a_zone(
    emulator: Emulator, date: str, seen: str
) -> None:
    emulator.freeze()
    emulator.set_time(date)
    assert emulator.now() == seen


@pytest.mark.parametrize(
    "body",
    [{"now": "yesterday"}, {"advance": -1}, {"later": 1}, {"advance": 1e300}, {"now": "9999-12-31"}],
)
def test_a_change_of_the_clock_that_makes_no_sense_is_refused(
    emulator: Emulator, api: httpx.Client, body: Any
) -> None:
    emulator.freeze()
    before = emulator.now()
    assert api.put("/_emulator/clock", json=body).status_code == 400
    assert emulator.now() == before


def test_a_reset_goes_back_to_the_start(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    at_the_start = settings(api)
    create_index("docs")
    api.post("/indexes/docs/backups", json={})
    emulator.change_settings(backup_seconds=7)
    emulator.freeze()
    emulator.advance(1_000_000)
    a_million_seconds_on = emulator.now()
    emulator.set_faults({"action": "html"})

    assert api.post("/_emulator/reset").status_code == 204

    assert emulator.requests() == []
    assert api.get("/indexes").json() == {"indexes": []}
    assert api.get("/backups").json()["data"] == []
    assert api.get("/indexes/docs/backups?include_deleted=true").status_code == 404
    assert settings(api) == at_the_start
    assert emulator.now() < a_million_seconds_on
    assert not api.get("/_emulator/clock").json()["frozen"]
