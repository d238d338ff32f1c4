"""Namespaces: created empty or by their first record, listed, described, deleted, backed up and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.contract.conftest import Emulator

SCHEMA = {"fields": {"genre": {"filterable": True}, "year": {"filterable": True}}}
SHOWN = {"schema": SCHEMA, "indexed_fields": {"fields": ["genre", "year"]}}


@pytest.fixture
def host(create_index: Callable[..., Any]) -> str:
    """Where an empty index of three dimensions is."""
    return str(create_index("docs")["host"])


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def create(api: httpx.Client, host: str, name: str, **more: Any) -> Any:
    return ok(api.post(f"{host}/namespaces", json={"name": name, **more}))


def write(api: httpx.Client, host: str, *ids: str, namespace: str) -> None:
    vectors = [{"id": id_, "values": [1, 2, 3]} for id_ in ids]
    ok(api.post(f"{host}/vectors/upsert", json={"vectors": vectors, "namespace": namespace}))


def listed(api: httpx.Client, host: str, **params: Any) -> dict[str, int]:
    rows = ok(api.get(f"{host}/namespaces", params=params))["namespaces"]
    return {row["name"]: row["record_count"] for row in rows}


def stats(api: httpx.Client, host: str) -> dict[str, int]:
    spaces = ok(api.post(f"{host}/describe_index_stats", json={}))["namespaces"]
    return {name: summary["vectorCount"] for name, summary in spaces.items()}


def test_a_namespace_is_created_empty(api: httpx.Client, host: str) -> None:
    created = create(api, host, "movies")
    assert created == {"name": "movies", "record_count": 0}
    assert ok(api.get(f"{host}/namespaces/movies")) == created
    assert ok(api.get(f"{host}/namespaces")) == {"namespaces": [created], "total_count": 1}
    assert stats(api, host) == {"movies": 0}


def test_a_schema_is_shown_with_the_fields_that_it_indexes(api: httpx.Client, host: str) -> None:
    created = create(api, host, "movies", schema=SCHEMA)
    assert created == {"name": "movies", "record_count": 0, **SHOWN}
    write(api, host, "a", "b", namespace="movies")
    assert ok(api.get(f"{host}/namespaces/movies")) == created | {"record_count": 2}
    assert ok(api.get(f"{host}/namespaces"))["namespaces"] == [created | {"record_count": 2}]


def test_a_name_that_is_taken_is_a_conflict_whoever_took_it(api: httpx.Client, host: str) -> None:
    create(api, host, "created", schema=SCHEMA)
    write(api, host, "a", namespace="written")
    for name in ("created", "written"):
        taken = api.post(f"{host}/namespaces", json={"name": name})
        assert (taken.status_code, taken.json()["code"]) == (409, 6)
    assert listed(api, host) == {"created": 0, "written": 1}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "n" * 513}, "name"),
        ({"name": "naïve"}, "name"),
        ({"name": "nul\0"}, "name"),
        ({"name": 7}, "name"),
        ({"name": "__default__"}, "__default__"),
        ({"name": "x", "schema": {}}, "schema.fields"),
        (
            {"name": "x", "schema": {"fields": {"genre": {"filterable": False}}}},
            "schema.fields.genre.filterable",
        ),
        ({"name": "x", "schema": {"fields": {"genre": {}}}}, "schema.fields.genre.filterable"),
        ({"name": "x", "schema": {"fields": {"genre": True}}}, "schema.fields.genre"),
    ],
)
def test_a_namespace_that_cannot_be_is_refused(
    api: httpx.Client, host: str, body: dict[str, Any], field: str
) -> None:
    refused = api.post(f"{host}/namespaces", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, 3)
    assert refused.json()["message"].startswith(field)
    assert listed(api, host) == {}


def test_a_namespace_stays_when_its_records_go(api: httpx.Client, host: str) -> None:
    for namespace in ("by-id", "all", "filtered"):
        write(api, host, "a", namespace=namespace)
    delete = f"{host}/vectors/delete"
    ok(api.post(delete, json={"namespace": "by-id", "ids": ["a"]}))
    ok(api.post(delete, json={"namespace": "all", "deleteAll": True}))
    ok(api.post(delete, json={"namespace": "filtered", "filter": {"x": {"$exists": False}}}))
    assert listed(api, host) == stats(api, host) == {"all": 0, "by-id": 0, "filtered": 0}


@pytest.mark.parametrize("name", ["movies", "a/b c%2F?#"])
@pytest.mark.parametrize("records", [(), ("a", "b")])
def test_a_deleted_namespace_is_gone_with_its_records_and_schema(
    api: httpx.Client, host: str, name: str, records: tuple[str, ...]
) -> None:
    path = f"{host}/namespaces/{quote(name, safe='')}"
    create(api, host, name, schema=SCHEMA)
    for id_ in records:
        write(api, host, id_, namespace=name)
    write(api, host, "a", namespace="other")
    assert ok(api.get(path))["record_count"] == len(records)

    assert ok(api.delete(path)) == {}

    assert api.get(path).status_code == 404
    assert api.delete(path).status_code == 404
    assert listed(api, host) == stats(api, host) == {"other": 1}
    assert create(api, host, name) == {"name": name, "record_count": 0}


def test_a_namespace_is_of_one_index_and_goes_with_it(
    api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    docs, other = (create_index(name)["host"] for name in ("docs", "other"))
    create(api, docs, "movies")
    assert listed(api, other) == {}
    api.delete("/indexes/docs")
    assert listed(api, create_index("docs")["host"]) == {}


def test_namespaces_are_listed_in_order_by_prefix_and_page(api: httpx.Client, host: str) -> None:
    for name in ("b", "a/2", "a1", "A", "a%"):
        create(api, host, name)
    write(api, host, "x", namespace="")

    first = ok(api.get(f"{host}/namespaces", params={"limit": 4}))
    rest = ok(
        api.get(f"{host}/namespaces", params={"limit": 4, "paginationToken": first["pagination"]["next"]})
    )

    names = [row["name"] for row in first["namespaces"] + rest["namespaces"]]
    assert names == ["A", "__default__", "a%", "a/2", "a1", "b"]
    assert first["total_count"] == rest["total_count"] == 6
    assert "pagination" not in rest
    assert list(listed(api, host, prefix="a")) == ["a%", "a/2", "a1"]


def test_a_backup_keeps_empty_namespaces_and_their_schemas(
    api: httpx.Client, emulator: Emulator, host: str
) -> None:
    create(api, host, "movies", schema=SCHEMA)
    create(api, host, "empty")
    write(api, host, "a", namespace="one")

    backup = ok(api.post("/indexes/docs/backups", json={}))
    api.delete("/indexes/docs")
    api.post(f"/backups/{backup['backup_id']}/create-index", json={"name": "copy"})

    assert (backup["record_count"], backup["namespace_count"]) == (1, 3)
    copy = api.get("/indexes/copy").json()["host"]
    assert listed(api, copy) == stats(api, copy) == {"empty": 0, "movies": 0, "one": 1}
    assert ok(api.get(f"{copy}/namespaces/movies")) == {"name": "movies", "record_count": 0, **SHOWN}


def test_a_backup_holds_the_namespaces_that_were_there_before_the_write_lag(
    api: httpx.Client, emulator: Emulator, host: str
) -> None:
    emulator.freeze()
    emulator.change_settings(write_lag=900)
    create(api, host, "old")
    emulator.advance(900)
    create(api, host, "young")
    write(api, host, "a", namespace="old")
    write(api, host, "a", namespace="written")
    backup = ok(api.post("/indexes/docs/backups", json={}))
    assert (backup["record_count"], backup["namespace_count"]) == (0, 1)


def test_a_record_in_a_backup_has_its_namespace_even_if_the_clock_went_back(
    api: httpx.Client, emulator: Emulator, host: str
) -> None:
    emulator.freeze()
    emulator.set_time("2040-01-02T00:00:00Z")
    create(api, host, "movies", schema=SCHEMA)
    emulator.set_time("2040-01-01T00:00:00Z")
    write(api, host, "a", namespace="movies")
    backup = ok(api.post("/indexes/docs/backups", json={}))
    assert (backup["record_count"], backup["namespace_count"]) == (1, 1)


def test_before_2025_10_namespaces_come_with_their_first_record_and_have_no_schema(
    api: httpx.Client, emulator: Emulator, host: str
) -> None:
    create(api, host, "movies", schema=SCHEMA)
    with emulator.client("2025-04") as older:
        refused = older.post(f"{host}/namespaces", json={"name": "new"})
        assert (refused.status_code, refused.json()["code"]) == (404, 5)
        row = {"name": "movies", "record_count": 0}
        assert ok(older.get(f"{host}/namespaces/movies")) == row
        assert ok(older.get(f"{host}/namespaces")) == {"namespaces": [row]}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "namespaces"), ("GET", "namespaces"), ("GET", "namespaces/x"), ("DELETE", "namespaces/x")],
)
def test_pod_indexes_have_no_namespace_operations(
    api: httpx.Client, create_index: Callable[..., Any], method: str, path: str
) -> None:
    pods = {"deployment_type": "pod", "environment": "us-east-1-aws"}
    host = create_index("pods", deployment=pods)["host"]
    refused = api.request(method, f"{host}/{path}", json={"name": "x"})
    assert (refused.status_code, refused.json()["code"]) == (400, 3)
