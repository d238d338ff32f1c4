"""A backup that holds too little is objected to, with its id and the numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.guards import Guards
from tests.unit.builders import a_backup


def holding(count: int | None, backup_id: str = "bkp-1") -> Backup:
    return a_backup(backup_id, record_count=count)


def test_an_empty_backup_is_objected_to_unless_the_user_allows_it() -> None:
    assert Guards().objection(holding(0), previous=None) == (
        "0 records, at least 1 wanted (min_records). "
        "Pinecone backs up only records written at least 15 minutes earlier."
    )
    assert Guards(min_records=0).objection(holding(0), previous=None) is None


@pytest.mark.parametrize(("count", "objects"), [(999, True), (1000, False), (1001, False)])
def test_min_records_is_the_least_that_is_taken(count: int, objects: bool) -> None:
    objection = Guards(min_records=1000).objection(holding(count), previous=None)
    assert (objection is not None) is objects


@pytest.mark.parametrize(("count", "objects"), [(899, True), (900, False), (1000, False), (5000, False)])
def test_max_record_drop_is_the_largest_drop_that_is_taken(count: int, objects: bool) -> None:
    guards = Guards(max_record_drop=0.1)
    objection = guards.objection(holding(count), previous=holding(1000, "bkp-0"))
    assert (objection is not None) is objects


@pytest.mark.parametrize("percent", range(1, 100))
def test_a_drop_of_just_what_is_allowed_is_taken(percent: int) -> None:
    guards = Guards(max_record_drop=percent / 100)
    assert guards.objection(holding(100 - percent), previous=holding(100, "bkp-0")) is None


def test_a_drop_is_told_with_both_backups_and_the_numbers() -> None:
    guards = Guards(max_record_drop=0.1)
    assert guards.objection(holding(1_500), previous=holding(3_000, "bkp-0")) == (
        "1,500 records, 50% fewer than the 3,000 before; max_record_drop is 0.1. "
        "The backup before it is bkp-0."
    )


@pytest.mark.parametrize("previous", [None, holding(None), holding(0)])
def test_without_something_to_compare_with_there_is_no_drop(previous: Backup | None) -> None:
    assert Guards(max_record_drop=0.0).objection(holding(1), previous=previous) is None


def test_a_drop_does_not_matter_unless_the_user_says_so() -> None:
    assert Guards().objection(holding(1), previous=holding(1_000_000)) is None


def test_a_backup_without_a_count_is_not_objected_to() -> None:
    assert Guards(min_records=10, max_record_drop=0).objection(holding(None), previous=holding(5)) is None


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_any_drop_is_objected_to_where_none_is_allowed(before: int, now: int) -> None:
    objection = Guards(max_record_drop=0).objection(holding(now), previous=holding(before))
    assert (objection is not None) is (now < before)


@pytest.mark.parametrize(
    ("guards", "complaint"),
    [
        ({"min_records": -1}, "min_records must be a whole number of at least 0, got -1"),
        ({"min_records": 1.5}, "min_records"),
        ({"min_records": "1"}, "min_records"),
        ({"min_records": True}, "min_records"),
        ({"max_record_drop": 1.1}, "max_record_drop must be a number from 0 to 1, got 1.1"),
        ({"max_record_drop": -0.1}, "max_record_drop"),
        ({"max_record_drop": "10%"}, "max_record_drop"),
        ({"max_record_drop": float("nan")}, "max_record_drop"),
        ({"max_record_drop": True}, "max_record_drop"),
    ],
)
def test_guards_that_cannot_be_meant_are_refused(guards: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PineconeInputError, match=complaint):
        Guards(**guards)
