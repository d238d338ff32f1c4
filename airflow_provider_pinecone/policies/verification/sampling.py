"""Which records are looked at: those whose hash with a seed is smallest, so that a sample can be repeated."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable
from operator import itemgetter
from typing import TypeVar

from airflow_provider_pinecone.api.checks import check_whole

T = TypeVar("T")

RECORDS_PER_NAMESPACE = 500
"""Of so many records, at least one shows damage to 1% of all with a probability of 99.3%."""

MOST_RECORDS = 1_000_000
"""The largest sample of a namespace. It is held in memory by its ids."""


def check_records(number: object) -> int:
    """The size of a sample. :raises PineconeInputError: if it is none."""
    return check_whole("records_per_namespace", number, least=1, most=MOST_RECORDS)


def rank(id: str, *, namespace: str, seed: str) -> bytes:
    """A record's place in the order of drawing, by which every record is equally likely to come first."""
    text = "\0".join((seed, namespace, id))
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


class Sample:
    """The ids of a namespace that are drawn first, out of any number that pass by.

    :param size: how many to keep at most.
    """

    def __init__(self, size: int, *, namespace: str, seed: str) -> None:
        self._size = size
        self._namespace = namespace
        self._seed = seed
        self._drawn: list[tuple[int, str]] = []
        self._kept: set[str] = set()

    def offer(self, id: str) -> None:
        """Draw an id. Listings may give one twice; it counts once."""
        # A heap's first is its smallest, and here the last drawn is to leave first.
        drawn = -int.from_bytes(rank(id, namespace=self._namespace, seed=self._seed)), id
        if id in self._kept:
            return
        if len(self._drawn) < self._size:
            heapq.heappush(self._drawn, drawn)
        elif drawn > self._drawn[0]:
            _, left = heapq.heapreplace(self._drawn, drawn)
            self._kept.discard(left)
        else:
            return
        self._kept.add(id)

    @property
    def ids(self) -> list[str]:
        """The ids that were drawn, in their own order."""
        return sorted(self._kept)


def drawn_first(
    rows: Iterable[tuple[str, T]], size: int, *, namespace: str, seed: str
) -> list[tuple[str, T]]:
    """The rows, with their ids first, that are drawn first. Holds no more than ``size`` of them."""
    ranked = ((rank(row[0], namespace=namespace, seed=seed), *row) for row in rows)
    chosen = heapq.nsmallest(size, ranked, key=itemgetter(0))
    return [(id, row) for _, id, row in chosen]


def detection_probability(checked: int, *, fraction: float) -> float:
    """How likely a sample shows at least one record of those damaged, if that fraction is, at random.

    The real probability is a little higher, since no record is drawn twice.

    :param checked: how many records were compared for certain.
    """
    return float(1.0 - (1.0 - fraction) ** checked)
