"""Fingerprints: what is the same record, and when a difference from one proves damage."""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.models import Vector
from airflow_provider_pinecone.policies.verification.fingerprint import Fingerprint, Row, old_enough
from tests.unit.builders import NOON, a_backup

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
METADATA = st.dictionaries(
    TEXTS, TEXTS | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.lists(TEXTS), max_size=4
)


def a_fingerprint(**fields: Any) -> Fingerprint:
    defaults: dict[str, Any] = {
        "index_name": "movies",
        "host": "https://movies.svc.pinecone.io",
        "taken_at": NOON,
        "seed": "seed",
        "counts": {"": 10},
        "sampled": {"": 5},
    }
    return Fingerprint(**defaults | fields)


def row(**fields: Any) -> Row:
    return Row.of(Vector(**{"id": "a", "values": (0.5, 1.0)} | fields), namespace="")


def as_stored(value: float) -> float:
    stored: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return stored


@given(st.lists(st.floats(-1e30, 1e30), max_size=5))
def test_values_are_the_same_however_the_api_writes_them(values: list[float]) -> None:
    assert row(values=tuple(values)) == row(values=tuple(map(as_stored, values)))


def test_sparse_values_are_the_same_in_any_order() -> None:
    one = row(sparse_values={"indices": [3, 1], "values": [0.3, 0.1]})
    other = row(sparse_values={"indices": [1, 3], "values": [0.1, 0.3]})
    assert one == other
    assert one != row(sparse_values={"indices": [1, 3], "values": [0.3, 0.1]})


@given(METADATA)
@example({"a": 2**53, "b": 2**60, "c": 0, "d": -0.0})
def test_metadata_is_the_same_in_any_order_and_with_numbers_in_any_form(metadata: dict[str, Any]) -> None:
    other = {
        key: float(value) if isinstance(value, int) and int(float(value)) == value else value
        for key, value in reversed(metadata.items())
    }
    other = {key: bool(metadata[key]) if isinstance(metadata[key], bool) else other[key] for key in other}
    assert row(metadata=metadata) == row(metadata=other | {"nothing": None})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"values": (0.5, 1.0)}, {"values": (0.5, 1.0000002)}),
        ({"values": (1.0,)}, {"values": (), "sparse_values": {"indices": [0], "values": [1.0]}}),
        ({"metadata": {"a": 1}}, {"metadata": {"a": "1"}}),
        ({"metadata": {"a": 1}}, {"metadata": {"a": True}}),
        ({"metadata": {"a": ["x", "y"]}}, {"metadata": {"a": ["y", "x"]}}),
        ({"metadata": {"a": 2**60}}, {"metadata": {"a": 2**60 + 1}}),
        ({"metadata": {"a": 2**60}}, {"metadata": {"a": str(2**60)}}),
    ],
)
def test_what_differs_has_another_fingerprint(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert row(**one) != row(**other)


@given(TEXTS, TEXTS, METADATA)
def test_rows_are_read_as_they_were_written(namespace: str, id: str, metadata: dict[str, Any]) -> None:
    written = Row.of(Vector(id=id, metadata=metadata), namespace=namespace)
    assert Row.from_line(written.to_line()) == written


@pytest.mark.parametrize(
    "line", ["", "{}", "[]", "null", "[1, 2, 3, 4]", '["", "a", "b"]', '["", "a", "b", 1]']
)
def test_a_line_that_is_no_row_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Row.from_line(line)


def test_a_fingerprint_is_read_as_it_was_written() -> None:
    written = a_fingerprint().confirmed_by(
        a_backup(created_at=NOON + timedelta(hours=1)), counts_after={"": 11}, sampled={"": 4}
    )
    assert Fingerprint.from_line(written.to_line()) == written
    assert (written.backup_id, written.dropped, written.doubt) == ("bkp-1", 1, None)


@pytest.mark.parametrize("line", ["", "{}", "[]", "null", '{"format": 2}', '{"format": 1}'])
def test_a_line_that_is_no_fingerprint_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Fingerprint.from_line(line)


@pytest.mark.parametrize(
    ("minutes", "doubt"),
    [
        (15, None),
        (14.9, "the fingerprint was taken 14 min 54 s before the backup"),
        (-5, "the fingerprint was taken 5 min 0 s after the backup"),
        (None, "the API does not tell when the backup was made"),
    ],
)
def test_a_difference_proves_damage_only_if_the_fingerprint_is_old_enough(
    minutes: float | None, doubt: str | None
) -> None:
    made = None if minutes is None else NOON + timedelta(minutes=minutes)
    confirmed = a_fingerprint().confirmed_by(
        a_backup(created_at=made), counts_after={"": 10}, sampled={"": 5}
    )
    assert (confirmed.doubt or "").startswith(doubt or "")
    assert (confirmed.doubt is None) == (doubt is None)
    assert confirmed.expected_count("") == (10 if doubt is None else None)


@pytest.mark.parametrize(
    ("minutes_before", "chosen"),
    [([30, 20, 5], 20), ([20], 20), ([5, 3], 3), ([5, -5], -5), ([], None)],
)
def test_a_backup_has_the_last_fingerprint_that_is_old_enough_or_else_the_last_one(
    minutes_before: list[float], chosen: float | None
) -> None:
    taken = [NOON - timedelta(minutes=minutes) for minutes in minutes_before]
    expected = None if chosen is None else NOON - timedelta(minutes=chosen)
    assert old_enough(taken, a_backup(created_at=NOON)) == expected
