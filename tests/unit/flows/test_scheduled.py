"""Which backups Pinecone's schedules made: their names say so, and histories where names do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.flows.scheduled import scheduled_backup_ids
from airflow_provider_pinecone.policies.identity import Run
from tests.unit.builders import NOON, a_backup
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import World, refusal, server_error

RUN = Run(deployment="prod", dag_id="nightly", task_id="back_up", run_id="r", moment=NOON)
OWN = a_backup("own", name=RUN.backup_name("movies"), description=RUN.description("movies"))
NAMED = a_backup("named", name="nightly-20260301T060000Z")
BY_HAND = a_backup("by-hand", name="before-the-migration")
OTHERS = a_backup("of-songs", name=None, source_index_name="songs")


def test_the_name_alone_tells_and_nothing_is_asked(world: World, run: Runner) -> None:
    assert run(scheduled_backup_ids([OWN, NAMED])) == {"named"}
    assert world.requests() == []


def test_a_schedule_that_names_its_backups_otherwise_is_known_by_its_history(
    world: World, run: Runner
) -> None:
    world.index_names = ("movies", "songs")
    renamed = a_backup("renamed", name="nightly/2026-03-01")
    world.histories["movies"] = {"sch-1": [a_backup("planned")], "sch-2": [NAMED, renamed]}
    assert run(scheduled_backup_ids([OWN, NAMED, BY_HAND, OTHERS, renamed])) == {"named", "renamed"}
    assert world.requests() == [
        "GET /indexes/movies/backup-schedules",
        "GET /backup-schedules/sch-1/history",
        "GET /backup-schedules/sch-2/history",
        "GET /indexes/songs/backup-schedules",
    ]


def test_a_runs_own_backup_is_its_own_whatever_its_name(world: World, run: Runner) -> None:
    odd = replace(OWN, name="nightly-20260301T060000Z")
    assert run(scheduled_backup_ids([odd])) == frozenset()


def test_a_deleted_index_has_no_schedules(world: World, run: Runner) -> None:
    world.index_names = ()
    assert run(scheduled_backup_ids([BY_HAND, NAMED])) == {"named"}


def test_a_schedule_that_is_deleted_meanwhile_has_no_history(world: World, run: Runner) -> None:
    world.histories["movies"] = {"sch-1": [BY_HAND]}
    world.fail("history", refusal(errors.PineconeNotFoundError, 404))
    assert run(scheduled_backup_ids([BY_HAND])) == frozenset()


@pytest.mark.parametrize("request_pattern", ["backup-schedules$", "history$"])
def test_schedules_that_cannot_be_read_are_not_taken_for_none(
    world: World, run: Runner, request_pattern: str
) -> None:
    world.histories["movies"] = {"sch-1": [BY_HAND]}
    world.fail(request_pattern, server_error)
    with pytest.raises(errors.PineconeServerError):
        run(scheduled_backup_ids([BY_HAND]))


@pytest.mark.parametrize(
    "name",
    ["nightly-20260301", "nightly-20260301t060000z", "nightly-20260301T060000", "20260301T060000Z", None],
)
def test_what_a_person_may_name_a_backup_is_no_schedules_name(
    world: World, run: Runner, name: str | None
) -> None:
    assert run(scheduled_backup_ids([replace(BY_HAND, name=name)])) == frozenset()
