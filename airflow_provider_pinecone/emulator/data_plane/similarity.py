"""The vectors nearest to a given one, found by comparing it with each of them."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from operator import mul

from airflow_provider_pinecone.emulator.state.records import Record


def nearest(
    records: Iterable[Record], target: Sequence[float], *, metric: str, top_k: int
) -> list[tuple[float, Record]]:
    """Give the `top_k` records nearest to `target` with their scores, nearest first.

    :param metric: ``cosine`` and ``dotproduct`` score the nearest highest, ``euclidean`` (the squared
        distance) lowest.
    """
    score = _SCORES[metric]
    scored = [(score(record.values, target), record) for record in records if record.values]
    choose = heapq.nsmallest if metric == "euclidean" else heapq.nlargest
    return choose(top_k, scored, key=lambda pair: pair[0])


def _dotproduct(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(map(mul, one, other))


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    lengths = math.sqrt(_dotproduct(one, one) * _dotproduct(other, other))
    return _dotproduct(one, other) / lengths if lengths else 0.0


def _euclidean(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum((a - b) ** 2 for a, b in zip(one, other, strict=True))


_SCORES: dict[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "dotproduct": _dotproduct,
    "cosine": _cosine,
    "euclidean": _euclidean,
}
