"""Samples: every record is equally likely, a seed draws the same ones, and the probability is as stated."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.policies.verification.sampling import (
    Sample,
    detection_probability,
    drawn_first,
)

IDS = [f"record-{number}" for number in range(1000)]


def drawn(ids: list[str], size: int, *, seed: str = "seed") -> list[str]:
    sample = Sample(size, namespace="", seed=seed)
    for id in ids:
        sample.offer(id)
    return sample.ids


@given(st.lists(st.text(max_size=3), max_size=40), st.integers(1, 50), st.randoms(use_true_random=False))
def test_order_and_repetition_of_a_listing_change_nothing(
    ids: list[str], size: int, chances: random.Random
) -> None:
    shuffled = ids * 2
    chances.shuffle(shuffled)
    assert drawn(shuffled, size) == drawn(ids, size)
    assert len(drawn(ids, size)) == min(size, len(set(ids)))


@given(st.sets(st.text(max_size=3), max_size=40), st.integers(1, 50))
def test_rows_are_drawn_as_ids_are(ids: set[str], size: int) -> None:
    rows = drawn_first([(id, None) for id in ids], size, namespace="", seed="seed")
    assert sorted(id for id, _ in rows) == drawn(list(ids), size)


def test_another_seed_draws_other_records() -> None:
    assert drawn(IDS, 100, seed="one") != drawn(IDS, 100, seed="two")


def test_no_record_is_drawn_more_often_than_another() -> None:
    times = dict.fromkeys(IDS, 0)
    for seed in range(200):
        for id in drawn(IDS, 100, seed=str(seed)):
            times[id] += 1
    # Each is drawn 20 times in the mean, with a deviation of 4.2; of 1,000, one is beyond 5 of these in
    # 2,000 tries, and the seeds are always the same.
    assert min(times.values()) > 0
    assert max(times.values()) < 20 + 5 * 4.3


@pytest.mark.parametrize(("checked", "fraction"), [(100, 0.01), (100, 0.03), (30, 0.1)])
def test_damage_is_found_at_least_as_often_as_stated(checked: int, fraction: float) -> None:
    damaged = set(IDS[: round(len(IDS) * fraction)])
    tries = 300
    found = sum(bool(damaged & set(drawn(IDS, checked, seed=str(seed)))) for seed in range(tries))
    stated = detection_probability(checked, fraction=fraction)
    # Four deviations of the mean of so many tries.
    assert found / tries > stated - 4 * (stated * (1 - stated) / tries) ** 0.5
