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

Id = Annotated[str, Field(min_length=1, max_length=512)]
Float = Annotated[float, Field(allow_inf_nan=False)]
Values = list[Float]
Filter = Json | None


class SparseValues(BaseModel):
    indices: list[int]
    values: Values


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
    sparseVector: None = None
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
    sparse = None if vector.sparseValues is None else vector.sparseValues.model_dump()
    if index.vector_type == "dense" or vector.values:
        check_dimension(vector.values, index)
    elif sparse is None:
        raise bad_request(f"Vector {vector.id!r} has no sparse values, which a sparse index needs.")
    try:
        records.pack(vector.values)
    except OverflowError:
        raise bad_request(f"Vector {vector.id!r} has a value that is too large for 32 bits.") from None
    return Record(id=vector.id, values=tuple(vector.values), sparse_values=sparse, metadata=vector.metadata)


def updated(old: Record, change: Update, index: Index) -> Record:
    """Apply changes to a record, or refuse them with 400."""
    metadata = old.metadata
    if change.setMetadata is not None:
        metadata = (old.metadata or {}) | change.setMetadata
    values = list(old.values) if change.values is None else change.values
    sparse = change.sparseValues
    if sparse is None and old.sparse_values is not None:
        sparse = SparseValues(**old.sparse_values)
    return record(Vector(id=old.id, values=values, sparseValues=sparse, metadata=metadata), index)


def check_dimension(values: Sequence[float], index: Index) -> None:
    """Refuse a vector of another dimension than the index's."""
    if len(values) != index.dimension:
        raise bad_request(
            f"Vector dimension {len(values)} does not match the dimension of the index {index.dimension}"
        )


def show(found: Record) -> Json:
    """Show a record."""
    body: Json = {"id": found.id, "values": list(found.values)}
    if found.sparse_values is not None:
        body["sparseValues"] = found.sparse_values
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
