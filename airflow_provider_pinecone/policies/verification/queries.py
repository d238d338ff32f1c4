"""Judge whether a search of a restored index finds what it holds.

The rule: a query with a record's own vector must return that record, or else only records that score as well
as it would. Ties are such records; so are longer vectors where the metric is the dot product. A search may be
approximate: a record that is missed is asked for once more, among the nearest ``WIDE``; after that, one in
fifty may be missed, and more count as damage.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from airflow_provider_pinecone.api.models import Match, Vector
from airflow_provider_pinecone.policies.time_text import amount
from airflow_provider_pinecone.policies.verification.levels import Level
from airflow_provider_pinecone.policies.verification.report import MOST_EXAMPLES, Check, Finding, name_of

NARROW = 10
WIDE = 100
"""How many of the nearest records a query asks for: the first time, and once more for a record missed."""

MOST_MISSED = 0.02
"""The part of the queries that an approximate search may miss."""

TOLERANCE = 1e-3
"""Of a score, which the API computes from compressed vectors."""


def searchable(vector: Vector, *, metric: str) -> Vector:
    """What a query compares of a vector: only the dot product takes its sparse values."""
    return vector if metric == "dotproduct" else replace(vector, sparse_values=None)


def can_find_itself(vector: Vector, *, metric: str) -> bool:
    """Whether a query with this vector tells anything: the angle to a vector of zeros is not defined."""
    sparse = (vector.sparse_values or {}).get("values", ())
    return any(sparse) or any(vector.values) or (metric == "euclidean" and bool(vector.values))


def finds_itself(vector: Vector, matches: Sequence[Match], *, metric: str, top_k: int) -> bool:
    """Whether a query's matches are right, as far as the record itself is concerned.

    :param matches: of a query with its own vector, nearest first.
    :param top_k: how many the query asked for.
    """
    ids = [match.id for match in matches]
    before = matches[: ids.index(vector.id)] if vector.id in ids else matches
    if vector.id not in ids and len(matches) < top_k:
        return False
    return all(_is_as_near(match.score, vector, metric=metric) for match in before)


def _is_as_near(score: float, vector: Vector, *, metric: str) -> bool:
    length = _squared_length(vector)
    match metric:
        case "cosine":
            return score >= 1.0 - TOLERANCE
        case "euclidean":
            return score <= TOLERANCE * max(1.0, length)
    return score >= length - TOLERANCE * max(1.0, length)


def _squared_length(vector: Vector) -> float:
    sparse = (vector.sparse_values or {}).get("values", ())
    return math.fsum(value * value for value in (*vector.values, *sparse))


@dataclass
class QueryTally:
    """Counts what searches found."""

    asked: int = 0
    skipped: int = 0
    missed: int = 0
    examples: list[str] = field(default_factory=list)

    def miss(self, vector: Vector, *, namespace: str) -> None:
        """Count a record that was not found."""
        self.missed += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(f"{name_of(vector.id, namespace=namespace)}: does not find itself")

    def checks(self) -> Iterator[Check]:
        """What the searches came to."""
        if not self.asked:
            yield Check(
                level=Level.QUERY,
                what="records found",
                finding=Finding.UNKNOWN,
                note="none was searched for",
            )
            return
        note = f"{amount(self.skipped, 'vector', 'vectors')} of zeros left out" if self.skipped else ""
        if not self.missed:
            finding = Finding.OK
        elif self.missed <= MOST_MISSED * self.asked:
            finding, note = Finding.UNKNOWN, "search may be approximate"
        else:
            finding = Finding.DAMAGED
        yield Check(
            level=Level.QUERY,
            what="records found",
            finding=finding,
            expected=self.asked,
            found=self.asked - self.missed,
            note=note,
        )
