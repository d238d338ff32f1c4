"""Many things are read from a listing where that is cheaper than one by one, and not otherwise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.policies.batching import ListingCost


def test_one_thing_is_read_by_itself_and_two_are_looked_for_on_a_page() -> None:
    cost = ListingCost()
    assert not cost.is_worth_it(1)
    assert cost.is_worth_it(2)


def test_a_listing_that_took_five_pages_is_for_six_things_or_more() -> None:
    cost = ListingCost()
    cost.learn(pages=5, is_whole=True)
    assert not cost.is_worth_it(5)
    assert cost.is_worth_it(6)


def test_a_listing_that_was_given_up_is_taken_for_longer_than_what_was_read_of_it() -> None:
    cost = ListingCost()
    cost.learn(pages=5, is_whole=False)
    assert not cost.is_worth_it(10)
    assert cost.is_worth_it(11)


def test_what_was_once_long_is_tried_again_some_time() -> None:
    cost = ListingCost()
    cost.learn(pages=10, is_whole=True)
    batches = 0
    while not cost.is_worth_it(3):
        cost.forget()
        batches += 1
    assert 10 < batches < 100


@given(pages=st.integers(1, 50), wanted=st.integers(1, 100), batches=st.integers(1, 300))
def test_over_many_batches_it_costs_little_more_than_the_cheaper_way(
    pages: int, wanted: int, batches: int
) -> None:
    cost, requests = ListingCost(), 0
    for _ in range(batches):
        if not cost.is_worth_it(wanted):
            requests += wanted
            cost.forget()
            continue
        is_whole = pages <= wanted
        read = min(pages, wanted)
        cost.learn(pages=read, is_whole=is_whole)
        requests += read + (0 if is_whole else wanted)
    # One try in vain doubles a batch; in the long run there is one in fourteen batches at the most.
    assert requests <= min(pages, wanted) * batches * (1 + 1 / 10) + 2 * wanted
