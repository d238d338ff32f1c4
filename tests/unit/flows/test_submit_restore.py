"""One run makes one index: what it began before is adopted, what is another's is never touched."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.flows.choose import Source
from airflow_provider_pinecone.flows.once import LOOK_PAUSES
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.submit_restore import RestorePlan, submit_restore
from airflow_provider_pinecone.policies.identity import RUN_TAG
from tests.unit.builders import NOON, a_backup, a_job, an_index, minutes
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import (
    CREATION,
    JOB_LISTING,
    Fault,
    World,
    garbled,
    late,
    lost,
    never_sent,
    not_found,
    rate_limited,
    refusal,
    server_error,
)

TOKEN = "a" * 32
BACKUP = a_backup("bkp-1", tags={"team": "search"})
TAGS = {"team": "search", RUN_TAG: TOKEN}
CROWDED = {f"t{number}": "x" for number in range(20)}
OTHERS_TAGS = {RUN_TAG: "b" * 32}
INDEX_READING = r"^GET /indexes/restored$"
OPEN_OUTCOMES = [lost, late, garbled, server_error]


@pytest.fixture
def world() -> World:
    world = World()
    world.add(BACKUP)
    return world


class Begun(NamedTuple):
    restore_job_id: str | None
    backup_id: str | None
    index_id: str | None


def submit(world: World, **more: Any) -> Flow[Begun]:
    submitted = yield from submit_restore(plan_of(**more), timeout=60.0, clock=world.clock)
    result = submitted.result
    assert submitted.wait.restore_job_id == result["restore_job_id"]
    return Begun(result["restore_job_id"], result["backup_id"], result["target_index_id"])


def plan_of(**more: Any) -> RestorePlan:
    by_id = Source(backup_id="bkp-1")
    return RestorePlan(**{"index_name": "restored", "source": by_id, "token": TOKEN, **more})


def test_a_restore_is_asked_for_once_after_a_look(world: World, run: Runner) -> None:
    assert run(submit(world)) == Begun(restore_job_id="job-0", backup_id="bkp-1", index_id="id-of-restored")
    assert world.requests() == [
        "GET /indexes/restored",
        "GET /backups/bkp-1",
        "POST /backups/bkp-1/create-index",
        "GET /indexes/movies/backups",
        "GET /restore-jobs",
    ]
    assert world.remembered == {
        "restore_job_id": "job-0",
        "index_name": "restored",
        "index_id": "id-of-restored",
    }
    assert world.indexes["restored"].tags == TAGS
    assert world.lines == [
        "Restore job job-0: started, from backup bkp-1 into index restored.",
        "No estimate of how long this takes: no restore like this is on record.",
    ]
    assert world.naps == []


def test_what_this_run_began_before_is_found_with_its_job(world: World, run: Runner) -> None:
    world.add(an_index(tags=TAGS), a_job("mine"), a_job("another", target_index_name="other"))
    assert run(submit(world)) == Begun(restore_job_id="mine", backup_id="bkp-1", index_id="idx-2")
    assert not world.requests(CREATION)
    assert world.lines[0] == (
        "Index restored: found, started by this run earlier from backup bkp-1, by restore job mine."
    )


def test_what_was_restored_from_another_backup_before_is_found_with_that_ones_job(
    world: World, run: Runner
) -> None:
    """A restore by name chooses anew at each try, and a newer backup may have come in between."""
    world.add(
        an_index(tags=TAGS, source_backup_id="older"),
        a_job("mine", backup_id="older"),
        a_job("of-a-namesake-before", backup_id="bkp-1"),
    )
    submitted = run(submit(world))
    assert (submitted.restore_job_id, submitted.backup_id) == ("mine", "older")
    assert "started by this run earlier from backup older" in world.lines[0]
    assert world.naps == []


def test_of_several_jobs_into_that_name_the_newest_is_the_one(world: World, run: Runner) -> None:
    world.add(
        an_index(tags=TAGS),
        a_job("old", created_at=NOON - minutes(2)),
        a_job("new", created_at=NOON - minutes(1)),
        a_job("older", created_at=NOON - minutes(3)),
        a_job("into-another-name", target_index_name="other", created_at=NOON),
    )
    assert run(submit(world)).restore_job_id == "new"


def test_where_the_index_does_not_tell_its_backup_its_job_does(world: World, run: Runner) -> None:
    """API versions before 2026-07; and a restore by name may choose a newer backup at its next try."""
    world.add(an_index(tags=TAGS), a_job("mine", backup_id="older"))
    submitted = run(submit(world))
    assert (submitted.restore_job_id, submitted.backup_id) == ("mine", "older")


def test_a_job_that_the_listing_shows_late_is_found_late(world: World, run: Runner) -> None:
    world.add(an_index(tags=TAGS))
    world.later(LOOK_PAUSES[0] + 0.5, lambda: world.add(a_job("mine")))
    assert run(submit(world)).restore_job_id == "mine"


def test_a_job_that_the_listing_leaves_out_is_done_without(world: World, run: Runner) -> None:
    world.add(an_index(tags=TAGS))
    assert run(submit(world)) == Begun(restore_job_id=None, backup_id=None, index_id=None)
    assert len(world.requests(JOB_LISTING)) == 1 + len(LOOK_PAUSES)
    assert world.lines[-1].endswith("its restore job is not listed.")


def test_a_name_whose_index_is_being_deleted_is_waited_for(world: World, run: Runner) -> None:
    world.add(an_index(state="Terminating", tags=OTHERS_TAGS))
    world.later(40, lambda: world.indexes.clear())
    assert run(submit(world)).restore_job_id == "job-0"
    assert world.elapsed < 120


def test_a_cleared_task_goes_on_with_the_index_it_left_unfinished(world: World, run: Runner) -> None:
    earlier = frozenset({OTHERS_TAGS[RUN_TAG]})
    world.add(an_index(state="Initializing", tags=OTHERS_TAGS), a_job("mine"))
    assert run(submit(world, earlier=earlier)).restore_job_id == "mine"
    world.end_index("restored")
    assert run(submit(world, earlier=earlier, remembered="mine")).restore_job_id == "mine"
    with pytest.raises(errors.PineconeNameTakenError, match="before the task was cleared"):
        run(submit(world, earlier=earlier))


@pytest.mark.parametrize("state", ["ScalingUp", "Disabled", "InitializationFailed"])
def test_a_cleared_task_goes_on_with_no_index_that_is_more_than_unfinished(
    world: World, run: Runner, state: str
) -> None:
    world.add(an_index(state=state, tags=OTHERS_TAGS), a_job("mine"))
    with pytest.raises(errors.PineconeNameTakenError, match="before the task was cleared"):
        run(submit(world, earlier=frozenset({OTHERS_TAGS[RUN_TAG]})))


@pytest.mark.parametrize("state", ["Initializing", "Ready"])
def test_an_index_that_this_run_did_not_make_is_an_error_that_names_it(
    world: World, run: Runner, state: str
) -> None:
    world.add(an_index(state=state, tags=OTHERS_TAGS, source_backup_id="bkp-1"))
    with pytest.raises(errors.PineconeNameTakenError, match="index_name 'restored' is taken"):
        run(submit(world))
    assert world.requests() == ["GET /indexes/restored"]
    assert world.remembered == {}


def test_a_conflict_with_what_this_run_made_is_adopted(world: World, run: Runner) -> None:
    world.add(an_index(tags=TAGS), a_job("mine"))
    world.fail(INDEX_READING, not_found)
    assert run(submit(world)).restore_job_id == "mine"
    assert len(world.requests(CREATION)) == 1


def test_a_conflict_with_anothers_index_names_it(world: World, run: Runner) -> None:
    world.add(an_index(tags=OTHERS_TAGS))
    world.fail(INDEX_READING, not_found)
    with pytest.raises(errors.PineconeNameTakenError, match="'restored'"):
        run(submit(world))


def test_a_conflict_with_nothing_that_can_be_seen_stays_one(world: World, run: Runner) -> None:
    world.fail(CREATION, refusal(errors.PineconeAlreadyExistsError, 409))
    with pytest.raises(errors.PineconeAlreadyExistsError):
        run(submit(world))
    assert len(world.requests(CREATION)) == 1
    assert world.naps == list(LOOK_PAUSES)


@pytest.mark.parametrize("fault", OPEN_OUTCOMES)
def test_what_was_done_without_an_answer_is_found_with_its_job(
    world: World, run: Runner, fault: Fault
) -> None:
    world.fail(CREATION, fault, acts=True)
    assert run(submit(world)) == Begun(restore_job_id="job-0", backup_id="bkp-1", index_id="id-of-restored")
    assert len(world.requests(CREATION)) == 1


@pytest.mark.parametrize("fault", [*OPEN_OUTCOMES, never_sent, rate_limited(7)])
def test_what_was_not_done_is_asked_for_again(world: World, run: Runner, fault: Fault) -> None:
    world.fail(CREATION, fault)
    assert run(submit(world)).restore_job_id == "job-0"
    assert len(world.requests(CREATION)) == 2


@pytest.mark.parametrize(
    "fault",
    [
        refusal(errors.PineconeInvalidArgumentError, 400),
        refusal(errors.PineconePaymentError, 402),
        refusal(errors.PineconeQuotaError, 403),
        refusal(errors.PineconeNotFoundError, 404),
        refusal(errors.PineconePreconditionError, 412),
        refusal(errors.PineconeInvalidArgumentError, 422),
    ],
)
def test_a_refusal_stops_it_at_once(world: World, run: Runner, fault: Fault) -> None:
    world.fail(CREATION, fault)
    with pytest.raises(errors.PineconeApiError, match="said so"):
        run(submit(world))
    assert len(world.requests(CREATION)) == 1
    assert world.naps == []


BY_NAME = Source(source_index_name="movies")


@pytest.mark.parametrize("tags", [{"team": "search"}, CROWDED], ids=["few tags", "as many as there may be"])
def test_an_index_without_the_runs_tag_is_anothers(world: World, run: Runner, tags: dict[str, str]) -> None:
    world.add(an_index(tags=tags, source_backup_id="bkp-1"), a_job("theirs"))
    with pytest.raises(errors.PineconeNameTakenError):
        run(submit(world, remembered="theirs"))
    assert not world.requests(CREATION)


def test_a_backup_whose_tags_leave_no_room_for_the_runs_is_not_restored(world: World, run: Runner) -> None:
    world.add(a_backup("bkp-1", tags=CROWDED))
    with pytest.raises(errors.PineconeInputError, match="Tags that you pass replace the backup's"):
        run(submit(world))
    assert not world.requests(CREATION)
    assert run(submit(world, tags={"team": "search"})).restore_job_id == "job-0"
    assert world.indexes["restored"].tags == TAGS


def test_a_job_of_an_earlier_run_into_the_same_name_is_not_taken_for_the_runs(
    world: World, run: Runner
) -> None:
    world.add(an_index(tags=TAGS), a_job("of-last-night", created_at=NOON - minutes(24 * 60)))
    assert run(submit(world, since=NOON)).restore_job_id is None


def test_what_this_run_made_is_found_though_its_backup_is_gone(world: World, run: Runner) -> None:
    world.add(an_index(tags=TAGS), a_job("mine"))
    del world.backups["bkp-1"]
    assert run(submit(world, source=BY_NAME)).restore_job_id == "mine"


def test_a_job_that_is_on_record_is_read_by_its_id(world: World, run: Runner) -> None:
    world.add(an_index(tags=TAGS), a_job("mine"))
    world.fail(JOB_LISTING, server_error, times=1000)
    assert run(submit(world, remembered="mine")).restore_job_id == "mine"


@pytest.mark.parametrize(
    ("status", "complaint"),
    [("Initializing", "is still Initializing"), ("InitializationFailed", "is InitializationFailed")],
)
def test_what_is_not_ready_is_not_restored(world: World, run: Runner, status: str, complaint: str) -> None:
    world.add(a_backup("bkp-1", status=status))
    with pytest.raises(errors.PineconeInputError, match=complaint):
        run(submit(world))
    assert not world.requests(CREATION)


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ({"index_name": "Restored"}, "index_name may contain only"),
        ({"index_name": ""}, "index_name must be a non-empty string"),
        ({"index_name": "a" * 46}, "index_name may have at most 45"),
        ({"tags": {"a": 1}}, "tags: the value of 'a' must be a string"),
        ({"tags": CROWDED}, "tags may hold at most 19, since this run adds its own, got 20"),
        ({"deletion_protection": "yes"}, "deletion_protection must be enabled or disabled"),
    ],
)
def test_bad_input_is_refused_before_there_is_a_plan(bad: dict[str, Any], complaint: str) -> None:
    with pytest.raises(errors.PineconeInputError, match=complaint):
        plan_of(**bad)


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([CREATION, INDEX_READING, JOB_LISTING]),
            st.sampled_from([*OPEN_OUTCOMES, never_sent, rate_limited(3)]),
            st.booleans(),
            st.integers(1, 3),
        ),
        max_size=6,
    )
)
def test_whatever_fails_a_run_with_retries_has_one_restore_in_the_end(
    faults: list[tuple[str, Fault, bool, int]],
) -> None:
    world = World()
    world.add(BACKUP)
    for pattern, fault, acts, times in faults:
        world.fail(pattern, fault, acts=acts and fault in OPEN_OUTCOMES, times=times)
    for _ in range(20):
        try:
            submitted = world.drive(submit(world))
        except errors.PineconeError:
            world.pass_time(60)
        else:
            break
    assert submitted == Begun(restore_job_id="job-0", backup_id="bkp-1", index_id="id-of-restored")
    assert list(world.jobs) == ["job-0"]


def test_an_outage_after_a_conflict_is_waited_out(world: World, run: Runner) -> None:
    """Its first request acted without an answer, and its second one met what the first had made."""
    world.fail(CREATION, lost, acts=True)
    world.fail(INDEX_READING, not_found, nth=2, times=len(LOOK_PAUSES) + 1)
    world.fail(INDEX_READING, server_error, nth=len(LOOK_PAUSES) + 3, times=2)
    assert run(submit(world)).restore_job_id == "job-0"
    assert len(world.requests(CREATION)) == 2


def test_a_task_that_does_not_wait_asks_for_no_estimate(world: World) -> None:
    world.drive(submit_restore(plan_of(), timeout=None, clock=world.clock))
    assert world.requests()[-1] == "POST /backups/bkp-1/create-index"
