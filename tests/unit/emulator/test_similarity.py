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
]
TARGET = Record("", (2.0, 0.0))


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("cosine", [(1.0, "short"), (0.8, "long"), (0.0, "zero"), (-1.0, "opposite")]),
        ("dotproduct", [(16.0, "long"), (2.0, "short"), (0.0, "zero"), (-2.0, "opposite")]),
        ("euclidean", [(1.0, "short"), (4.0, "zero"), (9.0, "opposite"), (72.0, "long")]),
    ],
)
def test_nearest_come_first(metric: str, expected: list[tuple[float, str]]) -> None:
    found = nearest(RECORDS, TARGET, metric=metric, top_k=10)
    assert [(score, record.id) for score, record in found] == expected


def test_no_more_than_asked_for() -> None:
    assert len(nearest(RECORDS, TARGET, metric="cosine", top_k=2)) == 2


def test_the_dotproduct_adds_what_is_shared_of_the_sparse_values() -> None:
    records = [
        Record("a", (1.0, 0.0), {7: 2.0, 1: 1.0}),
        Record("b", (3.0, 0.0), {1: 1.0}),
        Record("c", (1.0, 1.0)),
    ]
    found = nearest(records, Record("", (2.0, 0.0), {7: 3.0, 9: 1.0}), metric="dotproduct", top_k=10)
    assert [(score, record.id) for score, record in found] == [(8.0, "a"), (6.0, "b"), (2.0, "c")]
