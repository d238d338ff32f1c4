"""The nearest vectors are found for each metric, and scored as the API scores them."""

from __future__ import annotations

import pytest

from airflow_provider_pinecone.emulator.data_plane.similarity import nearest
from airflow_provider_pinecone.emulator.state.records import Record

RECORDS = [
    Record("short", (1.0, 0.0)),
    Record("long", (8.0, 6.0)),
    Record("opposite", (-1.0, 0.0)),
    Record("zero", (0.0, 0.0)),
    Record("sparse only"),
]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("cosine", [(1.0, "short"), (0.8, "long"), (0.0, "zero"), (-1.0, "opposite")]),
        ("dotproduct", [(16.0, "long"), (2.0, "short"), (0.0, "zero"), (-2.0, "opposite")]),
        ("euclidean", [(1.0, "short"), (4.0, "zero"), (9.0, "opposite"), (72.0, "long")]),
    ],
)
def test_nearest_come_first(metric: str, expected: list[tuple[float, str]]) -> None:
    found = nearest(RECORDS, (2.0, 0.0), metric=metric, top_k=10)
    assert [(score, record.id) for score, record in found] == expected


def test_no_more_than_asked_for() -> None:
    assert len(nearest(RECORDS, (2.0, 0.0), metric="cosine", top_k=2)) == 2
