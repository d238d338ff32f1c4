"""Compare records of a restored index with what they should be, and search for them."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.models import Index, Vector
from airflow_provider_pinecone.flows.steps import Flow, send
from airflow_provider_pinecone.policies.verification.fingerprint import Row
from airflow_provider_pinecone.policies.verification.queries import (
    NARROW,
    WIDE,
    QueryTally,
    can_find_itself,
    finds_itself,
    searchable,
)
from airflow_provider_pinecone.policies.verification.records import RecordTally
from airflow_provider_pinecone.policies.verification.report import MOST_EXAMPLES


class Comparison:
    """Reads records of a restored index, and counts what it finds.

    :param doubt: why a difference proves no damage; None if it does.
    :param queries: whether to search for the records, too.
    """

    def __init__(self, index: Index, *, doubt: str | None, queries: bool) -> None:
        self._index = index
        # Sparse vectors alone have no metric of their own: they are compared by the dot product.
        self._metric = index.metric or "dotproduct"
        self.records = RecordTally(doubt)
        self.queries = QueryTally() if queries else None

    @property
    def examples(self) -> list[str]:
        """A few records that differ or are not found."""
        found = self.records.examples + (self.queries.examples if self.queries else [])
        return found[:MOST_EXAMPLES]

    def compare(self, namespace: str, rows: Sequence[Row]) -> Flow[None]:
        """Read the records of as many rows as one request can fetch."""
        if not rows:
            return
        ids = [row.id for row in rows]
        call = endpoints.fetch_vectors(self._index.host, ids=ids, namespace=namespace)
        found = yield from send(call)
        for row in rows:
            vector = found.get(row.id)
            self.records.add(row, vector)
            if vector is not None and self.queries is not None:
                asked = searchable(vector, metric=self._metric)
                yield from self._search(asked, namespace, self.queries)

    def _search(self, vector: Vector, namespace: str, tally: QueryTally) -> Flow[None]:
        if not can_find_itself(vector, metric=self._metric):
            tally.skipped += 1
            return
        tally.asked += 1
        for top_k in (NARROW, WIDE):
            call = endpoints.query(self._index.host, vector=vector, top_k=top_k, namespace=namespace)
            matches = yield from send(call)
            if finds_itself(vector, matches, metric=self._metric, top_k=top_k):
                return
        tally.miss(vector, namespace=namespace)
