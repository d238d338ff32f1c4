"""Listing: what can be backed up, and what was."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators.backup import PineconeListBackupsOperator
from airflow_provider_pinecone.operators.index import PineconeListIndexesOperator
from airflow_provider_pinecone.policies.drills import Drill
from tests.airflow.conftest import context_of
from tests.contract.conftest import Emulator


def indexes(**arguments: Any) -> list[str]:
    task = PineconeListIndexesOperator(task_id="list_indexes", **arguments)
    return task.execute(context_of(task))


def backups(**arguments: Any) -> list[str]:
    """The ids that the task returns."""
    task = PineconeListBackupsOperator(task_id="list_backups", **arguments)
    return [backup["backup_id"] for backup in task.execute(context_of(task))]


@pytest.fixture
def three_indexes(connected: Emulator, create_index: Callable[..., Any]) -> None:
    create_index("movies-eu", tags={"backup": "nightly", "team": "search"})
    create_index("movies-us", tags={"backup": "nightly"})
    create_index("books")


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["books", "movies-eu", "movies-us"]),
        ({"name_pattern": "movies-*"}, ["movies-eu", "movies-us"]),
        ({"name_pattern": "movies-?s"}, ["movies-us"]),
        ({"tags": {"backup": "nightly"}}, ["movies-eu", "movies-us"]),
        ({"tags": {"backup": "nightly", "team": "search"}}, ["movies-eu"]),
        ({"name_pattern": "*us", "tags": {"backup": "nightly"}}, ["movies-us"]),
        ({"exclude": ["*-us", "b*"]}, ["movies-eu"]),
    ],
)
def test_indexes_are_listed_by_name_and_tags(
    three_indexes: None, filters: dict[str, Any], names: list[str]
) -> None:
    assert indexes(**filters) == names


def test_indexes_that_cannot_be_backed_up_are_left_out_aloud(
    three_indexes: None, connected: Emulator, told: Callable[[], str]
) -> None:
    pod = {"environment": "us-east1-gcp", "pod_type": "p1.x1", "pods": 1, "replicas": 1, "shards": 1}
    with connected.client("2026-04") as client:
        body = {"name": "old-pods", "dimension": 3, "metric": "cosine", "spec": {"pod": pod}}
        assert client.post("/indexes", json=body).status_code == 201
    assert "old-pods" not in indexes()
    assert "Skipped, since only serverless indexes have backups: old-pods." in told()
    assert "3 of 4 indexes: books, movies-eu, movies-us." in told()


def test_the_indexes_of_restore_drills_are_left_out_aloud(
    three_indexes: None, create_index: Callable[..., Any], told: Callable[[], str]
) -> None:
    drill = Drill(id="1a2b3c4d", source_index_name="books", expires_at=datetime.now(UTC))
    create_index(drill.index_name, tags=drill.tags)
    assert indexes() == ["books", "movies-eu", "movies-us"]
    assert "Skipped, since they belong to restore drills: airflow-drill-books-1a2b3c4d." in told()


def test_an_empty_list_fails_the_task_for_good(three_indexes: None) -> None:
    with pytest.raises(AirflowFailException) as caught:
        indexes(name_pattern="films-*", tags={"backup": "nightly"})
    assert str(caught.value) == (
        "None of the project's 3 indexes is serverless and matches name_pattern 'films-*' and tags "
        "{'backup': 'nightly'}. Change the filters, or pass allow_empty=True."
    )


def test_what_is_excluded_is_named_in_the_log(three_indexes: None, told: Callable[[], str]) -> None:
    assert indexes(exclude=["movies-*"]) == ["books"]
    assert "Skipped, since exclude matches them: movies-eu, movies-us." in told()
    assert "1 of 3 indexes: books." in told()


def test_a_list_that_is_empty_because_all_is_excluded_says_so(three_indexes: None) -> None:
    with pytest.raises(AirflowFailException, match=r"and is not excluded by \['\*'\]\."):
        indexes(exclude=["*"])


def test_a_single_pattern_is_not_taken_for_a_list_of_letters(connected: Emulator) -> None:
    with pytest.raises(
        AirflowFailException, match=r"exclude must be a list of texts, got '\*-restored-\*'\."
    ):
        indexes(exclude="*-restored-*")
    assert connected.requests() == []


def test_an_empty_list_can_be_allowed(connected: Emulator) -> None:
    assert indexes(allow_empty=True) == []


def test_an_indexs_backups_are_listed_newest_first(
    movies: dict[str, Any], fill: Callable[..., Any], backup_of: Callable[..., str], told: Callable[[], str]
) -> None:
    fill("books")
    first, of_books, second = backup_of("movies"), backup_of("books"), backup_of("movies")
    assert backups(index_name="movies") == [second, first]
    assert backups() == [second, of_books, first]
    assert backups(index_name="") == [second, of_books, first]
    assert "2 backups of index movies, 2 returned." in told()
    assert "3 backups in the project, 3 returned." in told()


def test_each_backup_says_whether_a_schedule_of_pinecones_made_it(
    movies: dict[str, Any], connected: Emulator, backup_of: Callable[..., str]
) -> None:
    connected.freeze()
    schedules = PineconeBackupHook().backup_schedules
    schedules.create(index_name="movies", name="nightly", frequency="daily", retention_days=7)
    connected.advance(24 * 60 * 60)
    by_hand = backup_of("movies")
    task = PineconeListBackupsOperator(task_id="list_backups", index_name="movies")
    listed = task.execute(context_of(task))
    assert [(one["backup_id"] == by_hand, one["made_by_schedule"]) for one in listed] == [
        (True, False),
        (False, True),
    ]


def test_only_the_newest_are_returned_where_a_limit_is_given(
    movies: dict[str, Any], backup_of: Callable[..., str], told: Callable[[], str]
) -> None:
    made = [backup_of("movies") for _ in range(3)]
    assert backups(index_name="movies", limit=2) == [made[2], made[1]]
    assert "3 backups of index movies, 2 returned." in told()
    for backup_id in made[1:]:
        assert re.search(rf"movies  Ready +6 +\d+  {backup_id}", told())
    assert not re.search(rf"Ready .*{made[0]}", told())


def test_backups_of_deleted_indexes_are_listed_where_asked_for(
    movies: dict[str, Any], connected: Emulator, fill: Callable[..., Any], backup_of: Callable[..., str]
) -> None:
    of_the_first = backup_of("movies")
    with connected.client() as client:
        assert client.delete("/indexes/movies").is_success
    fill("movies")
    of_the_second = backup_of("movies")
    assert backups(index_name="movies") == [of_the_second]
    assert backups(index_name="movies", include_deleted=True) == [of_the_second, of_the_first]


def test_the_whole_backup_is_returned(movies: dict[str, Any], backup_of: Callable[..., str]) -> None:
    backup_of("movies")
    task = PineconeListBackupsOperator(task_id="list_backups", index_name="movies")
    (backup,) = task.execute(context_of(task))
    assert (backup["status"], backup["record_count"], backup["source_index_name"]) == ("Ready", 6, "movies")


def test_an_index_that_is_not_there_fails_the_task(connected: Emulator) -> None:
    with pytest.raises(AirflowFailException, match="404 NOT_FOUND"):
        backups(index_name="no-such-index")
    with pytest.raises(ValueError, match="limit must be"):
        backups(limit=0)


def test_what_a_dag_fills_in_is_templated() -> None:
    listing = PineconeListIndexesOperator(
        task_id="list_indexes",
        name_pattern="{{ params.team }}-*",
        tags={"team": "{{ params.team }}"},
        exclude=["{{ params.team }}-old"],
    )
    listing.render_template_fields({"params": {"team": "search"}})
    assert (listing.name_pattern, listing.tags) == ("search-*", {"team": "search"})
    assert listing.exclude == ["search-old"]
    history = PineconeListBackupsOperator(task_id="list_backups", index_name="{{ params.index }}")
    history.render_template_fields({"params": {"index": "movies"}})
    assert history.index_name == "movies"
