"""A listing is read to its end, each row once; a page that fails fails it all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import Page
from airflow_provider_pinecone.flows.listing import (
    all_backup_schedule_history,
    all_backup_schedules,
    all_backups,
    all_restore_jobs,
)
from tests.unit.builders import a_backup, a_job
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import World, server_error


@pytest.mark.parametrize(("rows", "pages"), [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (250, 3)])
def test_all_pages_are_read(world: World, run: Runner, rows: int, pages: int) -> None:
    """After an exactly full last page there is an empty one."""
    world.add(*(a_backup(f"bkp-{number}") for number in range(rows)))
    assert run(all_backups()) == list(world.backups.values())
    assert world.requests() == ["GET /backups"] * pages


def test_restore_jobs_are_read_the_same_way(world: World, run: Runner) -> None:
    world.add(*(a_job(f"job-{number}") for number in range(101)))
    assert run(all_restore_jobs()) == list(world.jobs.values())


def test_schedules_and_their_histories_are_read_the_same_way(world: World, run: Runner) -> None:
    made = [a_backup(f"bkp-{number}") for number in range(101)]
    world.histories["movies"] = {f"sch-{number}": made for number in range(101)}
    assert [schedule.schedule_id for schedule in run(all_backup_schedules("movies"))] == [
        *world.histories["movies"]
    ]
    assert run(all_backup_schedule_history("sch-7")) == made


def test_the_backups_of_one_index_are_listed_by_its_name(world: World, run: Runner) -> None:
    world.add(a_backup("mine"), a_backup("other", source_index_name="songs"))
    assert [backup.backup_id for backup in run(all_backups("movies"))] == ["mine"]


def test_those_of_deleted_indexes_are_asked_for_on_every_page(world: World) -> None:
    queries: list[dict[str, str]] = []

    def answer(call: Call[Any]) -> Page[object]:
        queries.append(dict(call.query))
        more = "t" if len(queries) == 1 else None
        return Page(items=(a_backup(f"bkp-{len(queries)}"),), next=more)

    world.answer = answer
    world.drive(all_backups("movies", include_deleted=True))
    assert queries == [
        {"limit": "100", "include_deleted": "true"},
        {"limit": "100", "paginationToken": "t", "include_deleted": "true"},
    ]


def test_rows_that_shift_between_pages_are_given_once(world: World) -> None:
    pages = iter(
        [
            Page(items=(a_backup("a"), a_backup("b", status="Initializing")), next="1"),
            Page(items=(a_backup("b"), a_backup("c")), next=None),
        ]
    )
    world.answer = lambda call: next(pages)
    backups = world.drive(all_backups())
    assert [(backup.backup_id, str(backup.status)) for backup in backups] == [
        ("a", "Ready"),
        ("b", "Ready"),
        ("c", "Ready"),
    ]


@pytest.mark.parametrize("tokens", [itertools.cycle("abc"), map(str, itertools.count())])
def test_a_listing_that_does_not_end_is_not_taken_for_a_whole_one(
    world: World, tokens: Iterator[str]
) -> None:
    world.answer = lambda call: Page(items=(a_backup(),), next=next(tokens))
    with pytest.raises(errors.PineconeUnreadableAnswerError, match="does not end"):
        world.drive(all_backups())


def test_an_empty_page_is_not_the_last_one_while_it_names_a_next(world: World) -> None:
    pages = iter([Page(items=(), next="b"), Page(items=(a_backup(),))])
    world.answer = lambda call: next(pages)
    assert world.drive(all_backups()) == [a_backup()]


def test_a_page_that_fails_fails_the_listing(world: World, run: Runner) -> None:
    world.add(*(a_backup(f"bkp-{number}") for number in range(150)))
    world.fail("^GET /backups$", server_error, nth=2)
    with pytest.raises(errors.PineconeServerError):
        run(all_backups())
    assert len(world.requests()) == 2
