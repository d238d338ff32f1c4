"""Arguments mean the same whether a person, a template or an upstream task filled them in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.policies.arguments import given, id_of, moment_of
from tests.unit.builders import a_backup

TWO = datetime(2026, 7, 31, 2, tzinfo=UTC)


@pytest.mark.parametrize("empty", [None, "", "None"])
def test_what_a_template_left_empty_is_not_given(empty: Any) -> None:
    assert given(empty) is None
    assert id_of("backup_id", empty) is None
    assert moment_of("before", empty) is None


@pytest.mark.parametrize("value", ["x", 0, False, {}, [], {"team": "search"}])
def test_anything_else_is_given_as_it_is(value: Any) -> None:
    assert given(value) is value


def test_a_backup_is_named_by_its_id_or_by_what_its_creation_returned() -> None:
    assert id_of("backup_id", "bkp-1") == id_of("backup_id", a_backup("bkp-1").as_dict()) == "bkp-1"
    assert id_of("backup_id", {"restore_job_id": "job-1"}) is None


@pytest.mark.parametrize(
    "value",
    [
        TWO,
        TWO.replace(tzinfo=None),
        TWO.astimezone(timezone(timedelta(hours=2))),
        "2026-07-31T02:00:00+00:00",
        "2026-07-31T02:00:00Z",
        "2026-07-31T04:00:00+02:00",
        "2026-07-31 02:00",
        " 2026-07-31T02:00:00\n",
    ],
)
def test_a_moment_is_utc_unless_it_says_otherwise(value: Any) -> None:
    moment = moment_of("before", value)
    assert moment == TWO
    assert moment is not None
    assert moment.tzinfo


@pytest.mark.parametrize("value", ["2026-07-31", date(2026, 7, 31)])
def test_a_day_is_its_first_moment(value: Any) -> None:
    assert moment_of("before", value) == datetime(2026, 7, 31, tzinfo=UTC)


@pytest.mark.parametrize("value", ["yesterday", "31.07.2026", "{{ ts }}", 7, ["2026-07-31"], "2026-13-01"])
def test_what_is_no_moment_is_refused_with_the_fields_name(value: Any) -> None:
    with pytest.raises(PineconeInputError, match="before must be a time such as 2026-07-31T02:00:00"):
        moment_of("before", value)
