"""A run ends with one backup: its attempts agree on it, wait for it, and only then delete another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.attempt import Ended
from airflow_provider_pinecone.flows.delete import DELETE_PATIENCE
from airflow_provider_pinecone.flows.finish_backup import FOUND_PATIENCE, SHOWN_PAUSES, finish_backup
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.submit_backup import BackupPlan
from airflow_provider_pinecone.flows.waiting.backup import BackupWait
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.policies.guards import Guards
from airflow_provider_pinecone.policies.identity import Run
from tests.unit.builders import NOON, a_backup
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import (
    BACKUP_LISTING,
    START,
    World,
    key_refused,
    not_found,
    refusal,
    server_error,
)

RUN = Run(deployment="prod", dag_id="nightly", task_id="backup", run_id="r1", moment=NOON)
PLAN = BackupPlan(
    index_name="movies",
    name=RUN.backup_name("movies"),
    description=RUN.description("movies"),
    token=RUN.token("movies"),
)
TERMS = Terms(started_at=START, deadline=START + 8 * 3600)
DELETION = r"^DELETE "
BEGUN = datetime.fromtimestamp(START, tz=UTC)


def of_run(backup_id: str, *, age: float = 60.0, run: Run = RUN, **fields: Any) -> Backup:
    """A backup that a run made ``age`` seconds before the wait begins."""
    created_at = BEGUN - timedelta(seconds=age)
    return a_backup(
        backup_id, **{"description": run.description("movies"), "created_at": created_at, **fields}
    )


def finish(
    world: World,
    backup_id: str = "mine",
    *,
    plan: BackupPlan = PLAN,
    is_found: bool = False,
    terms: Terms = TERMS,
) -> Flow[Backup | None]:
    wait = BackupWait(started_at=terms.started_at, deadline=terms.deadline, backup_id=backup_id)
    finished = yield from finish_backup(plan, wait, is_found=is_found, terms=terms, clock=world.clock)
    return finished.end if isinstance(finished, Ended) else None


def test_a_run_with_one_backup_looks_for_others_and_deletes_none(world: World, run: Runner) -> None:
    world.add(of_run("mine"), a_backup("by-hand"))
    assert run(finish(world)).backup_id == "mine"
    assert world.requests() == ["GET /backups/mine", "GET /indexes/movies/backups"]
    assert world.remembered == {}
    assert world.lines[-1] == "Backup mine of movies: 100 records."


def test_the_older_one_stays_and_the_other_is_deleted(world: World, run: Runner) -> None:
    world.add(of_run("mine", age=60), of_run("second", age=30), a_backup("by-hand"))
    assert run(finish(world)).backup_id == "mine"
    assert set(world.backups) == {"mine", "by-hand"}
    assert world.warnings == ["Backup second, a duplicate of mine, is deleted."]


def test_who_made_the_second_one_takes_the_first_and_puts_that_on_record(world: World, run: Runner) -> None:
    world.add(of_run("first", age=60), of_run("mine", age=30))
    assert run(finish(world)).backup_id == "first"
    assert set(world.backups) == {"first"}
    assert world.remembered == {"backup_id": "first"}


def test_what_an_earlier_generation_left_unfinished_is_waited_for(world: World, run: Runner) -> None:
    cleared = replace(RUN, generation=2)
    plan = replace(
        PLAN, token=cleared.token("movies"), earlier=cleared.earlier_tokens("movies"), generation=2
    )
    world.add(of_run("finished-before", age=600), of_run("mine", status="Initializing"))
    world.later(300, lambda: world.end_backup("mine"))
    assert run(finish(world, plan=plan, is_found=True)).backup_id == "mine"
    assert set(world.backups) == {"finished-before", "mine"}


def test_reads_that_tell_another_time_than_the_listing_keep_nobody_busy(world: World, run: Runner) -> None:
    """The order is the listing's, which all attempts see."""
    world.add(of_run("a", age=60), of_run("b", age=60))
    world.listed_as_of_old = {"b": of_run("b", age=60.5), "a": of_run("a", age=60.9)}
    assert run(finish(world, "b")).backup_id == "a"
    assert set(world.backups) == {"a"}


def test_what_another_attempt_deletes_at_the_very_end_is_given_up_for_the_other(
    world: World, run: Runner
) -> None:
    world.add(of_run("mine"), of_run("other", age=90))
    gone = world.backups["mine"]
    world.fail(BACKUP_LISTING, server_error)
    world.later(1, lambda: world.backups.pop("mine"))
    assert gone.status == "Ready"
    assert run(finish(world)).backup_id == "other"
    assert set(world.backups) == {"other"}


def test_what_the_listing_never_shows_deletes_nothing(world: World, run: Runner) -> None:
    world.add(of_run("mine", created_at=None), of_run("other", age=30))
    world.fail(BACKUP_LISTING, not_found, times=1000)
    assert run(finish(world)).backup_id == "mine"
    assert set(world.backups) == {"mine", "other"}


def test_a_status_that_nobody_knows_is_no_reason_for_another_backup(world: World, run: Runner) -> None:
    world.add(of_run("mine", status="Scheduled"))
    assert plan_own(world) == ["mine"]


def test_what_an_earlier_generation_made_is_never_deleted_and_never_replaces_what_this_one_made(
    world: World, run: Runner
) -> None:
    reusing = replace(RUN, survives_clear=True)
    now = replace(reusing, generation=2)
    plan = replace(PLAN, token=now.token("movies"), generation=2)
    world.add(of_run("before", age=600, run=reusing), of_run("mine", run=now))
    assert run(finish(world, plan=plan)).backup_id == "mine"
    assert set(world.backups) == {"before", "mine"}


def plan_own(world: World) -> list[str]:
    return [one.backup_id for one in PLAN.own(list(world.backups.values()))]


def test_of_two_made_at_once_the_ids_decide(world: World, run: Runner) -> None:
    world.add(of_run("mine"), of_run("first"))
    assert run(finish(world)).backup_id == "first"


def test_the_second_is_not_deleted_before_the_first_is_ready(world: World, run: Runner) -> None:
    world.add(of_run("first", age=60, status="Initializing"), of_run("mine", age=30))
    deleted_too_early: list[float] = []
    world.later(600, lambda: deleted_too_early.append(len(world.requests(DELETION))))
    world.later(601, lambda: world.end_backup("first"))
    assert run(finish(world)).backup_id == "first"
    assert deleted_too_early == [0]
    assert set(world.backups) == {"first"}


def test_where_the_first_fails_the_second_stays(world: World, run: Runner) -> None:
    world.add(of_run("first", age=60, status="Initializing"), of_run("mine", age=30))
    world.later(600, lambda: world.end_backup("first", "InitializationFailed"))
    assert run(finish(world)).backup_id == "mine"
    assert set(world.backups) == {"first", "mine"}
    assert world.remembered == {"backup_id": "mine"}


def test_the_backup_of_another_run_or_of_an_index_made_anew_is_left_alone(world: World, run: Runner) -> None:
    theirs = of_run("theirs", age=90, run=replace(RUN, run_id="r2"))
    of_older_index = of_run("of-older-index", age=90, source_index_id="deleted")
    world.add(theirs, of_older_index, of_run("mine"))
    assert run(finish(world)).backup_id == "mine"
    assert len(world.backups) == 3


def test_an_attempt_whose_own_is_gone_goes_on_with_the_runs_other_one(world: World, run: Runner) -> None:
    world.add(of_run("other", status="Initializing"))
    world.later(300, lambda: world.end_backup("other"))
    assert run(finish(world)).backup_id == "other"
    assert world.remembered == {"backup_id": "other"}


def test_an_attempt_whose_own_failed_goes_on_with_the_runs_other_one(world: World, run: Runner) -> None:
    world.add(of_run("mine", status="InitializationFailed"), of_run("other", age=30))
    assert run(finish(world)).backup_id == "other"


@pytest.mark.parametrize(
    ("status", "error"),
    [("InitializationFailed", errors.PineconeBackupFailedError), (None, errors.PineconeGoneError)],
)
def test_without_another_one_the_failure_stands(
    world: World, run: Runner, status: str | None, error: type[Exception]
) -> None:
    if status:
        world.add(of_run("mine", status=status))
    with pytest.raises(error):
        run(finish(world))


def test_what_the_event_names_and_another_run_made_is_not_believed(world: World, run: Runner) -> None:
    world.add(of_run("mine", run=replace(RUN, run_id="r2")))
    with pytest.raises(errors.PineconeNotMarkedError, match="the backup lacks this run's token"):
        run(finish(world))


def test_a_listing_that_lags_is_given_time_to_show_what_is_older(world: World, run: Runner) -> None:
    world.listing_lag = 50.0
    world.add(of_run("first", age=20), of_run("mine", age=0))
    assert run(finish(world)).backup_id == "first"
    assert set(world.backups) == {"first"}
    assert 49 <= world.elapsed <= sum(SHOWN_PAUSES)


def test_who_found_its_backup_gives_the_listing_time_to_show_younger_ones(world: World, run: Runner) -> None:
    world.listing_lag = FOUND_PATIENCE - 1
    world.add(of_run("mine", age=60), of_run("second", age=0))
    assert run(finish(world, is_found=True)).backup_id == "mine"
    assert set(world.backups) == {"mine"}


def test_who_made_its_backup_ends_at_once(world: World, run: Runner) -> None:
    world.add(of_run("mine"))
    run(finish(world))
    assert world.naps == []


def test_a_listing_that_never_shows_the_backup_is_said_aloud(world: World, run: Runner) -> None:
    world.listing_lag = 1e9
    world.add(of_run("mine"))
    assert run(finish(world)).backup_id == "mine"
    assert world.elapsed == sum(SHOWN_PAUSES)
    assert "it cannot tell whether this run made a second one" in world.warnings[-1]


def test_a_404_of_the_listing_is_looked_into(world: World, run: Runner) -> None:
    world.add(of_run("mine"), of_run("second", age=30))
    world.fail(BACKUP_LISTING, not_found, times=2)
    assert run(finish(world)).backup_id == "mine"
    assert set(world.backups) == {"mine"}


def test_an_outage_at_the_end_is_waited_out(world: World, run: Runner) -> None:
    world.add(of_run("mine"))
    world.fail(BACKUP_LISTING, server_error, times=100)
    assert run(finish(world)).backup_id == "mine"
    assert world.elapsed > 600


def test_a_listing_that_alone_cannot_be_read_does_not_send_the_task_to_the_triggerer_and_back(
    world: World, run: Runner
) -> None:
    world.add(of_run("mine"))
    world.fail(BACKUP_LISTING, server_error, times=100)
    assert run(finish(world, terms=replace(TERMS, pause_at=START + 10))).backup_id == "mine"


def test_a_deletion_that_keeps_failing_holds_nobody_up_for_long(world: World, run: Runner) -> None:
    world.add(of_run("mine"), of_run("second", age=30))
    world.fail(DELETION, server_error, times=10_000)
    assert run(finish(world)).backup_id == "mine"
    assert world.elapsed <= DELETE_PATIENCE
    assert "Delete it by hand." in world.warnings[-1]


def test_a_guards_refusal_leaves_all_as_it_is(world: World, run: Runner) -> None:
    world.add(of_run("mine", record_count=3), of_run("second", age=30, record_count=100))
    with pytest.raises(errors.PineconeBackupTooSmallError, match="3 records, at least 10 wanted"):
        run(finish(world, plan=replace(PLAN, guards=Guards(min_records=10))))
    assert set(world.backups) == {"mine", "second"}


def test_the_only_one_with_records_is_never_deleted(world: World, run: Runner) -> None:
    world.add(of_run("mine", record_count=0), of_run("second", age=30))
    assert run(finish(world, plan=replace(PLAN, guards=Guards(min_records=0)))).backup_id == "mine"
    assert set(world.backups) == {"mine", "second"}
    assert world.warnings == [
        "Backup second, a duplicate of mine, stays: it holds records and the other none."
    ]


def test_a_guard_compares_with_the_backup_before(world: World, run: Runner) -> None:
    world.add(of_run("mine", record_count=10), a_backup("before", created_at=BEGUN - timedelta(days=1)))
    with pytest.raises(
        errors.PineconeBackupTooSmallError,
        match=r"^movies: backup refused: 10 records, 90% fewer than the 100 before",
    ):
        run(finish(world, plan=replace(PLAN, guards=Guards(max_record_drop=0.5))))


def test_a_key_that_may_not_delete_does_not_fail_a_good_backup(world: World, run: Runner) -> None:
    world.add(of_run("mine"), of_run("second", age=30))
    world.fail(DELETION, refusal(errors.PineconePermissionError, 403), times=100)
    assert run(finish(world)).backup_id == "mine"
    assert "could not be deleted" in world.warnings[-1]
    assert "Delete it by hand." in world.warnings[-1]


def test_an_outage_at_the_deletion_is_waited_out(world: World, run: Runner) -> None:
    world.add(of_run("mine"), of_run("second", age=30))
    world.fail(DELETION, server_error, times=10)
    assert run(finish(world)).backup_id == "mine"
    assert set(world.backups) == {"mine"}


def test_a_second_one_that_somebody_else_deletes_first_is_no_failure(world: World, run: Runner) -> None:
    world.add(of_run("mine"), of_run("second", age=30))
    world.fail(DELETION, server_error, acts=True)
    assert run(finish(world)).backup_id == "mine"
    assert set(world.backups) == {"mine"}


def test_a_404_at_the_deletion_is_not_believed(world: World, run: Runner) -> None:
    world.add(of_run("mine"), of_run("second", age=30))
    world.fail(DELETION, not_found)
    assert run(finish(world)).backup_id == "mine"
    assert set(world.backups) == {"mine", "second"}
    assert "could not be deleted: The backup second still exists." in world.warnings[-1]


def test_a_refused_key_at_the_end_is_given_time_to_be_replaced(world: World, run: Runner) -> None:
    world.add(of_run("mine"))
    world.fail(BACKUP_LISTING, key_refused, times=3)
    assert run(finish(world)).backup_id == "mine"


@settings(max_examples=200)
@given(
    ages=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    ends=st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=4, max_size=4),
)
def test_all_attempts_of_a_run_end_with_the_same_backup_and_it_is_there(
    ages: list[int], ends: list[tuple[int, bool]]
) -> None:
    world = World()

    def end(name: str, status: str) -> None:
        if name in world.backups:
            world.end_backup(name, status)

    for number, age in enumerate(ages):
        name, (seconds, succeeds) = f"b{number}", ends[number]
        world.add(of_run(name, age=age, status="Initializing"))
        # At least one succeeds.
        status = "Ready" if succeeds or number == 0 else "InitializationFailed"
        world.later(seconds, partial(end, name, status))
    results = {world.drive(finish(world, f"b{number}")).backup_id for number in range(len(ages))}
    assert len(results) == 1
    ready = {name for name, backup in world.backups.items() if str(backup.status) == "Ready"}
    assert results == ready
