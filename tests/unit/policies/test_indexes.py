"""Which indexes a filter means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.policies.drills import Drill
from airflow_provider_pinecone.policies.indexes import IndexFilter
from tests.unit.builders import NOON, an_index

INDEXES = [
    an_index("movies-us", tags={"backup": "nightly"}),
    an_index("movies-eu", tags={"backup": "nightly", "team": "search"}),
    an_index("books"),
    an_index("old-pods", deployment_type="pod"),
]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["books", "movies-eu", "movies-us"]),
        ({"name_pattern": "movies-*"}, ["movies-eu", "movies-us"]),
        ({"name_pattern": "Movies-*"}, []),
        ({"tags": {"backup": "nightly", "team": "search"}}, ["movies-eu"]),
        ({"name_pattern": "old-*"}, []),
        ({"exclude": ["*-us", "b*"]}, ["movies-eu"]),
        ({"exclude": ("films-*",), "name_pattern": "movies-?u"}, ["movies-eu"]),
    ],
)
def test_serverless_indexes_are_chosen_by_name_and_tags(wanted: dict[str, Any], names: list[str]) -> None:
    assert IndexFilter(**wanted).names(INDEXES) == names


def test_what_matches_and_is_left_out_is_named() -> None:
    wanted = IndexFilter(name_pattern="movies-*", exclude=["*-us", "books", "old-*"])
    assert wanted.excluded(INDEXES) == ["movies-us"]


def test_the_indexes_of_drills_are_left_out_until_somebody_adopts_them() -> None:
    drill = Drill(id="1a2b3c4d", source_index_name="books", expires_at=NOON)
    running = an_index(drill.index_name, tags=drill.tags, deletion_protection="disabled")
    adopted = replace(running, deletion_protection="enabled")
    assert IndexFilter().names([*INDEXES, running]) == ["books", "movies-eu", "movies-us"]
    assert IndexFilter().drills([*INDEXES, running]) == [drill.index_name]
    assert IndexFilter(name_pattern="airflow-drill-*").names([running]) == []
    assert IndexFilter(name_pattern="movies-*").drills([running]) == []
    assert IndexFilter().names([adopted]) == [drill.index_name]
    assert IndexFilter().drills([adopted]) == []


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"name_pattern": ""}, "name_pattern must be a non-empty string"),
        ({"tags": "backup=nightly"}, "tags must map strings to strings"),
        ({"tags": {"backup": 1}}, "tags: the value of 'backup' must be a string"),
        ({"exclude": "*-restored-*"}, "exclude must be a list of texts"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PineconeInputError, match=complaint):
        IndexFilter(**wrong)
