"""Sparse vectors in an index of their own: written, read, compared, refused, backed up and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.records import fetched, ok, refusal, restored, scores, sparse, upsert

if TYPE_CHECKING:
    import httpx

    from tests.contract.conftest import Emulator

RECORDS = {"cat": {1: 1.0, 2: 0.5}, "dog": {2: 2.0, 4_294_967_295: 0.25}, "fish": {7: 1.0}}


@pytest.fixture
def sparse_index(api: httpx.Client) -> str:
    """Where a sparse index is that holds the records above."""
    schema = {"fields": {"_sparse_values": {"type": "sparse_vector"}}}
    host: str = api.post("/indexes", json={"name": "words", "schema": schema}).json()["host"]
    ok(upsert(api, host, *({"id": id_, "sparseValues": sparse(given)} for id_, given in RECORDS.items())))
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


def test_a_backup_and_a_restore_keep_sparse_vectors(api: httpx.Client, sparse_index: str) -> None:
    before = fetched(api, sparse_index, *RECORDS)

    copy = restored(api, "words")

    assert fetched(api, copy, *RECORDS) == before
    assert scores(api, copy, id="dog") == scores(api, sparse_index, id="dog")


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
