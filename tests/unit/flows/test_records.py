"""Reading records: only what was asked for, and no listing without an end."""

from __future__ import annotations

import pytest

from airflow_provider_pinecone.api.errors import PineconeUnreadableAnswerError
from airflow_provider_pinecone.api.models import Page, Vector
from airflow_provider_pinecone.flows.records import MOST_EXTRA_PAGES, batches, drawn_ids, fetched


def test_records_come_as_they_were_asked_for_and_no_others() -> None:
    flow = fetched("host", "", ["b", "gone", "a"])
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send({id: Vector(id=id) for id in ("a", "b", "never asked for")})
    assert [vector.id for vector in end.value.value] == ["b", "a"]


@pytest.mark.parametrize(
    "tokens", [["again", "again"], [str(number) for number in range(MOST_EXTRA_PAGES)]], ids=["same", "new"]
)
def test_a_listing_that_does_not_end_is_given_up(tokens: list[str]) -> None:
    flow = drawn_ids("host", "", size=5, seed="seed", count=0)
    next(flow)
    *first, last = [Page(items=("a", "b"), next=token) for token in tokens]
    for page in first:
        flow.send(page)
    with pytest.raises(PineconeUnreadableAnswerError, match="The listing does not end"):
        flow.send(last)


@pytest.mark.parametrize(
    ("dimension", "length", "sizes"),
    [
        (None, 5, [100, 100, 50]),
        (1536, 5, [100, 100, 50]),
        (20_000, 5, [25] * 10),
        (10**6, 5, [1] * 250),
        (3, 500, [11] * 22 + [8]),
    ],
)
def test_a_request_fetches_no_more_than_a_url_and_a_response_can_hold(
    dimension: int | None, length: int, sizes: list[int]
) -> None:
    rows = [(f"{number:0{length}}", None) for number in range(250)]
    found = list(batches(rows, dimension=dimension))
    assert [len(batch) for batch in found] == sizes
    assert [id for batch in found for id in batch] == [id for id, _ in rows]
