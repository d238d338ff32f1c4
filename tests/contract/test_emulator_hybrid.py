"""Sparse values beside dense ones: compared by dotproduct, changed, backed up and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.records import fetched, ok, refusal, restored, scores, sparse, upsert

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


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


def test_a_dense_index_needs_dense_values_beside_sparse_ones(api: httpx.Client, hybrid_index: str) -> None:
    wrong = "Vector dimension 0 does not match the dimension of the index 2"
    assert refusal(upsert(api, hybrid_index, {"id": "a", "sparseValues": sparse({1: 1.0})})) == wrong
    queried = api.post(f"{hybrid_index}/query", json={"topK": 1, "sparseVector": sparse({1: 1.0})})
    assert refusal(queried) == wrong


def test_a_backup_and_a_restore_keep_both_kinds_of_values(api: httpx.Client, hybrid_index: str) -> None:
    ids = ("both", "other", "dense")
    before = fetched(api, hybrid_index, *ids)

    copy = restored(api, "hybrid")

    assert fetched(api, copy, *ids) == before
    assert scores(api, copy, id="both") == scores(api, hybrid_index, id="both")
