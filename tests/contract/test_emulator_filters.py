"""Metadata filters choose which records are found, read and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

FILMS: dict[str, dict[str, Any]] = {
    "alien": {"genre": "horror", "year": 1979, "tags": ["space", "cult"], "seen": True},
    "brazil": {"genre": "comedy", "year": 1985, "tags": ["cult"], "seen": False},
    "carrie": {"genre": "horror", "year": 1976, "tags": []},
    "dune": {},
}


@pytest.fixture
def host(api: httpx.Client, create_index: Callable[..., Any]) -> str:
    """Where an index of some films is."""
    host = str(create_index("films")["host"])
    vectors = [{"id": id_, "values": [1, 2, 3], "metadata": metadata} for id_, metadata in FILMS.items()]
    assert api.post(f"{host}/vectors/upsert", json={"vectors": vectors}).status_code == 200
    return host


def found(api: httpx.Client, host: str, wanted: dict[str, Any]) -> set[str]:
    body = {"topK": 10, "vector": [1, 2, 3], "filter": wanted}
    answer = api.post(f"{host}/query", json=body)
    assert answer.status_code == 200, answer.text
    return {match["id"][0] for match in answer.json()["matches"]}


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, "abcd"),
        ({"genre": "horror"}, "ac"),
        ({"genre": {"$eq": "horror"}, "year": {"$lt": 1979}}, "c"),
        ({"genre": {"$ne": "horror"}}, "bd"),
        ({"year": {"$gt": 1979}}, "b"),
        ({"year": {"$gte": 1979}}, "ab"),
        ({"year": {"$gt": 1976, "$lte": 1979}}, "a"),
        ({"genre": {"$in": ["comedy", "drama"]}}, "b"),
        ({"genre": {"$nin": ["comedy", "drama"]}}, "acd"),
        ({"tags": "cult"}, "ab"),
        ({"tags": {"$in": ["space"]}}, "a"),
        ({"tags": {"$ne": "space"}}, "bcd"),
        ({"seen": True}, "a"),
        ({"seen": 1}, ""),
        ({"seen": {"$exists": True}}, "ab"),
        ({"seen": {"$exists": False}}, "cd"),
        ({"genre": {"$gt": 1}}, ""),
        ({"$or": [{"year": 1985}, {"genre": "horror", "seen": True}]}, "ab"),
        ({"$and": [{"genre": "horror"}, {"$or": [{"year": 1976}, {"year": 1985}]}]}, "c"),
    ],
)
def test_a_query_finds_what_its_filter_lets_through(
    api: httpx.Client, host: str, wanted: dict[str, Any], ids: str
) -> None:
    assert found(api, host, wanted) == set(ids)


def test_the_nearest_are_chosen_from_what_the_filter_lets_through(api: httpx.Client, host: str) -> None:
    vectors = [{"id": "echo", "values": [1, 2, 2.5], "metadata": {"genre": "drama"}}]
    api.post(f"{host}/vectors/upsert", json={"vectors": vectors})
    body = {"topK": 1, "vector": [1, 2, 3], "filter": {"genre": "drama"}, "includeMetadata": True}
    (match,) = api.post(f"{host}/query", json=body).json()["matches"]
    assert (match["id"], match["metadata"]) == ("echo", {"genre": "drama"})


@pytest.mark.parametrize(
    "wanted",
    [
        {"year": {"$near": 1979}},
        {"$not": {"year": 1979}},
        {"year": {"$gt": "1979"}},
        {"genre": {"$in": "horror"}},
        {"genre": {"$exists": "yes"}},
        {"genre": None},
        {"genre": ["horror"]},
        {"$or": []},
        {"$and": {"year": 1979}},
        [],
    ],
)
def test_what_is_no_filter_is_refused(api: httpx.Client, host: str, wanted: Any) -> None:
    answer = api.post(f"{host}/query", json={"topK": 1, "vector": [1, 2, 3], "filter": wanted})
    assert (answer.status_code, answer.json()["code"]) == (400, 3)
    assert answer.json()["message"].startswith("filter: ")


def test_records_are_read_by_their_metadata_page_by_page(api: httpx.Client, host: str) -> None:
    def read(**more: Any) -> Any:
        answer = api.post(f"{host}/vectors/fetch_by_metadata", json={"limit": 1, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    first = read(filter={"genre": "horror"})
    second = read(filter={"genre": "horror"}, paginationToken=first["pagination"]["next"])

    assert first["vectors"] == {"alien": {"id": "alien", "values": [1, 2, 3], "metadata": FILMS["alien"]}}
    assert list(second["vectors"]) == ["carrie"]
    assert "pagination" not in second


def test_records_are_deleted_by_their_metadata(api: httpx.Client, host: str) -> None:
    assert api.post(f"{host}/vectors/delete", json={"filter": {"genre": "horror"}}).status_code == 200
    assert found(api, host, {}) == {"b", "d"}
