"""Reading records: which to draw from a namespace, and how many to fetch at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar
from urllib.parse import quote

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.checks import LARGEST_PAGE
from airflow_provider_pinecone.api.errors import PineconeUnreadableAnswerError
from airflow_provider_pinecone.api.models import Vector
from airflow_provider_pinecone.flows.steps import Flow, send
from airflow_provider_pinecone.policies.verification.sampling import Sample

T = TypeVar("T")

LARGEST_FETCH = 100
"""Records that are fetched at once. 100 of 1,536 dimensions are about 3 MB."""

MOST_NUMBERS = 500_000
"""Numbers that are fetched at once, about 10 MB: with more than 5,000 dimensions, these are fewer records."""

LONGEST_QUERY = 6000
"""Characters of ids in the URL of a fetch. Servers commonly take 8,000."""

MOST_EXTRA_PAGES = 1000
"""How many more pages a namespace may have than its count says, since it may grow."""


def drawn_ids(host: str, namespace: str, *, size: int, seed: str, count: int) -> Flow[list[str]]:
    """The ids of the records that are drawn from a namespace. This lists all of its ids, and holds ``size``.

    :param count: how many records the namespace has, roughly.
    :raises PineconeUnreadableAnswerError: if the listing does not end.
    """
    sample = Sample(size, namespace=namespace, seed=seed)
    token: str | None = None
    for _ in range(count // LARGEST_PAGE * 2 + MOST_EXTRA_PAGES):
        call = endpoints.list_vector_ids(
            host, namespace=namespace, limit=LARGEST_PAGE, pagination_token=token
        )
        page = yield from send(call)
        for id in page.items:
            sample.offer(id)
        if page.next is None:
            return sample.ids
        if page.next == token:
            break
        token = page.next
    raise PineconeUnreadableAnswerError("The listing does not end", method=call.method, path=call.path)


def fetched(host: str, namespace: str, ids: Iterable[str]) -> Flow[list[Vector]]:
    """The records with these ids, as far as they exist, and no others."""
    asked = list(ids)
    found = yield from send(endpoints.fetch_vectors(host, ids=asked, namespace=namespace))
    return [found[id] for id in asked if id in found]


def batches(rows: Iterable[tuple[str, T]], *, dimension: int | None = None) -> Iterator[dict[str, T]]:
    """Rows by their ids, as many together as one request can fetch.

    :param rows: pairs of an id and whatever belongs to it.
    :param dimension: how many numbers each record has; None if it is sparse.
    """
    most = max(1, min(LARGEST_FETCH, MOST_NUMBERS // (dimension or 1)))
    batch: dict[str, T] = {}
    length = 0
    for id, row in rows:
        added = len(quote(id, safe="")) + len("&ids=")
        if batch and (len(batch) == most or length + added > LONGEST_QUERY):
            yield batch
            batch, length = {}, 0
        batch[id] = row
        length += added
    if batch:
        yield batch
