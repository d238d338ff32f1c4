"""Listings come in pages with offset tokens, as the real API's do."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.contract.conftest import Emulator

LISTINGS = ("/backups", "/indexes/docs/backups", "/restore-jobs")


def make_backups(api: httpx.Client, count: int) -> list[str]:
    """Make backups of docs, and give their ids, newest first."""
    made = [api.post("/indexes/docs/backups", json={}).json()["backup_id"] for _ in range(count)]
    return made[::-1]


def ids(page: dict[str, Any]) -> list[str]:
    return [row["backup_id"] for row in page["data"]]


def get(api: httpx.Client, path: str = "/backups", **params: Any) -> dict[str, Any]:
    answer = api.get(path, params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_pages_join_up_to_all_rows_newest_first(api: httpx.Client, create_index: Callable[..., Any]) -> None:
    create_index("docs")
    made = make_backups(api, 5)

    first = get(api, limit=2)
    second = get(api, paginationToken=first["pagination"]["next"])
    third = get(api, paginationToken=second["pagination"]["next"])

    assert ids(first) + ids(second) + ids(third) == made
    assert third["pagination"] is None


def test_rows_of_the_same_moment_keep_their_order(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    emulator.freeze()
    create_index("docs")
    made = make_backups(api, 5)
    for number in range(3):
        api.post(f"/backups/{made[0]}/create-index", json={"name": f"copy-{number}"})

    targets = [job["target_index_name"] for job in get(api, "/restore-jobs")["data"]]

    assert ids(get(api)) == made
    assert targets == ["copy-2", "copy-1", "copy-0"]


def test_an_exactly_full_last_page_has_a_token_for_an_empty_one(
    api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    create_index("docs")
    make_backups(api, 2)

    last = get(api, limit=2)
    after = get(api, paginationToken=last["pagination"]["next"])

    assert after == {"data": [], "pagination": None}


def test_a_limit_beside_a_token_overrides_its_page_size(
    api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    create_index("docs")
    made = make_backups(api, 5)
    first = get(api, limit=1)

    second = get(api, limit=3, paginationToken=first["pagination"]["next"])

    assert ids(second) == made[1:4]


def test_rows_that_come_in_between_shift_the_next_page(
    api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    create_index("docs")
    make_backups(api, 2)
    first = get(api, limit=1)
    make_backups(api, 1)

    second = get(api, paginationToken=first["pagination"]["next"])

    assert ids(second) == ids(first)


@pytest.mark.parametrize("path", LISTINGS)
@pytest.mark.parametrize(
    "token",
    [
        "zzz",
        "ä",
        base64.b64encode(b"{}").decode(),
        base64.b64encode(b'{"limit": 1, "offset": -1}').decode(),
        base64.b64encode(b'{"limit": 0, "offset": 1}').decode(),
        base64.b64encode(b'{"limit": 1, "offset": 1e400}').decode(),
        base64.b64encode(b"[1, 2]").decode(),
        base64.b64encode(b"\xff").decode(),
    ],
)
def test_a_malformed_token_is_refused(
    api: httpx.Client, create_index: Callable[..., Any], path: str, token: str
) -> None:
    create_index("docs")
    answer = api.get(path, params={"paginationToken": token})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("path", LISTINGS)
@pytest.mark.parametrize(
    ("version", "limit", "status"),
    [
        ("2026-04", "1", 200),
        ("2026-04", "100", 200),
        ("2026-04", "101", 400),
        ("2026-07", "101", 200),
        ("2026-07", "0", 400),
        ("2026-07", "-1", 400),
        ("2026-07", "ten", 400),
        ("2026-07", "9" * 30, 200),
    ],
)
def test_limits_follow_the_version(
    emulator: Emulator, create_index: Callable[..., Any], path: str, version: str, limit: str, status: int
) -> None:
    create_index("docs")
    with emulator.client(version) as client:
        assert client.get(path, params={"limit": limit}).status_code == status


@pytest.mark.parametrize(("version", "rows"), [("2025-04", 10), ("2026-04", 10), ("2026-07", 11)])
def test_default_page_sizes_follow_the_version(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any], version: str, rows: int
) -> None:
    create_index("docs")
    make_backups(api, 11)
    with emulator.client(version) as client:
        assert len(get(client)["data"]) == rows


def test_before_2026_07_the_last_page_says_nothing_of_pagination(
    emulator: Emulator, create_index: Callable[..., Any]
) -> None:
    create_index("docs")
    with emulator.client("2026-04") as client:
        assert get(client) == {"data": []}
