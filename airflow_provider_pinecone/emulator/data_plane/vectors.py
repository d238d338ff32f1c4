"""The bodies of requests and responses: vectors as a client writes and reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError

from airflow_provider_pinecone.emulator.data_plane.filters import compile_filter
from airflow_provider_pinecone.emulator.protocol.errors import bad_request, first_problem
from airflow_provider_pinecone.emulator.resources.indexes import Index
from airflow_provider_pinecone.emulator.state import records
from airflow_provider_pinecone.emulator.state.records import Record
from airflow_provider_pinecone.emulator.state.store import Json

SparseIndex = Annotated[int, Field(ge=0, lt=2**32)]
Id = Annotated[str, Field(min_length=1, max_length=512)]
Float = Annotated[float, Field(allow_inf_nan=False)]
Values = list[Float]
Filter = Json | None


class SparseValues(BaseModel):
    indices: Annotated[list[SparseIndex], Field(max_length=1000)]
    values: Annotated[Values, Field(max_length=1000)]


class Vector(BaseModel):
    id: Id
    values: Values = []
    sparseValues: SparseValues | None = None
    metadata: Json | None = None


class Upsert(BaseModel):
    vectors: Annotated[list[Vector], Field(min_length=1, max_length=1000)]
    namespace: str | None = None


class Update(BaseModel):
    id: Id
    values: Values | None = None
    sparseValues: SparseValues | None = None
    setMetadata: Json | None = None
    namespace: str | None = None
    filter: None = None


class Delete(BaseModel):
    ids: Annotated[list[str], Field(max_length=1000)] | None = None
    deleteAll: bool = False
    namespace: str | None = None
    filter: Filter = None


class Query(BaseModel):
    topK: Annotated[int, Field(ge=1, le=10_000)]
    vector: Values | None = None
    id: str | None = None
    sparseVector: SparseValues | None = None
    queries: None = None
    namespace: str | None = None
    includeValues: bool = False
    includeMetadata: bool = False
    filter: Filter = None


class FetchByMetadata(BaseModel):
    filter: Json = {}
    limit: Annotated[int, Field(ge=1, le=10_000)] = 100
    paginationToken: str | None = None
    namespace: str | None = None


class Stats(BaseModel):
    filter: None = None


B = TypeVar("B", bound=BaseModel)


def parse(model: type[B], raw: bytes) -> B:
    """Read a body, or refuse it with 400."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        problem, field = first_problem(error)
        if problem["type"] == "none_required":
            raise bad_request(f"{field}: the emulator does not do that.") from None
        raise bad_request(f"{field or 'body'}: {problem['msg']}") from None


def chosen(everything: Iterable[Record], given: Filter) -> Iterable[Record]:
    """Give the records whose metadata pass a filter."""
    if not given:
        return everything
    test = compile_filter(given)
    return (record for record in everything if test(record.metadata or {}))


def record(vector: Vector, index: Index) -> Record:
    """Read a vector for an index, or refuse it with 400."""
    sparse = _sparse(vector.sparseValues)
    return _checked(Record(vector.id, tuple(vector.values), sparse, vector.metadata), index)


def updated(old: Record, change: Update, index: Index) -> Record:
    """Apply changes to a record, or refuse them with 400."""
    return _checked(
        Record(
            old.id,
            old.values if change.values is None else tuple(change.values),
            old.sparse if change.sparseValues is None else _sparse(change.sparseValues),
            old.metadata if change.setMetadata is None else (old.metadata or {}) | change.setMetadata,
        ),
        index,
    )


def target(asked: Query, index: Index) -> Record:
    """Give the vector of a query as a record without an id, or refuse it with 400."""
    if asked.vector is None and asked.sparseVector is None:
        raise bad_request("One of vector, sparseVector and id is needed")
    if index.vector_type == "sparse" and asked.vector is not None:
        raise bad_request("Querying with dense vectors is not supported for sparse indexes")
    if index.metric != "dotproduct" and asked.sparseVector is not None:
        raise bad_request("Index configuration does not support sparse values")
    if index.vector_type == "dense":
        _check_dimension(asked.vector or (), index)
    return Record("", tuple(asked.vector or ()), _sparse(asked.sparseVector))


def check_names_no_vector(asked: Query) -> None:
    """Refuse a query by id that has a vector, too."""
    for name, given in (("vector", asked.vector), ("sparse_vector", asked.sparseVector)):
        if given is not None:
            raise bad_request(f"Cannot provide both 'ID' and '{name}' at the same time")


def _sparse(given: SparseValues | None) -> dict[int, float]:
    if given is None:
        return {}
    indices, values = given.indices, given.values
    if len(indices) != len(values):
        raise bad_request(
            f"Sparse vector has {len(indices)} indices and {len(values)} values: their numbers must be equal"
        )
    if not indices:
        raise bad_request("Sparse vector must contain at least one value")
    sparse = dict(zip(indices, values, strict=True))
    if len(sparse) < len(indices):
        twice = next(index for place, index in enumerate(indices) if index in indices[:place])
        raise bad_request(f"Sparse vector has the index {twice} more than once")
    return sparse


def _checked(found: Record, index: Index) -> Record:
    if index.vector_type == "dense":
        _check_dimension(found.values, index)
    elif found.values:
        raise bad_request("Upserting dense vectors is not supported for sparse indexes")
    elif not found.sparse:
        raise bad_request("Sparse vector must contain at least one value")
    try:
        records.pack(found)
    except OverflowError:
        raise bad_request(f"Vector {found.id!r} has a value that is too large for 32 bits.") from None
    return found


def _check_dimension(values: Sequence[float], index: Index) -> None:
    if len(values) != index.dimension:
        raise bad_request(
            f"Vector dimension {len(values)} does not match the dimension of the index {index.dimension}"
        )


def show(found: Record) -> Json:
    """Show a record."""
    body: Json = {"id": found.id, "values": list(found.values)}
    if found.sparse:
        body["sparseValues"] = {"indices": list(found.sparse), "values": list(found.sparse.values())}
    if found.metadata is not None:
        body["metadata"] = found.metadata
    return body


def show_match(found: Record, score: float, asked: Query) -> Json:
    """Show a match of a query, with only the parts of the record that were asked for."""
    body = show(found) | {"score": score}
    if not asked.includeValues:
        body.pop("values")
        body.pop("sparseValues", None)
    if not asked.includeMetadata:
        body.pop("metadata", None)
    return body
