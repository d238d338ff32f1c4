"""Sparse vectors: written, read, changed, compared, backed up and restored, alone and beside dense ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.contract.conftest import Emulator

Sparse = dict[int, float]
RECORDS = {"cat": {1: 1.0, 2: 0.5}, "dog": {2: 2.0, 4_294_967_295: 0.25}, "fish": {7: 1.0}}


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.json()["code"]) == (400, 3), answer.text
    return str(answer.json()["message"])


def sparse(given: Sparse) -> dict[str, Any]:
    return {"indices": list(given), "values": list(given.values())}


def upsert(api: httpx.Client, host: str, *vectors: dict[str, Any]) -> httpx.Response:
    return api.post(f"{host}/vectors/upsert", json={"vectors": vectors})


def fetched(api: httpx.Client, host: str, *ids: str) -> dict[str, Any]:
    found: dict[str, Any] = ok(api.get(f"{host}/vectors/fetch", params={"ids": ids}))["vectors"]
    return found


def scores(api: httpx.Client, host: str, **asked: Any) -> dict[str, float]:
    """The matches of a query, nearest first."""
    matches = ok(api.post(f"{host}/query", json={"topK": 10, **asked}))["matches"]
    return {match["id"]: match["score"] for match in matches}


@pytest.fixture
def sparse_index(api: httpx.Client) -> str:
    """Where a sparse index is that holds the records above."""
    schema = {"fields": {"_sparse_values": {"type": "sparse_vector"}}}
    host: str = api.post("/indexes", json={"name": "words", "schema": schema}).json()["host"]
    ok(upsert(api, host, *({"id": id_, "sparseValues": sparse(given)} for id_, given in RECORDS.items())))
    return host


@pytest.fixture
def dense_index(api: httpx.Client) -> Callable[[str], str]:
    """Make an empty index of two dimensions, with a metric."""

    def make(metric: str) -> str:
        schema = {"fields": {"_values": {"type": "dense_vector", "dimension": 2, "metric": metric}}}
        return str(api.post("/indexes", json={"name": "hybrid", "schema": schema}).json()["host"])

    return make


@pytest.fixture
def hybrid_index(api: httpx.Client, dense_index: Callable[[str], str]) -> str:
    """Where a dotproduct index is, one of whose records has no sparse values."""
    host = dense_index("dotproduct")
    ok(
        upsert(
            api,
            host,
            {"id": "both", "values": [1, 0], "sparseValues": sparse({3: 2.0})},
            {"id": "other", "values": [0, 1], "sparseValues": sparse({4: 1.0})},
            {"id": "dense", "values": [2, 0]},
        )
    )
    return host


def test_a_sparse_vector_comes_back_in_its_order_as_32_bit_floats(
    api: httpx.Client, sparse_index: str
) -> None:
    given = {"indices": [822, 1, 4_294_967_295, 0], "values": [0.1, -2, 0, 1e-45]}
    ok(upsert(api, sparse_index, {"id": "a", "sparseValues": given, "metadata": {"x": 1}}))
    assert fetched(api, sparse_index, "a")["a"] == {
        "id": "a",
        "values": [],
        "sparseValues": {
            "indices": [822, 1, 4_294_967_295, 0],
            "values": [0.10000000149011612, -2.0, 0.0, 1.401298464324817e-45],
        },
        "metadata": {"x": 1},
    }


def test_a_sparse_index_is_queried_by_dotproduct_and_drops_what_shares_nothing(
    api: httpx.Client, sparse_index: str
) -> None:
    asked = sparse({2: 1.0, 1: 3.0, 99: 1.0})
    assert scores(api, sparse_index, sparseVector=asked) == {"cat": 3.5, "dog": 2.0}
    assert list(scores(api, sparse_index, sparseVector=asked, topK=1)) == ["cat"]
    assert scores(api, sparse_index, sparseVector=sparse({2: -1.0})) == {"cat": -0.5, "dog": -2.0}
    assert scores(api, sparse_index, sparseVector=sparse({5: 1.0})) == {}


def test_a_sparse_index_is_queried_by_the_id_of_a_record(api: httpx.Client, sparse_index: str) -> None:
    assert scores(api, sparse_index, id="dog") == {"dog": 4.0625, "cat": 1.0}
    assert scores(api, sparse_index, id="none") == {}


def test_a_match_shows_its_sparse_values_if_asked(api: httpx.Client, sparse_index: str) -> None:
    query = {"topK": 1, "sparseVector": sparse({7: 2.0})}
    plain = ok(api.post(f"{sparse_index}/query", json=query))["matches"]
    full = ok(api.post(f"{sparse_index}/query", json={**query, "includeValues": True}))["matches"]
    assert plain == [{"id": "fish", "score": 2.0}]
    assert full == [{"id": "fish", "score": 2.0, "values": [], "sparseValues": sparse({7: 1.0})}]


def test_a_filter_chooses_among_sparse_records_too(api: httpx.Client, sparse_index: str) -> None:
    record = {"id": "new", "sparseValues": sparse({2: 9.0}), "metadata": {"x": 1}}
    ok(upsert(api, sparse_index, record))
    assert scores(api, sparse_index, sparseVector=sparse({2: 1.0}), filter={"x": 1}) == {"new": 9.0}


def test_a_hybrid_query_adds_both_dotproducts(api: httpx.Client, hybrid_index: str) -> None:
    hybrid = scores(api, hybrid_index, vector=[1, 0.5], sparseVector=sparse({3: 10.0}))
    assert hybrid == {"both": 21.0, "dense": 2.0, "other": 0.5}
    assert list(hybrid) == ["both", "dense", "other"]
    assert scores(api, hybrid_index, vector=[1, 0.5]) == {"dense": 2.0, "both": 1.0, "other": 0.5}


def test_a_query_by_id_uses_both_parts_of_a_hybrid_record(api: httpx.Client, hybrid_index: str) -> None:
    assert scores(api, hybrid_index, id="both") == {"both": 5.0, "dense": 2.0, "other": 0.0}
    assert scores(api, hybrid_index, id="dense") == {"dense": 4.0, "both": 2.0, "other": 0.0}


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_other_metrics_keep_sparse_values_and_do_not_compare_them(
    api: httpx.Client, dense_index: Callable[[str], str], metric: str
) -> None:
    host = dense_index(metric)
    record = {"id": "a", "values": [1, 0], "sparseValues": sparse({1: 1.0})}
    ok(upsert(api, host, record, {"id": "b", "values": [0, 1]}))

    with_sparse = api.post(
        f"{host}/query", json={"topK": 1, "vector": [1, 0], "sparseVector": sparse({1: 1.0})}
    )

    assert refusal(with_sparse) == "Index configuration does not support sparse values"
    assert fetched(api, host, "a")["a"] == record
    assert scores(api, host, id="a") == scores(api, host, vector=[1, 0])


def test_an_update_replaces_sparse_values_and_leaves_the_rest(api: httpx.Client, hybrid_index: str) -> None:
    def updated(id_: str, **change: Any) -> Any:
        ok(api.post(f"{hybrid_index}/vectors/update", json={"id": id_, **change}))
        return fetched(api, hybrid_index, id_)[id_]

    assert updated("both", sparseValues=sparse({8: 1.5})) == {
        "id": "both",
        "values": [1, 0],
        "sparseValues": sparse({8: 1.5}),
    }
    assert updated("both", values=[5, 5])["sparseValues"] == sparse({8: 1.5})
    assert updated("dense", sparseValues=sparse({8: 1.0}))["values"] == [2, 0]
    assert scores(api, hybrid_index, vector=[0, 0], sparseVector=sparse({8: 2.0}), topK=2) == {
        "both": 3.0,
        "dense": 2.0,
    }


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"indices": [], "values": []}, "Sparse vector must contain at least one value"),
        (
            {"indices": [1, 2], "values": [1]},
            "Sparse vector has 2 indices and 1 values: their numbers must be equal",
        ),
        ({"indices": [5, 3, 5], "values": [1, 1, 1]}, "Sparse vector has the index 5 more than once"),
        (
            {"indices": [-1], "values": [1]},
            "sparseValues.indices.0: Input should be greater than or equal to 0",
        ),
        ({"indices": [2**32], "values": [1]}, "sparseValues.indices.0: Input should be less than 4294967296"),
        ({"indices": [0.5], "values": [1]}, "sparseValues.indices.0: Input should be a valid integer"),
        ({"indices": [1], "values": ["x"]}, "sparseValues.values.0: Input should be a valid number"),
        ({"indices": [1]}, "sparseValues.values: Field required"),
        ({"values": [1]}, "sparseValues.indices: Field required"),
        (
            {"indices": list(range(1001)), "values": [1.0] * 1001},
            "sparseValues.indices: List should have at most 1000 items",
        ),
        ({"indices": [1], "values": [1e39]}, "has a value that is too large for 32 bits."),
    ],
)
def test_a_bad_sparse_vector_is_refused_wherever_it_stands(
    api: httpx.Client, sparse_index: str, given: dict[str, Any], complaint: str
) -> None:
    before = fetched(api, sparse_index, "cat")
    assert complaint in refusal(upsert(api, sparse_index, {"id": "cat", "sparseValues": given}))
    update = {"id": "cat", "sparseValues": given}
    assert complaint in refusal(api.post(f"{sparse_index}/vectors/update", json=update))
    if "32 bits" not in complaint:
        queried = api.post(f"{sparse_index}/query", json={"topK": 1, "sparseVector": given})
        assert complaint.replace("sparseValues", "sparseVector") in refusal(queried)
    assert fetched(api, sparse_index, "cat") == before


def test_a_sparse_vector_has_up_to_1000_values(api: httpx.Client, sparse_index: str) -> None:
    given = sparse(dict.fromkeys(range(1000), 1.0))
    ok(upsert(api, sparse_index, {"id": "long", "sparseValues": given}))
    assert scores(api, sparse_index, sparseVector=given)["long"] == 1000.0


@pytest.mark.parametrize(
    ("vector", "complaint"),
    [
        ({"values": [1, 2]}, "Upserting dense vectors is not supported for sparse indexes"),
        (
            {"values": [1, 2], "sparseValues": sparse({1: 1.0})},
            "Upserting dense vectors is not supported for sparse indexes",
        ),
        ({}, "Sparse vector must contain at least one value"),
    ],
)
def test_a_sparse_index_takes_sparse_vectors_only(
    api: httpx.Client, sparse_index: str, vector: dict[str, Any], complaint: str
) -> None:
    assert refusal(upsert(api, sparse_index, {"id": "cat", **vector})) == complaint
    assert fetched(api, sparse_index, "cat")["cat"]["sparseValues"] == sparse(RECORDS["cat"])


def test_an_update_cannot_give_a_record_of_a_sparse_index_dense_values(
    api: httpx.Client, sparse_index: str
) -> None:
    update = {"id": "cat", "values": [1, 2]}
    complaint = refusal(api.post(f"{sparse_index}/vectors/update", json=update))
    assert complaint == "Upserting dense vectors is not supported for sparse indexes"


def test_a_dense_index_needs_dense_values_beside_sparse_ones(api: httpx.Client, hybrid_index: str) -> None:
    wrong = "Vector dimension 0 does not match the dimension of the index 2"
    assert refusal(upsert(api, hybrid_index, {"id": "a", "sparseValues": sparse({1: 1.0})})) == wrong
    queried = api.post(f"{hybrid_index}/query", json={"topK": 1, "sparseVector": sparse({1: 1.0})})
    assert refusal(queried) == wrong


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"vector": [1, 2]}, "Querying with dense vectors is not supported for sparse indexes"),
        (
            {"vector": [1, 2], "sparseVector": sparse({1: 1.0})},
            "Querying with dense vectors is not supported for sparse indexes",
        ),
        ({}, "One of vector, sparseVector and id is needed"),
        ({"id": "cat", "vector": [1]}, "Cannot provide both 'ID' and 'vector' at the same time"),
        (
            {"id": "cat", "sparseVector": sparse({1: 1.0})},
            "Cannot provide both 'ID' and 'sparse_vector' at the same time",
        ),
    ],
)
def test_a_query_names_what_to_compare_with_once(
    api: httpx.Client, sparse_index: str, asked: dict[str, Any], complaint: str
) -> None:
    assert refusal(api.post(f"{sparse_index}/query", json={"topK": 1, **asked})) == complaint


def test_the_stats_of_a_sparse_index_have_no_dimension(api: httpx.Client, sparse_index: str) -> None:
    stats = ok(api.post(f"{sparse_index}/describe_index_stats", json={}))
    assert (stats["totalVectorCount"], stats["vectorType"], stats["metric"]) == (3, "sparse", "dotproduct")
    assert "dimension" not in stats


@pytest.mark.parametrize("name", ["words", "hybrid"])
def test_a_backup_and_a_restore_keep_sparse_vectors(
    api: httpx.Client, sparse_index: str, hybrid_index: str, name: str
) -> None:
    host = {"words": sparse_index, "hybrid": hybrid_index}[name]
    ids = [row["id"] for row in ok(api.get(f"{host}/vectors/list"))["vectors"]]
    before = fetched(api, host, *ids)

    backup = ok(api.post(f"/indexes/{name}/backups", json={}))
    ok(api.post(f"{host}/vectors/delete", json={"deleteAll": True}))
    api.post(f"/backups/{backup['backup_id']}/create-index", json={"name": "copy"})

    copy = api.get("/indexes/copy").json()["host"]
    assert backup["record_count"] == len(ids) == 3
    assert fetched(api, copy, *ids) == before
    assert scores(api, copy, id=ids[0])


def test_a_backup_counts_the_bytes_of_sparse_vectors(api: httpx.Client, sparse_index: str) -> None:
    of_ids, of_pairs = len("cat" + "dog" + "fish"), 5 * (4 + 4)
    assert ok(api.post("/indexes/words/backups", json={}))["size_bytes"] == of_ids + of_pairs


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_a_sparse_index_has_no_metric_but_dotproduct(
    api: httpx.Client, emulator: Emulator, metric: str
) -> None:
    schema = {"fields": {"_sparse_values": {"type": "sparse_vector", "metric": metric}}}
    answer = api.post("/indexes", json={"name": "words", "schema": schema})
    assert answer.status_code == 400
    assert "dotproduct" in answer.json()["error"]["message"]
    spec = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    with emulator.client("2025-10") as classic:
        body = {"name": "words", "vector_type": "sparse", "metric": metric, "spec": spec}
        assert classic.post("/indexes", json=body).status_code == 400
