"""The calls for the records of one index, which its own host serves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow_provider_pinecone.api.building import get, paging
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import (
    check_mapping,
    check_sparse_values,
    check_string,
    check_values,
    check_whole,
)
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models import IndexStats, Match, Page, Vector
from airflow_provider_pinecone.api.redaction import quoted

MOST_MATCHES = 10_000
"""Records that one query may find."""


def describe_index_stats(host: str) -> Call[IndexStats]:
    """Count the records of the index that ``host`` serves. The counts lag behind writes."""
    return Call(method="POST", path="/describe_index_stats", body={}, host=host, decode=IndexStats.decode)


def list_vector_ids(
    host: str,
    *,
    namespace: str = "",
    prefix: str | None = None,
    limit: int | None = None,
    pagination_token: str | None = None,
) -> Call[Page[str]]:
    """Read one page of the ids of a namespace."""
    query = (*paging(limit, pagination_token), _namespace(namespace))
    if prefix:
        query = (*query, ("prefix", check_string("prefix", prefix)))
    return get("/vectors/list", Page.decoder(_vector_id, key="vectors"), query, host=host)


def fetch_vectors(host: str, *, ids: Iterable[str], namespace: str = "") -> Call[dict[str, Vector]]:
    """Read records by their ids. Missing ids are left out of the result."""
    if isinstance(ids, str):
        raise PineconeInputError(f"ids must be several strings, got the one string {quoted(ids)}.")
    query = (*(("ids", _id(one)) for one in ids), _namespace(namespace))
    return get("/vectors/fetch", _vectors, query, host=host)


def query(host: str, *, vector: Vector, top_k: int, namespace: str = "") -> Call[tuple[Match, ...]]:
    """Find the ``top_k`` records of a namespace that are nearest to a vector, the nearest first.

    The search is approximate, and its index lags behind writes. Only ``dotproduct`` indexes compare sparse
    values, and sparse indexes only those: the API refuses all others.

    :param vector: its values, sparse values or both are compared; its id and metadata are not sent.
    :param top_k: from 1 to 10,000. The result is shorter if the namespace holds fewer records.
    :raises PineconeInputError: if there can be no such query.
    """
    if not isinstance(vector, Vector):
        raise PineconeInputError(f"vector must be a Vector, got {quoted(vector)}.")
    compared = _compared(vector)
    if not compared:
        raise PineconeInputError(f"vector has neither values nor sparse_values, got {quoted(vector)}.")
    body = {
        **compared,
        "topK": check_whole("top_k", top_k, least=1, most=MOST_MATCHES),
        "namespace": check_string("namespace", namespace),
        "includeValues": False,
        "includeMetadata": False,
    }
    return Call(method="POST", path="/query", body=body, host=host, decode=_matches)


def upsert_vectors(host: str, *, vectors: Iterable[Vector], namespace: str = "") -> Call[int]:
    """Write records, at most 1,000 at once. The result is how many were written."""
    body = {"vectors": [vector.as_payload() for vector in vectors], "namespace": namespace}
    return Call(method="POST", path="/vectors/upsert", body=body, host=host, decode=_upserted)


def _namespace(namespace: str) -> tuple[str, str]:
    return "namespace", check_string("namespace", namespace)


def _id(id: object) -> str:
    if not isinstance(id, str) or not id:  # blanks may be one
        raise PineconeInputError(f"ids must be non-empty strings, got {quoted(id)}.")
    return check_string("ids", id)


def _compared(vector: Vector) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if vector.values:
        parts["vector"] = check_values("vector.values", vector.values)
    sparse_values = check_mapping("vector.sparse_values", vector.sparse_values or {})
    if any(sparse_values.values()):  # the API may send empty lists for a record without any
        parts["sparseVector"] = check_sparse_values("vector.sparse_values", sparse_values)
    return parts


def _matches(payload: Any) -> tuple[Match, ...]:
    return tuple(Match.decode(row) for row in Fields.of(payload, "a query's response").rows("matches"))


def _vector_id(payload: Any) -> str:
    return Fields.of(payload, "a vector").text("id")


def _vectors(payload: Any) -> dict[str, Vector]:
    vectors = Fields.of(payload, "fetched vectors").part("vectors").values
    found = {id: Vector.decode(vector) for id, vector in vectors.items()}
    for id, vector in found.items():
        if vector.id != id:
            raise ValueError(f"expected the vector {quoted(id)}, got {quoted(vector.id)}")
    return found


def _upserted(payload: Any) -> int:
    return Fields.of(payload, "an upsert's response").optional_count("upsertedCount") or 0
