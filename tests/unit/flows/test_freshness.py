"""Every index is looked at by itself, and silence is no success."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.freshness import Watch, check_freshness
from airflow_provider_pinecone.policies.drills import Drill
from airflow_provider_pinecone.policies.identity import Run
from airflow_provider_pinecone.policies.indexes import IndexFilter
from tests.unit.builders import a_backup, an_index
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import START, World, not_found, refusal, server_error

NOW = datetime.fromtimestamp(START, tz=UTC)
DAY = timedelta(hours=24)


def of(index_name: str, *, hours: float, **fields: Any) -> Backup:
    return a_backup(
        f"{index_name}-{hours:g}",
        source_index_name=index_name,
        source_index_id=f"id-of-{index_name}",
        created_at=NOW - timedelta(hours=hours),
        **fields,
    )


@pytest.fixture
def world(world: World) -> World:
    """A project of three indexes, two of which can be backed up."""
    world.index_names = ("books", "movies")
    world.add(an_index("movies"), an_index("books", tags={"team": "search"}))
    world.add(an_index("old-pods", deployment_type="pod"))
    return world


def look(run: Runner, **watch: Any) -> dict[str, Backup]:
    found: dict[str, Backup] = run(check_freshness(Watch(**{"max_age": DAY, **watch}), now=NOW))
    return found


def stale(run: Runner, **watch: Any) -> dict[str, str]:
    with pytest.raises(errors.PineconeStaleBackupsError) as caught:
        look(run, **watch)
    assert all(f"{name}: {why}" in str(caught.value) for name, why in caught.value.stale.items())
    return dict(caught.value.stale)


def test_a_drills_index_needs_no_backup_unless_it_is_named(world: World, run: Runner) -> None:
    world.add(of("movies", hours=3), of("books", hours=7))
    drill = Drill(id="1a2b3c4d", source_index_name="movies", expires_at=NOW)
    world.add(an_index(drill.index_name, tags=drill.tags))
    assert list(look(run)) == ["books", "movies"]
    assert f"Skipped, since they belong to restore drills: {drill.index_name}." in world.lines
    assert stale(run, index_names=[drill.index_name]) == {drill.index_name: "no such serverless index"}


def test_a_project_is_fresh_if_each_of_its_serverless_indexes_is(world: World, run: Runner) -> None:
    world.add(of("movies", hours=3), of("books", hours=7), of("books", hours=31))
    assert {name: backup.backup_id for name, backup in look(run).items()} == {
        "books": "books-7",
        "movies": "movies-3",
    }
    assert world.requests() == ["GET /indexes", "GET /indexes/books/backups", "GET /indexes/movies/backups"]
    assert world.lines == [
        "2 of 2 indexes have a usable backup from the last 24 h. The oldest: books, 7 h old, books-7."
    ]


def test_one_stale_index_is_enough(world: World, run: Runner) -> None:
    world.add(of("movies", hours=3), of("books", hours=31))
    assert list(stale(run)) == ["books"]


def test_the_most_urgent_is_named_first(world: World, run: Runner) -> None:
    world.add(of("books", hours=31))
    assert list(stale(run)) == ["movies", "books"]


def test_an_index_that_was_created_again_needs_a_backup_of_its_own(world: World, run: Runner) -> None:
    world.add(of("books", hours=1), of("movies", hours=1))
    world.index_deletions = {"id-of-movies": NOW}
    assert stale(run) == {"movies": "re-created, no backup since"}


def test_only_the_named_indexes_are_looked_at(world: World, run: Runner) -> None:
    world.add(of("movies", hours=1))
    assert list(look(run, index_names=["movies", "movies"])) == ["movies"]


@pytest.mark.parametrize("name", ["no-such-index", "old-pods"])
def test_a_named_index_that_cannot_be_backed_up_is_stale(world: World, run: Runner, name: str) -> None:
    world.add(of("movies", hours=1))
    world.index_names = ("movies", "old-pods")
    assert stale(run, index_names=["movies", name]) == {name: "no such serverless index"}
    assert world.requests(name) == []


def test_only_the_tagged_indexes_are_looked_at(world: World, run: Runner) -> None:
    world.add(of("books", hours=1))
    assert list(look(run, wanted=IndexFilter(tags={"team": "search"}))) == ["books"]


def test_no_index_at_all_is_no_success(world: World, run: Runner) -> None:
    with pytest.raises(errors.PineconeInputError, match="None of the project's 3 indexes is serverless and"):
        look(run, wanted=IndexFilter(name_pattern="films-*"))


def test_an_index_that_is_deleted_meanwhile_is_told_of(world: World, run: Runner) -> None:
    world.add(of("books", hours=1))
    world.index_names = ("books",)
    assert stale(run) == {"movies": "no such serverless index"}


def test_a_404_that_passes_is_no_deletion(world: World, run: Runner) -> None:
    world.add(of("books", hours=1), of("movies", hours=1))
    world.fail("movies/backups", not_found, times=2)
    assert list(look(run)) == ["books", "movies"]


def test_a_backup_counts_whoever_made_it_unless_only_the_deployments_own_are_to(
    world: World, run: Runner
) -> None:
    mark = Run(deployment="prod", dag_id="d", task_id="t", run_id="r", moment=NOW).description("movies")
    world.add(of("movies", hours=30, description=mark), of("movies", hours=1), of("books", hours=1))
    assert look(run)["movies"].backup_id == "movies-1"
    assert stale(run, deployment="prod") == {
        "books": "never backed up",
        "movies": "newest usable backup is 30 h old (2026-02-28 06:00 UTC), none since",
    }


def test_all_that_is_stale_is_in_the_log_even_if_the_message_is_cut(world: World, run: Runner) -> None:
    world.index_names = tuple(f"index-{number:02}" for number in range(12))
    world.indexes = {name: an_index(name) for name in world.index_names}
    assert len(stale_names(run)) == 12
    assert world.warnings == [f"{name}: never backed up" for name in world.index_names]


def stale_names(run: Runner) -> list[str]:
    with pytest.raises(errors.PineconeStaleBackupsError, match="and 2 more") as caught:
        look(run)
    return list(caught.value.stale)


@pytest.mark.parametrize("pattern", ["^GET /indexes$", "^GET /indexes/movies/backups$"])
@pytest.mark.parametrize("fault", [server_error, refusal(errors.PineconePermissionError, 403)])
def test_what_cannot_be_read_is_neither_fresh_nor_stale(
    world: World, run: Runner, pattern: str, fault: Any
) -> None:
    world.add(of("movies", hours=1), of("books", hours=1))
    world.fail(pattern, fault)
    with pytest.raises((errors.PineconeServerError, errors.PineconePermissionError)):
        look(run)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"index_names": []}, "index_names is empty"),
        ({"index_names": "movies"}, "index_names must be a list of texts, got 'movies'"),
        ({"index_names": ["movies", ""]}, "each of index_names must be a non-empty string"),
        (
            {"index_names": ["movies"], "wanted": IndexFilter(name_pattern="m*")},
            "give either index_names, or name_pattern, tags and exclude",
        ),
        ({"max_age": timedelta(0)}, "max_age must be a timedelta or a number of seconds above 0"),
    ],
)
def test_a_watch_that_cannot_be_meant_is_refused(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(errors.PineconeInputError, match=complaint):
        replace(Watch(max_age=DAY), **wrong)
