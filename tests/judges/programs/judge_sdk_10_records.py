"""Pinecone's Python SDK 10.2.0 judges the emulator: records, namespaces and sparse vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pinecone import ServerlessSpec, SparseValues, Vector
from pinecone.errors import ApiError, ConflictError, NotFoundError

from tests.judges.programs.clients_10 import connect, open_index, pc

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["connect", "open_index", "pc"]

SPEC = ServerlessSpec(cloud="aws", region="us-east-1")
FILTERABLE = {"fields": {"genre": {"filterable": True}}}


@pytest.fixture
def my_index(pc: Any, open_index: Callable[[str], Any]) -> Any:
    """An empty index of two dimensions, compared by dotproduct."""
    pc.create_index(name="my-index", dimension=2, metric="dotproduct", spec=SPEC)
    return open_index("my-index")


@pytest.fixture
def words(pc: Any, open_index: Callable[[str], Any]) -> Any:
    """An empty sparse index."""
    pc.create_index(name="words", vector_type="sparse", metric="dotproduct", spec=SPEC)
    return open_index("words")


def namespaces(index: Any) -> dict[str, int]:
    return {space.name: space.record_count for page in index.list_namespaces() for space in page.namespaces}


def in_stats(index: Any) -> dict[str, int]:
    stats = index.describe_index_stats()
    return {name: summary.vector_count for name, summary in stats.namespaces.items()}


def scores(response: Any) -> dict[str, float]:
    return {match.id: match.score for match in response.matches}


def sparse_values(vector: Any) -> dict[int, float]:
    return dict(zip(vector.sparse_values.indices, vector.sparse_values.values, strict=True))


def test_records_are_queried_updated_and_deleted(my_index: Any) -> None:
    vectors = [{"id": f"v{n}", "values": [n, 1], "metadata": {"number": n}} for n in range(3)]
    my_index.upsert(vectors=vectors, namespace="one")
    my_index.upsert(vectors=vectors)

    my_index.update(id="v1", set_metadata={"seen": True}, namespace="one")
    nearest = my_index.query(vector=[2, 0], top_k=2, namespace="one", include_metadata=True)
    my_index.delete(ids=["v0"], namespace="one")
    my_index.delete(delete_all=True, namespace="")

    assert list(scores(nearest)) == ["v2", "v1"]
    assert nearest.matches[1].metadata == {"number": 1, "seen": True}
    stats = my_index.describe_index_stats()
    assert (stats.total_vector_count, stats.dimension) == (2, 2)
    assert in_stats(my_index) == {"": 0, "one": 2}


def test_an_empty_namespace_is_created_listed_described_and_deleted(my_index: Any) -> None:
    created = my_index.create_namespace(name="movies", schema=FILTERABLE)
    my_index.create_namespace(name="plain")
    with pytest.raises(ConflictError):
        my_index.create_namespace(name="movies")
    described = my_index.describe_namespace(name="movies")
    plain = my_index.describe_namespace(name="plain")
    seen = namespaces(my_index), in_stats(my_index)
    my_index.delete_namespace(name="movies")

    assert created == described
    assert (created.name, created.record_count) == ("movies", 0)
    assert created.schema.to_dict() == FILTERABLE
    assert created.indexed_fields.fields == ["genre"]
    assert (plain.record_count, plain.schema, plain.indexed_fields) == (0, None, None)
    assert seen == ({"movies": 0, "plain": 0},) * 2
    assert namespaces(my_index) == {"plain": 0}
    with pytest.raises(NotFoundError):
        my_index.describe_namespace(name="movies")


def test_namespaces_are_listed_by_prefix_and_page(my_index: Any) -> None:
    for name in ("b", "a/2", "a-1"):
        my_index.create_namespace(name=name)
    page = my_index.list_namespaces_paginated(limit=2)
    rest = my_index.list_namespaces_paginated(limit=2, pagination_token=page.pagination.next)
    of_prefix = my_index.list_namespaces_paginated(prefix="a")
    assert [space.name for space in [*page, *rest]] == ["a-1", "a/2", "b"]
    assert (page.total_count, rest.pagination, of_prefix.total_count) == (3, None, 2)


def test_sparse_vectors_are_written_read_updated_and_queried(words: Any) -> None:
    words.upsert(
        vectors=[
            Vector(id="cat", sparse_values=SparseValues(indices=[1, 2], values=[1.0, 0.5])),
            {"id": "dog", "sparse_values": {"indices": [2, 4294967295], "values": [2.0, 0.25]}},
        ]
    )
    by_vector = words.query(
        sparse_vector=SparseValues(indices=[2], values=[2.0]), top_k=5, include_values=True
    )
    by_id = words.query(id="dog", top_k=5)
    words.update(id="cat", sparse_values={"indices": [9], "values": [3.0]})
    fetched = words.fetch(ids=["cat", "dog"]).vectors

    assert scores(by_vector) == {"dog": 4.0, "cat": 1.0}
    assert sparse_values(by_vector.matches[0]) == {2: 2.0, 4294967295: 0.25}
    assert scores(by_id) == {"dog": 4.0625, "cat": 1.0}
    assert {id_: sparse_values(vector) for id_, vector in fetched.items()} == {
        "cat": {9: 3.0},
        "dog": {2: 2.0, 4294967295: 0.25},
    }
    stats = words.describe_index_stats()
    assert (stats.total_vector_count, stats.dimension, stats.vector_type) == (2, None, "sparse")


def test_a_hybrid_query_adds_dense_and_sparse_scores(my_index: Any) -> None:
    my_index.upsert(
        vectors=[
            {"id": "both", "values": [1, 0], "sparse_values": {"indices": [3], "values": [2.0]}},
            {"id": "dense", "values": [2, 0]},
        ]
    )
    hybrid = my_index.query(vector=[1, 0], sparse_vector={"indices": [3], "values": [10.0]}, top_k=2)
    assert scores(hybrid) == {"both": 21.0, "dense": 2.0}
    assert scores(my_index.query(vector=[1, 0], top_k=2)) == {"dense": 2.0, "both": 1.0}


def test_vectors_of_the_wrong_kind_are_refused(pc: Any, open_index: Callable[[str], Any], words: Any) -> None:
    pc.create_index(name="cosine", dimension=2, metric="cosine", spec=SPEC)
    cosine = open_index("cosine")
    with pytest.raises(ApiError, match="Upserting dense vectors is not supported for sparse indexes"):
        words.upsert(vectors=[{"id": "a", "values": [1, 2]}])
    with pytest.raises(ApiError, match="Index configuration does not support sparse values"):
        cosine.query(vector=[1, 0], sparse_vector={"indices": [1], "values": [1.0]}, top_k=1)
    with pytest.raises(ApiError, match="more than once"):
        words.upsert(vectors=[{"id": "a", "sparse_values": {"indices": [1, 1], "values": [1.0, 1.0]}}])


def test_a_backup_and_a_restore_keep_namespaces_and_sparse_vectors(
    pc: Any, open_index: Callable[[str], Any], words: Any
) -> None:
    words.create_namespace(name="empty", schema=FILTERABLE)
    words.upsert(vectors=[{"id": "cat", "sparse_values": {"indices": [7, 1], "values": [0.5, 1.0]}}])

    backup = pc.backups.create(index_name="words")
    pc.create_index_from_backup(name="copy", backup_id=backup.backup_id)
    copy = open_index("copy")

    assert (backup.record_count, backup.namespace_count) == (1, 2)
    assert namespaces(copy) == namespaces(words) == {"__default__": 1, "empty": 0}
    assert copy.describe_namespace(name="empty").schema.to_dict() == FILTERABLE
    assert sparse_values(copy.fetch(ids=["cat"]).vectors["cat"]) == {7: 0.5, 1: 1.0}
    assert scores(copy.query(id="cat", top_k=1)) == {"cat": 1.25}
