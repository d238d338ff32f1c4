"""An index's own API: records are written, read, listed, counted, compared and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


@pytest.fixture
def host(create_index: Callable[..., Any]) -> str:
    """Where an empty index of three dimensions is."""
    return str(create_index("docs")["host"])


def post(api: httpx.Client, url: str, **body: Any) -> Any:
    answer = api.post(url, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def get(api: httpx.Client, url: str, **params: Any) -> Any:
    answer = api.get(url, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def write(api: httpx.Client, host: str, *ids: str, namespace: str = "") -> None:
    vectors = [{"id": id_, "values": [1, 2, 3]} for id_ in ids]
    post(api, f"{host}/vectors/upsert", vectors=vectors, namespace=namespace)


def test_a_record_comes_back_as_32_bit_floats_with_its_metadata(api: httpx.Client, host: str) -> None:
    metadata = {"genre": "drama", "year": 1999, "tags": ["a", "ä"], "seen": True}
    vector = {"id": "a b/ä", "values": [0.1, -1e-45, 3], "metadata": metadata}
    assert post(api, f"{host}/vectors/upsert", vectors=[vector]) == {"upsertedCount": 1}

    fetched = get(api, f"{host}/vectors/fetch", ids=["a b/ä", "none"])

    assert fetched["vectors"] == {
        "a b/ä": {
            "id": "a b/ä",
            "values": [0.10000000149011612, -1.401298464324817e-45, 3.0],
            "metadata": metadata,
        }
    }
    assert fetched["namespace"] == ""


def test_writing_again_replaces(api: httpx.Client, host: str) -> None:
    post(api, f"{host}/vectors/upsert", vectors=[{"id": "a", "values": [1, 1, 1], "metadata": {"x": 1}}])
    post(
        api,
        f"{host}/vectors/upsert",
        vectors=[{"id": "a", "values": [2, 2, 2]}, {"id": "a", "values": [3, 3, 3]}],
    )

    fetched = get(api, f"{host}/vectors/fetch", ids="a")["vectors"]["a"]

    assert fetched == {"id": "a", "values": [3, 3, 3]}
    assert post(api, f"{host}/describe_index_stats")["totalVectorCount"] == 1


def test_an_update_changes_values_or_some_metadata(api: httpx.Client, host: str) -> None:
    vector = {"id": "a", "values": [1, 1, 1], "metadata": {"x": 1, "y": 2}}
    post(api, f"{host}/vectors/upsert", vectors=[vector])

    post(api, f"{host}/vectors/update", id="a", setMetadata={"y": 3})
    post(api, f"{host}/vectors/update", id="a", values=[2, 2, 2])

    fetched = get(api, f"{host}/vectors/fetch", ids="a")["vectors"]["a"]
    assert fetched == {"id": "a", "values": [2, 2, 2], "metadata": {"x": 1, "y": 3}}


def test_an_update_leaves_what_it_does_not_name(api: httpx.Client, host: str) -> None:
    dense, sparse = [1, 1, 1], {"indices": [1], "values": [0.5]}
    vector = {"id": "a", "values": dense, "sparseValues": sparse, "metadata": {"x": 1}}
    post(api, f"{host}/vectors/upsert", vectors=[vector])

    def updated(**change: Any) -> Any:
        post(api, f"{host}/vectors/update", id="a", **change)
        return get(api, f"{host}/vectors/fetch", ids="a")["vectors"]["a"]

    assert updated(values=[2, 2, 2]) == vector | {"values": [2, 2, 2]}
    changed = {"indices": [7], "values": [0.25]}
    assert updated(sparseValues=changed) == vector | {"values": [2, 2, 2], "sparseValues": changed}


def test_ids_are_listed_in_order_by_prefix_and_page(api: httpx.Client, host: str) -> None:
    write(api, host, "b1", "a2", "a1", "a%", "a3", "B1")

    first = get(api, f"{host}/vectors/list", prefix="a", limit=3)
    second = get(
        api, f"{host}/vectors/list", prefix="a", limit=3, paginationToken=first["pagination"]["next"]
    )

    assert [row["id"] for row in first["vectors"]] == ["a%", "a1", "a2"]
    assert [row["id"] for row in second["vectors"]] == ["a3"]
    assert "pagination" not in second


def test_stats_count_each_namespace(api: httpx.Client, host: str) -> None:
    write(api, host, "a", "b")
    write(api, host, "a", namespace="one")

    stats = post(api, f"{host}/describe_index_stats")

    assert stats["namespaces"] == {"": {"vectorCount": 2}, "one": {"vectorCount": 1}}
    assert (stats["totalVectorCount"], stats["dimension"], stats["metric"]) == (3, 3, "cosine")


def test_records_are_deleted_by_id_or_all_at_once(api: httpx.Client, host: str) -> None:
    write(api, host, "a", "b", "c")
    write(api, host, "a", namespace="one")

    post(api, f"{host}/vectors/delete", ids=["a", "none"])
    assert [row["id"] for row in get(api, f"{host}/vectors/list")["vectors"]] == ["b", "c"]
    post(api, f"{host}/vectors/delete", deleteAll=True)
    stats = post(api, f"{host}/describe_index_stats")
    assert stats["namespaces"] == {"": {"vectorCount": 0}, "one": {"vectorCount": 1}}


@pytest.mark.parametrize(
    ("metric", "ids", "best"),
    [("cosine", ["east", "north", "west"], 1.0), ("euclidean", ["east", "north", "west"], 0.0)],
)
def test_a_query_finds_the_nearest_first(api: httpx.Client, metric: str, ids: list[str], best: float) -> None:
    schema = {"fields": {"_values": {"type": "dense_vector", "dimension": 2, "metric": metric}}}
    host = post_index(api, schema)
    vectors = {"west": [-1, 0], "north": [0, 1], "east": [1, 0]}
    post(api, f"{host}/vectors/upsert", vectors=[{"id": i, "values": v} for i, v in vectors.items()])

    by_vector = post(api, f"{host}/query", topK=3, vector=[1, 0], includeValues=True)
    by_id = post(api, f"{host}/query", topK=1, id="east")

    assert [match["id"] for match in by_vector["matches"]] == ids
    assert by_vector["matches"][0] == {"id": "east", "values": [1, 0], "score": best}
    assert by_id["matches"] == [{"id": "east", "score": best}]


def post_index(api: httpx.Client, schema: dict[str, Any]) -> str:
    answer = api.post("/indexes", json={"name": "docs", "schema": schema})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["host"])


@pytest.mark.parametrize(
    "vector",
    [
        {"id": "a", "values": [1, 2]},
        {"id": "a", "values": [1, 2, 3, 4]},
        {"id": "a"},
        {"id": "", "values": [1, 2, 3]},
        {"id": "a" * 513, "values": [1, 2, 3]},
        {"id": "a", "values": [1, 2, 1e39]},
        {"values": [1, 2, 3]},
    ],
)
def test_a_bad_vector_is_refused_and_none_is_written(
    api: httpx.Client, host: str, vector: dict[str, Any]
) -> None:
    answer = api.post(f"{host}/vectors/upsert", json={"vectors": [{"id": "x", "values": [1, 2, 3]}, vector]})

    assert answer.status_code == 400
    assert answer.json().keys() == {"code", "message", "details"}
    assert answer.json()["code"] == 3
    assert post(api, f"{host}/describe_index_stats")["totalVectorCount"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("query", {"topK": 1, "queries": [{"values": [1, 2, 3]}]}),
        ("vectors/update", {"id": "a", "filter": {"x": 1}, "setMetadata": {"x": 2}}),
        ("describe_index_stats", {"filter": {"x": 1}}),
    ],
)
def test_what_is_not_done_is_refused_rather_than_ignored(
    api: httpx.Client, host: str, path: str, body: dict[str, Any]
) -> None:
    write(api, host, "a")
    assert api.post(f"{host}/{path}", json=body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "records/namespaces/one/upsert"),
        ("POST", "records/namespaces/one/search"),
        ("GET", "bulk/imports"),
        ("POST", "bulk/imports"),
        ("DELETE", "bulk/imports/1"),
    ],
)
def test_what_there_is_not_says_so(api: httpx.Client, host: str, method: str, path: str) -> None:
    answer = api.request(method, f"{host}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (400, 3)
    assert "emulator" in answer.json()["message"]


def test_the_host_of_a_deleted_index_answers_not_found(api: httpx.Client, host: str) -> None:
    api.delete("/indexes/docs")
    answer = api.get(f"{host}/vectors/list")
    assert (answer.status_code, answer.json()["code"]) == (404, 5)
