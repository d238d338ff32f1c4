"""The records nearest to a given one, found by comparing it with each of them."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from operator import mul

from airflow_provider_pinecone.emulator.state.records import Record


def nearest(
    records: Iterable[Record], target: Record, *, metric: str, top_k: int
) -> list[tuple[float, Record]]:
    """Give the `top_k` records nearest to `target` with their scores, nearest first.

    If `target` has only sparse values, a record that shares none of them, or scores 0, is left out.

    :param metric: ``cosine`` and ``dotproduct`` score the nearest highest, ``euclidean`` (the squared
        distance) lowest. Only ``dotproduct`` compares sparse values.
    """
    score = _SCORES[metric]
    scored = [(score(record, target), record) for record in records]
    if not target.values:
        scored = [pair for pair in scored if pair[0]]
    choose = heapq.nsmallest if metric == "euclidean" else heapq.nlargest
    return choose(top_k, scored, key=lambda pair: pair[0])


def _dotproduct(one: Record, other: Record) -> float:
    shared = one.sparse.keys() & other.sparse.keys()
    return _dense(one.values, other.values) + math.fsum(one.sparse[i] * other.sparse[i] for i in shared)


def _cosine(one: Record, other: Record) -> float:
    lengths = math.sqrt(_dense(one.values, one.values) * _dense(other.values, other.values))
    return _dense(one.values, other.values) / lengths if lengths else 0.0


def _euclidean(one: Record, other: Record) -> float:
    return math.fsum((a - b) ** 2 for a, b in zip(one.values, other.values, strict=True))


def _dense(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(map(mul, one, other))


_SCORES: dict[str, Callable[[Record, Record], float]] = {
    "dotproduct": _dotproduct,
    "cosine": _cosine,
    "euclidean": _euclidean,
}
