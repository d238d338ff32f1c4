"""Which indexes belong to drills, and which may be deleted: near misses never."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.checks import check_name, check_tags
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.policies.drills import (
    DRILL_PREFIX,
    DRILL_TAG,
    Drill,
    claims_to_be_drill,
    is_drill,
    leftover,
    own_index,
)
from tests.unit.builders import NOON, an_index, minutes

DRILL = Drill(id="1a2b3c4d", source_index_name="movies", expires_at=NOON)
WRITTEN = DRILL.tags[DRILL_TAG]
AFTER = NOON + minutes(1)
LEFT = an_index("airflow-drill-movies-1a2b3c4d", tags=DRILL.tags, deletion_protection="disabled")

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?", fullmatch=True)
IDS = st.from_regex(r"[0-9a-f]{8}", fullmatch=True)
MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 2),
    max_value=datetime(2999, 12, 30),
    timezones=st.integers(-12, 12).map(lambda hours: timezone(timedelta(hours=hours))),
)
DRILLS = st.builds(Drill, id=IDS, source_index_name=NAMES, expires_at=MOMENTS)


def tagged(text: str) -> dict[str, str]:
    return {DRILL_TAG: text}


def test_a_drills_index_names_its_source_and_its_drill() -> None:
    assert DRILL.index_name == "airflow-drill-movies-1a2b3c4d"
    assert DRILL.tags == {"airflow-provider-pinecone-drill": "1a2b3c4d 20260301T120000Z"}
    long = replace(DRILL, source_index_name="movies-of-the-year-2---and-more")
    assert long.index_name == "airflow-drill-movies-of-the-year-2-1a2b3c4d"


@given(DRILLS)
def test_name_and_tags_are_ones_that_the_api_takes(drill: Drill) -> None:
    check_name("index_name", drill.index_name)
    check_tags("tags", drill.tags)
    assert drill.index_name.startswith(DRILL_PREFIX)
    # What the specification allows in a tag's value.
    assert re.fullmatch(r"[A-Za-z0-9;@_.+ -]{1,120}", drill.tags[DRILL_TAG])


@given(DRILLS)
def test_a_drills_index_is_a_leftover_from_its_expiry_on(drill: Drill) -> None:
    index = an_index(drill.index_name, tags=drill.tags, deletion_protection="disabled")
    assert is_drill(index)
    assert leftover(index, now=drill.expires_at).is_allowed
    assert not leftover(index, now=drill.expires_at - timedelta(seconds=1)).is_allowed
    assert own_index(index, drill_id=drill.id).is_allowed


@given(
    name=st.one_of(st.just(LEFT.name), NAMES, IDS.map(lambda drill_id: f"airflow-drill-movies-{drill_id}")),
    tag=st.one_of(
        st.none(),
        st.just(WRITTEN),
        st.text(max_size=24),
        IDS.map(lambda drill_id: f"{drill_id}{WRITTEN[8:]}"),
    ),
    protection=st.sampled_from(["disabled", "enabled", None, "Disabled", ""]),
    now=st.sampled_from([NOON - minutes(1), AFTER]),
)
def test_only_what_agrees_in_everything_may_be_deleted(
    name: str, tag: str | None, protection: str | None, now: datetime
) -> None:
    index = an_index(name, tags={} if tag is None else tagged(tag), deletion_protection=protection)
    drill_id = (tag or "")[:8]
    agrees = (
        protection == "disabled"
        and tag == f"{drill_id} 20260301T120000Z"
        and name.startswith("airflow-drill-")
        and name.endswith(f"-{drill_id}")
    )
    assert leftover(index, now=now).is_allowed == (agrees and now == AFTER)
    assert own_index(index, drill_id=DRILL.id).is_allowed == (agrees and drill_id == DRILL.id)


@pytest.mark.parametrize(
    ("near_miss", "why"),
    [
        ({"name": "movies-restored"}, "its name is not a drill's"),
        ({"name": "airflow-drill-movies"}, "its name is not a drill's"),
        ({"name": "airflow-drill-1a2b3c4d"}, "its name is not a drill's"),
        ({"name": "my-airflow-drill-movies-1a2b3c4d"}, "its name is not a drill's"),
        ({"name": "airflow-drill-movies-1a2b3c4d-2"}, "its name is not a drill's"),
        ({"name": "airflow-drill-movies-1A2B3C4D"}, "its name is not a drill's"),
        ({"name": "airflow-drill-movies-11a2b3c4d"}, "its name is not a drill's"),
        ({"name": "airflow-drill-movies-5e6f7a8b"}, "its tag is that of another drill, 1a2b3c4d"),
        ({"tags": {}}, "it has no tag airflow-provider-pinecone-drill"),
        ({"tags": {"team": "search"}}, "it has no tag airflow-provider-pinecone-drill"),
        ({"tags": tagged("")}, "its tag airflow-provider-pinecone-drill is not a drill's: ''"),
        ({"tags": tagged("1a2b3c4d")}, "is not a drill's: '1a2b3c4d'"),
        ({"tags": tagged("1a2b3c4d 20260301T120000")}, "is not a drill's"),
        ({"tags": tagged("1a2b3c4d 20260301T120000+0100")}, "is not a drill's"),
        ({"tags": tagged("1a2b3c4d 20260230T120000Z")}, "is not a drill's"),
        ({"tags": tagged("1a2b3c4d 2026-03-01T12:00:00Z")}, "is not a drill's"),
        ({"tags": tagged("1a2b3c4d 20260301T120000Z ")}, "is not a drill's"),
        ({"tags": tagged("1a2b3c4d 20260301T120000Z\n")}, "is not a drill's"),
        ({"tags": tagged("1a2b3c4d \u0662\u0660260301T120000Z")}, "is not a drill's"),
        ({"tags": tagged("1A2B3C4D 20260301T120000Z")}, "is not a drill's"),
        ({"tags": tagged("5e6f7a8b 20260301T120000Z")}, "its tag is that of another drill, 5e6f7a8b"),
        (
            {"deletion_protection": "enabled"},
            "its deletion protection is enabled, so somebody has adopted it",
        ),
        ({"deletion_protection": None}, "its deletion protection is None, which is not known to be off"),
        ({"deletion_protection": "pausing"}, "its deletion protection is 'pausing', which is not known"),
    ],
    ids=str,
)
def test_a_near_miss_is_never_deleted(near_miss: dict[str, Any], why: str) -> None:
    index = replace(LEFT, **near_miss)
    for judged in (leftover(index, now=AFTER), own_index(index, drill_id=DRILL.id)):
        assert not judged.is_allowed
        assert why in judged.why


def test_a_drill_that_may_still_be_running_keeps_its_index() -> None:
    judged = leftover(LEFT, now=NOON - minutes(1))
    assert not judged.is_allowed
    assert judged.why == "its drill may still be running, until 2026-03-01 12:00 UTC"


def test_a_drill_does_not_delete_the_index_of_another_one() -> None:
    judged = own_index(LEFT, drill_id="5e6f7a8b")
    assert not judged.is_allowed
    assert judged.why == "it belongs to drill 1a2b3c4d, not to 5e6f7a8b"


@pytest.mark.parametrize(
    ("change", "claims", "belongs"),
    [
        ({}, True, True),
        ({"deletion_protection": None}, True, True),
        ({"deletion_protection": "enabled"}, True, False),
        ({"name": "movies-restored"}, True, False),
        ({"name": "airflow-drill-movies-5e6f7a8b"}, True, False),
        ({"tags": {}}, True, False),
        ({"tags": tagged("1a2b3c4d tomorrow")}, True, False),
        ({"name": "movies", "tags": {}}, False, False),
    ],
    ids=str,
)
def test_an_index_belongs_to_a_drill_if_name_and_tag_agree_and_nobody_adopted_it(
    change: dict[str, Any], claims: bool, belongs: bool
) -> None:
    index = replace(LEFT, **change)
    assert (claims_to_be_drill(index), is_drill(index)) == (claims, belongs)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"id": "1a2b"}, "A drill's id has 8 hexadecimal digits, got '1a2b'"),
        ({"source_index_name": "Movies"}, "source_index_name may contain only lower-case"),
        ({"expires_at": datetime(2026, 3, 1)}, "expires_at must be a datetime with a time zone"),
    ],
    ids=str,
)
def test_a_drill_that_cannot_be_is_refused(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PineconeInputError, match=complaint):
        replace(DRILL, **wrong)


def test_an_expiry_is_written_in_utc() -> None:
    in_berlin = replace(DRILL, expires_at=NOON.astimezone(timezone(timedelta(hours=1))))
    assert in_berlin.tags == DRILL.tags
    assert NOON.tzinfo is UTC
