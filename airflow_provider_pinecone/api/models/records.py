"""The records of an index, how many it holds, and what a query finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from airflow_provider_pinecone.api.fields import Fields


@dataclass(frozen=True, kw_only=True)
class IndexStats:
    """How many records an index holds, in all and by namespace. The default namespace is ``""``."""

    total_vector_count: int
    namespaces: Mapping[str, int]
    dimension: int | None = None

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read the statistics. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "index statistics")
        parts = read.part("namespaces")
        counts = {name: parts.part(name).optional_count("vectorCount") or 0 for name in parts.values}
        return cls(
            total_vector_count=read.optional_count("totalVectorCount") or 0,
            namespaces={"" if name == "__default__" else name: count for name, count in counts.items()},
            dimension=read.optional_count("dimension"),
        )


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One record: ``sparse_values`` holds ``indices`` and ``values``."""

    id: str
    values: tuple[float, ...] = ()
    sparse_values: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one record. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a vector")
        return cls(
            id=read.text("id"),
            values=tuple(read.numbers("values")),
            sparse_values=_sparse_values(read.part("sparseValues")),
            metadata=read.part("metadata").values,
        )

    def as_payload(self) -> dict[str, Any]:
        """The record as the API takes it."""
        payload = {
            "id": self.id,
            "values": list(self.values),
            "sparseValues": dict(self.sparse_values or {}),
            "metadata": dict(self.metadata),
        }
        return {name: value for name, value in payload.items() if value}


def _sparse_values(read: Fields) -> Mapping[str, Any] | None:
    indices, values = read.numbers("indices"), read.numbers("values")
    if len(indices) != len(values):
        raise ValueError(f"expected as many values as indices of {read.what}, got {len(values)}")
    return {"indices": indices, "values": values} if values else None


@dataclass(frozen=True, kw_only=True)
class Match:
    """A record that a query found, and how near it is: the nearest first, whichever way the scores go.

    ``cosine`` and ``dotproduct`` score the nearest highest, ``euclidean`` (the squared distance) lowest.
    """

    id: str
    score: float

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one match. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a match")
        # The API promises only the id: a score of 0 may be left out.
        return cls(id=read.text("id"), score=read.optional_number("score") or 0.0)
