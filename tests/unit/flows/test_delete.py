"""The last good backup survives, a single 404 is not believed, and only what is unfinished is undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.flows.delete import (
    abandon,
    delete_backup,
    delete_index,
)
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.policies.identity import RUN_TAG, Run
from tests.unit.builders import NOON, a_backup, an_index, minutes
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import World, not_found, server_error

BEFORE = Run(deployment="prod", dag_id="nightly", task_id="backup", run_id="r1", moment=NOON)
RUN = replace(BEFORE, generation=1)
TOKENS = {RUN.token("movies"), *RUN.earlier_tokens("movies")}
OURS = {"description": RUN.description("movies")}
OLDER = a_backup("older", created_at=NOON - minutes(1))
NEWER = a_backup("newer")
DELETION = r"^DELETE "


def test_an_older_backup_is_deleted_once_the_newer_one_was_read(world: World, run: Runner) -> None:
    world.add(OLDER, NEWER)
    assert run(delete_backup("older")) == OLDER
    assert set(world.backups) == {"newer"}
    *before, deletion = world.requests()
    assert "GET /backups/newer" in before
    assert deletion == "DELETE /backups/older"


@pytest.mark.parametrize(
    "other",
    [
        a_backup("other", created_at=NOON - minutes(1)),
        a_backup("other", created_at=NOON + minutes(1), status="Initializing"),
        a_backup("other", created_at=NOON + minutes(1), status="InitializationFailed"),
        a_backup("other", created_at=NOON + minutes(1), record_count=0),
        a_backup("other", created_at=NOON + minutes(1), source_index_id="of-a-namesake"),
    ],
    ids=["older", "unfinished", "failed", "empty", "of a namesake"],
)
def test_the_last_good_backup_is_not_deleted(world: World, run: Runner, other: Any) -> None:
    world.add(NEWER, other)
    with pytest.raises(
        errors.PineconeLastBackupError,
        match=r"^movies: its last good backup is not deleted: .* Backup newer of",
    ):
        run(delete_backup("newer"))
    assert not world.requests(DELETION)


def test_a_backup_that_only_the_listing_still_shows_is_not_relied_on(world: World, run: Runner) -> None:
    world.add(OLDER, NEWER)
    world.fail(r"^GET /backups/newer$", not_found, times=2)
    with pytest.raises(errors.PineconeLastBackupError):
        run(delete_backup("older"))
    assert not world.requests(DELETION)


def test_the_next_best_survivor_will_do(world: World, run: Runner) -> None:
    world.add(OLDER, NEWER, a_backup("newest-and-gone", created_at=NOON + minutes(1)))
    world.fail(r"^GET /backups/newest-and-gone$", not_found, times=2)
    assert run(delete_backup("older")) == OLDER


def test_the_last_good_backup_is_deleted_if_that_is_allowed(world: World, run: Runner) -> None:
    world.add(NEWER)
    assert run(delete_backup("newer", allow_last=True)) == NEWER
    assert world.requests() == ["GET /backups/newer", "DELETE /backups/newer"]


def test_a_missing_backup_or_index_is_an_error_unless_that_is_fine(world: World, run: Runner) -> None:
    for missing in (delete_backup("missing"), delete_index("missing")):
        with pytest.raises(errors.PineconeNotFoundError):
            run(missing)
    assert run(delete_backup("missing", missing_ok=True)) is None
    assert run(delete_index("missing", missing_ok=True)) is None
    assert not world.requests(DELETION)


def test_a_listing_that_is_not_found_does_not_make_a_backup_missing(world: World, run: Runner) -> None:
    world.add(OLDER, NEWER)
    world.fail(r"^GET /backups$", not_found)
    with pytest.raises(errors.PineconeNotFoundError, match="GET /backups: 404"):
        run(delete_backup("older", missing_ok=True))
    assert not world.requests(DELETION)


def test_an_index_is_deleted_and_its_backups_stay(world: World, run: Runner) -> None:
    index = an_index("movies")
    world.add(index, NEWER)
    assert run(delete_index("movies")) == index
    assert (world.indexes, set(world.backups)) == ({}, {"newer"})


def abandoning(ids: dict[str, str]) -> Callable[[], Flow[None]]:
    """Deletes what is unfinished; fails if it was not deleted."""

    def flow() -> Flow[None]:
        fate = yield from abandon(ids, tokens=TOKENS)
        if "was not deleted" in fate:
            raise NotDeletedError(fate)

    return flow


class NotDeletedError(errors.PineconeError):
    """What ``abandon`` says of an error."""


DELETIONS = [
    lambda: delete_backup("mine", allow_last=True),
    lambda: delete_index("restored"),
    abandoning({"backup_id": "mine"}),
    abandoning({"index_name": "restored"}),
]


@pytest.fixture
def unfinished(world: World) -> None:
    """A backup and an index in the making, both of the run."""
    world.add(a_backup("mine", status="Initializing", **OURS))
    world.add(an_index(state="Initializing", tags={RUN_TAG: RUN.token("movies")}))


@pytest.mark.parametrize("deletion", DELETIONS)
def test_a_404_is_not_taken_for_a_deletion(
    world: World, run: Runner, unfinished: None, deletion: Callable[[], Flow[Any]]
) -> None:
    world.fail(DELETION, not_found)
    with pytest.raises(
        (errors.PineconeGoneError, NotDeletedError), match=r"(backup|index) \S+ still exists\. .*404"
    ):
        run(deletion())
    assert world.told == []


@pytest.mark.parametrize("deletion", DELETIONS)
def test_what_somebody_else_deletes_first_is_deleted(
    world: World, run: Runner, unfinished: None, deletion: Callable[[], Flow[Any]]
) -> None:
    world.fail(DELETION, not_found, acts=True)
    run(deletion())
    assert len(world.backups) + len(world.indexes) == 1


def test_an_index_that_is_being_deleted_already_is_deleted(world: World, run: Runner) -> None:
    world.add(an_index(state="Terminating"))
    world.fail(DELETION, not_found)
    assert run(delete_index("restored")) is not None


@pytest.mark.parametrize("deletion", DELETIONS)
def test_a_deletion_that_is_refused_is_an_error(
    world: World, run: Runner, unfinished: None, deletion: Callable[[], Flow[Any]]
) -> None:
    world.fail(DELETION, server_error)
    with pytest.raises((errors.PineconeServerError, NotDeletedError), match="500"):
        run(deletion())


@pytest.mark.parametrize("maker", [RUN, BEFORE], ids=["of this generation", "adopted"])
def test_an_initializing_backup_is_deleted(world: World, run: Runner, maker: Run) -> None:
    mine = a_backup("mine", status="Initializing", description=maker.description("movies"))
    world.add(mine, a_backup("by-hand"))
    fate = run(abandon({"backup_id": "mine"}, tokens=TOKENS))
    assert set(world.backups) == {"by-hand"}
    assert fate == "Backup mine was still Initializing, and is deleted."


@pytest.mark.parametrize(
    "backup",
    [
        a_backup("mine", status="Ready", **OURS),
        a_backup("mine", status="InitializationFailed", **OURS),
        a_backup("mine", status="Initializing", description="by hand"),
    ],
)
def test_any_other_backup_stays(world: World, run: Runner, backup: Any) -> None:
    world.add(backup)
    assert run(abandon({"backup_id": "mine"}, tokens=TOKENS)) == f"Backup mine is {backup.status}, and stays."
    assert set(world.backups) == {"mine"}


@pytest.mark.parametrize("maker", [RUN, BEFORE], ids=["of this generation", "adopted"])
def test_an_index_in_the_making_is_deleted(world: World, run: Runner, maker: Run) -> None:
    world.add(an_index(state="Initializing", tags={RUN_TAG: maker.token("movies")}), an_index("another"))
    fate = run(abandon({"index_name": "restored"}, tokens=TOKENS))
    assert set(world.indexes) == {"another"}
    assert fate == "Index restored was still Initializing, and is deleted."


@pytest.mark.parametrize(
    "index",
    [
        an_index(tags={RUN_TAG: RUN.token("movies")}),
        an_index(state="Initializing", tags={RUN_TAG: "b" * 32}),
        an_index(state="Initializing"),
        an_index(state="Terminating", tags={RUN_TAG: RUN.token("movies")}),
        an_index(state="ScalingUp", tags={RUN_TAG: BEFORE.token("movies")}),
    ],
)
def test_any_other_index_stays(world: World, run: Runner, index: Any) -> None:
    world.add(index)
    fate = run(abandon({"index_name": "restored"}, tokens=TOKENS))
    assert set(world.indexes) == {"restored"}
    assert fate == f"Index restored is {index.state}, and stays."


def test_what_is_gone_already_is_said_so(world: World, run: Runner) -> None:
    gone = [{"backup_id": "mine"}, {"index_name": "restored"}]
    assert [run(abandon(ids, tokens=TOKENS)) for ids in gone] == [
        "Backup mine is gone already.",
        "Index restored is gone already.",
    ]


def test_without_tokens_what_was_begun_goes_on_and_nothing_is_asked(
    world: World, run: Runner, unfinished: None
) -> None:
    begun = [{"backup_id": "mine"}, {"index_name": "restored", "restore_job_id": "job-1"}]
    assert [run(abandon(ids, tokens=())) for ids in begun] == [
        "Backup mine goes on in Pinecone, which has no call to cancel that.",
        "Index restored is still being restored in Pinecone, which has no call to cancel that.",
    ]
    assert world.requests() == []
