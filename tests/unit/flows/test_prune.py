"""Pruning deletes what the plan deletes and nothing else, and never the last good backup of an index."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.flows.prune import Pruned, Pruning, prune
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope
from airflow_provider_pinecone.policies.retention.reasons import Fate
from tests.unit.builders import an_index
from tests.unit.flows.world import START, World, not_found, refusal, server_error
from tests.unit.policies.retention.histories import own

TODAY = datetime.fromtimestamp(START, tz=UTC)
LAST_2 = RetentionPolicy(keep_last=2)
PROD = Scope(deployment="prod")
DELETIONS = r"^DELETE "

in_use = refusal(errors.PineconePreconditionError, 412)
refused = refusal(errors.PineconePermissionError, 403)


def made(days_ago: float, backup_id: str, **fields: Any) -> Backup:
    return own(0, backup_id, created_at=TODAY - timedelta(days=days_ago), **fields)


@pytest.fixture(autouse=True)
def _movies(world: World) -> None:
    """The index exists."""
    world.add(an_index("movies"))


@pytest.fixture
def nights(world: World) -> World:
    """Five nights of one index: a is the oldest."""
    world.add(*(made(5 - number, name) for number, name in enumerate("abcde")))
    return world


def pruned(world: World, **more: Any) -> Pruned:
    pruning = Pruning(**{"policy": LAST_2, "scope": PROD, **more})
    return world.drive(prune(pruning, clock=world.clock))


def left(world: World) -> str:
    return "".join(sorted(world.backups))


def test_what_the_policy_does_not_keep_is_deleted_oldest_first(nights: World) -> None:
    result = pruned(nights)
    assert nights.requests(DELETIONS) == ["DELETE /backups/a", "DELETE /backups/b", "DELETE /backups/c"]
    assert left(nights) == "de"
    assert result.fates == dict.fromkeys("abc", Fate.DELETED)


def test_what_is_to_survive_is_read_before_anything_is_deleted_and_again_before_each_deletion(
    nights: World,
) -> None:
    nights.add(made(2.5, "x", source_index_id="idx-2"), made(1, "y", source_index_id="idx-2"))
    pruned(nights, policy=RetentionPolicy(keep_last=1))
    requests = nights.requests(r"^(GET|DELETE) /backups/")
    # The survivors of both indexes, and then one before each deletion: those of x's index, or of the others'.
    assert requests[:2] == ["GET /backups/e", "GET /backups/y"]
    assert requests[2:] == [
        *("GET /backups/e", "DELETE /backups/a", "GET /backups/e", "DELETE /backups/b"),
        *("GET /backups/e", "DELETE /backups/c", "GET /backups/y", "DELETE /backups/x"),
        *("GET /backups/e", "DELETE /backups/d"),
    ]


def test_a_second_run_finds_nothing_to_do(nights: World) -> None:
    pruned(nights)
    again = pruned(nights)
    assert not again.fates
    assert len(nights.requests(DELETIONS)) == 3
    assert nights.lines[-1] == "There was nothing to delete."


def test_a_dry_run_tells_the_same_and_deletes_nothing(nights: World) -> None:
    shown = pruned(nights, dry_run=True)
    before = nights.lines
    assert not nights.requests(DELETIONS)
    assert before[-1] == "Dry run: nothing is deleted; 3 would be."
    nights.told.clear()
    done = pruned(nights)
    assert nights.lines[: len(before) - 1] == before[:-1]
    assert [one["backup_id"] for one in shown.as_dict()["deletions"]] == ["a", "b", "c"]
    assert [one["fate"] for one in shown.as_dict()["deletions"]] == [None] * 3
    assert [one["fate"] for one in done.as_dict()["deletions"]] == ["deleted"] * 3


def test_the_log_tells_the_plan_each_deletion_and_what_became_of_it(nights: World) -> None:
    pruned(nights)
    assert nights.lines == [
        "Retention for backups made by deployment 'prod': keep last 2. Times are in UTC.",
        "5 backups of 1 index: keep 2, delete 3.",
        "",
        "movies (idx-1): keep 2, delete 3",
        "  made              decision  records  why                    backup",
        "  2026-02-24 12:00  DELETE        100  beyond last 2          a",
        "  2026-02-25 12:00  DELETE        100  beyond last 2          b",
        "  2026-02-26 12:00  DELETE        100  beyond last 2          c",
        "  2026-02-27 12:00  keep          100  last 2                 d",
        "  2026-02-28 12:00  keep          100  newest usable; last 2  e",
        "movies, 2026-02-24 12:00, 100 records: deleted, beyond last 2. Backup a.",
        "movies, 2026-02-25 12:00, 100 records: deleted, beyond last 2. Backup b.",
        "movies, 2026-02-26 12:00, 100 records: deleted, beyond last 2. Backup c.",
        "Retention for backups made by deployment 'prod': keep last 2. Times are in UTC.",
        "5 backups of 1 index: keep 2, deleted 3.",
        "",
        "movies (idx-1): keep 2, deleted 3",
        "  made              decision  records  why                    backup",
        "  2026-02-24 12:00  deleted       100  beyond last 2          a",
        "  2026-02-25 12:00  deleted       100  beyond last 2          b",
        "  2026-02-26 12:00  deleted       100  beyond last 2          c",
        "  2026-02-27 12:00  keep          100  last 2                 d",
        "  2026-02-28 12:00  keep          100  newest usable; last 2  e",
        "3 backups deleted in 0 s.",
    ]
    assert nights.warnings == []


def test_no_more_than_the_cap_are_deleted_and_what_is_left_is_told(nights: World) -> None:
    result = pruned(nights, max_deletions=2)
    assert left(nights) == "cde"
    assert result.fates == {"a": Fate.DELETED, "b": Fate.DELETED, "c": Fate.LEFT}
    assert "  2026-02-26 12:00  left for later      100  beyond last 2          c" in nights.lines
    assert nights.warnings == ["The next run deletes more: max_deletions is 2."]
    assert result.as_dict()["left"] == 1
    assert [one["backup_id"] for one in result.as_dict()["deletions"]] == ["a", "b"]
    pruned(nights, max_deletions=2)
    assert left(nights) == "de"


def test_without_a_cap_all_are_deleted(world: World) -> None:
    world.add(*(made(300 - number, f"{number:03}") for number in range(250)))
    pruned(world)
    assert len(world.backups) == 2


def test_what_cannot_be_deleted_does_not_count_for_the_cap(nights: World) -> None:
    nights.fail(r"^DELETE /backups/a$", in_use)
    result = pruned(nights, max_deletions=2)
    assert result.fates == {"a": Fate.IN_USE, "b": Fate.DELETED, "c": Fate.DELETED}


def test_what_is_gone_counts_for_the_cap_since_this_run_may_have_deleted_it(nights: World) -> None:
    nights.fail(r"^DELETE /backups/a$", not_found, acts=True)
    result = pruned(nights, max_deletions=1)
    assert result.fates == {"a": Fate.GONE, "b": Fate.LEFT, "c": Fate.LEFT}


def test_a_backup_that_a_restore_needs_stays_and_the_rest_goes_on(nights: World) -> None:
    nights.fail(r"^DELETE /backups/b$", in_use)
    result = pruned(nights)
    assert left(nights) == "bde"
    assert result.fates["b"] is Fate.IN_USE
    assert nights.warnings == [
        "movies, 2026-02-25 12:00, 100 records: stays until the next run, in use by a restore. "
        "said so (DELETE /backups/b: 412)."
    ]
    assert nights.lines[-1] == "2 backups deleted in 0 s, 1 in use by a restore."


def test_a_backup_that_is_gone_already_is_no_failure(nights: World) -> None:
    nights.fail(r"^DELETE /backups/b$", not_found, acts=True)
    result = pruned(nights)
    assert result.fates == {"a": Fate.DELETED, "b": Fate.GONE, "c": Fate.DELETED}
    assert left(nights) == "de"


def test_a_404_does_not_prove_that_a_backup_is_gone(nights: World) -> None:
    nights.fail(r"^DELETE /backups/b$", not_found)
    result = pruned(nights)
    assert result.fates["b"] is Fate.STILL_THERE
    assert left(nights) == "bde"
    assert nights.warnings == [
        "movies, 2026-02-25 12:00, 100 records: stays until the next run, not found, but still there. "
        "The backup b still exists. Pinecone answered: said so (DELETE /backups/b: 404)."
    ]


def test_a_page_that_fails_ends_it_before_anything_is_deleted(world: World) -> None:
    world.add(*(made(300 - number, f"{number:03}") for number in range(250)))
    world.fail(r"^GET /backups$", server_error, nth=2, times=9)
    with pytest.raises(errors.PineconeServerError):
        pruned(world)
    assert not world.requests(DELETIONS)


def test_a_deletion_that_is_refused_ends_it(nights: World) -> None:
    nights.fail(r"^DELETE /backups/b$", refused)
    with pytest.raises(errors.PineconePermissionError):
        pruned(nights)
    assert left(nights) == "bcde"
    nights.mend()
    pruned(nights)
    assert left(nights) == "de"


@pytest.mark.parametrize("became", ["gone", "InitializationFailed", "empty"])
def test_without_a_survivor_it_plans_again_and_keeps_the_next_best(nights: World, became: str) -> None:
    """The listing still shows e as it was."""
    stale = dict(nights.backups)
    if became == "gone":
        nights.fail(r"^GET /backups/e$", not_found, times=99)
    elif became == "empty":
        nights.add(replace(nights.backups["e"], record_count=0))
    else:
        nights.end_backup("e", became)
    nights.answer = listing(nights, stale)
    result = pruned(nights)
    assert nights.requests(DELETIONS) == ["DELETE /backups/a", "DELETE /backups/b"]
    assert [one.backup.backup_id for one in result.plan.kept] == ["c", "d"]
    assert nights.warnings == [
        "movies: planning again without a backup that must survive, and is not as the listing shows it: e."
    ]


def listing(world: World, backups: dict[str, Backup]) -> Callable[[Call[Any]], Any]:
    """Answer the project's listing from what there was."""
    answer = world.answer

    def stale(call: Call[Any]) -> Any:
        if (call.method, call.path) != ("GET", "/backups"):
            return answer(call)
        now, world.backups = world.backups, backups
        try:
            return answer(call)
        finally:
            world.backups = now

    return stale


def test_a_survivor_that_goes_meanwhile_is_replaced_by_the_next_best(nights: World) -> None:
    answer = nights.answer

    def after_the_first_deletion(call: Call[Any]) -> Any:
        value = answer(call)
        if call.method == "DELETE":
            nights.backups.pop("e", None)
        return value

    nights.answer = after_the_first_deletion
    result = pruned(nights, policy=RetentionPolicy(keep_last=1))
    assert left(nights) == "d"
    assert result.fates == dict.fromkeys("abc", Fate.DELETED)
    assert [one.backup.backup_id for one in result.plan.decisions] == ["a", "b", "c", "d"]
    assert "  2026-02-27 12:00  keep          100  newest usable; last 1  d" in nights.lines


def test_what_this_run_has_deleted_is_not_missed(nights: World) -> None:
    answer = nights.answer

    def all_go_with_the_first(call: Call[Any]) -> Any:
        value = answer(call)
        if call.method == "DELETE":
            nights.backups.clear()
        return value

    nights.answer = all_go_with_the_first
    pruned(nights)
    assert [warning[-2:] for warning in nights.warnings] == ["e.", "d.", "c.", "b."]


def test_a_listing_that_shows_too_much_that_is_gone_is_not_trusted(world: World) -> None:
    world.add(*(made(300 - number, f"{number:03}") for number in range(20)))
    stale = dict(world.backups)
    world.backups = {"000": stale["000"]}
    world.answer = listing(world, stale)
    with pytest.raises(errors.PineconeGoneError, match="movies: pruning stops, since 11 backups") as caught:
        pruned(world)
    assert caught.value.worth_retrying
    assert not world.requests(DELETIONS)


def test_a_passing_404_of_a_survivor_deletes_less_and_never_more(nights: World) -> None:
    nights.fail(r"^GET /backups/e$", not_found)
    pruned(nights)
    assert left(nights) == "cde"


def test_backups_of_others_are_left_alone(world: World) -> None:
    world.add(
        *(made(5 - number, name) for number, name in enumerate("abc")),
        *(made(9, name, description=None, name=name) for name in ("hand", "daily-20260226T060000Z")),
        made(
            9,
            "staging",
            description="[airflow-provider-pinecone token=" + "0" * 32 + " deployment=x generation=0]",
        ),
    )
    pruned(world, policy=RetentionPolicy(keep_last=1))
    assert set(world.backups) == {"c", "hand", "daily-20260226T060000Z", "staging"}


def test_a_policy_that_applies_to_nothing_is_a_warning(nights: World) -> None:
    pruned(nights, scope=Scope(name_prefix="moveis-"))
    assert nights.warnings == ["The policy applies to no backup: it is for backups named 'moveis-...'."]


def test_a_pin_that_no_backup_has_is_a_warning(nights: World) -> None:
    pruned(nights, scope=Scope(deployment="prod", pinned_ids=["a", "typo"]))
    assert left(nights) == "ade"
    assert nights.warnings == ["No backup has the pinned id 'typo'."]


def test_a_project_without_backups_is_pruned(world: World) -> None:
    assert pruned(world).as_dict()["backups"] == 0
    assert world.warnings == []


class TestApproval:
    def test_nothing_is_deleted_that_was_not_approved(self, nights: World) -> None:
        result = pruned(nights, approved=["b", "d", "z"])
        assert left(nights) == "acde"
        assert result.fates == {"a": Fate.NOT_APPROVED, "b": Fate.DELETED, "c": Fate.NOT_APPROVED}
        assert "  2026-02-24 12:00  not approved      100  beyond last 2          a" in nights.lines
        assert "2 of 3 approved deletions are planned no longer." in nights.lines
        assert [one["backup_id"] for one in result.as_dict()["deletions"]] == ["b"]

    def test_an_approved_plan_without_deletions_deletes_nothing(self, nights: World) -> None:
        pruned(nights, approved=[])
        assert left(nights) == "abcde"

    def test_the_cap_counts_approved_ones_alone(self, nights: World) -> None:
        planned = pruned(nights, approved=["b", "c"], max_deletions=1, dry_run=True)
        assert planned.fates == {"a": Fate.NOT_APPROVED, "c": Fate.LEFT}
        pruned(nights, approved=["b", "c"], max_deletions=1)
        assert left(nights) == "acde"

    def test_what_was_approved_before_more_backups_came_is_deleted_and_no_more(self, nights: World) -> None:
        approved = [one["backup_id"] for one in pruned(nights, dry_run=True).as_dict()["deletions"]]
        nights.add(made(0, "f"))
        pruned(nights, approved=approved)
        assert left(nights) == "def"


class TestDeletedIndexes:
    @pytest.fixture(autouse=True)
    def _songs(self, world: World) -> None:
        """Backups of an index that is gone, and of one that was made again under its name."""
        world.index_deletions = {
            "songs-1": TODAY - timedelta(days=40),
            "movies-1": TODAY - timedelta(days=20),
        }
        for days, name, index in (
            (50, "songs", "songs-1"),
            (30, "movies", "movies-1"),
            (10, "movies", "movies-2"),
        ):
            for day in (days, days - 1):
                world.add(made(day, f"{index}-{day}", source_index_name=name, source_index_id=index))

    def test_their_backups_go_after_the_grace(self, world: World) -> None:
        pruned(world, policy=replace(LAST_2, deleted_index_grace=timedelta(days=30)))
        assert set(world.backups) == {"movies-1-30", "movies-1-29", "movies-2-10", "movies-2-9"}
        assert "songs (songs-1), deleted on 2026-01-20: keep 0, delete 2" in world.lines
        assert "movies (movies-1), deleted on 2026-02-09: keep 2, delete 0" in world.lines

    def test_without_a_grace_each_keeps_its_own(self, world: World) -> None:
        pruned(world, policy=RetentionPolicy(keep_last=1))
        assert set(world.backups) == {"songs-1-49", "movies-1-29", "movies-2-9"}

    def test_only_names_that_may_be_of_a_deleted_index_are_asked_for(self, world: World) -> None:
        world.add(an_index("books"), made(1, "books", source_index_name="books", source_index_id="books-1"))
        pruned(world)
        assert world.requests(r"^GET /indexes") == [
            "GET /indexes",
            "GET /indexes/songs/backups",
            "GET /indexes/movies/backups",
        ]

    def test_an_api_that_tells_no_deletions_is_not_asked_for_them(self, world: World) -> None:
        pruned(world, tells_deletions=False)
        assert not world.requests(r"^GET /indexes")

    def test_an_index_whose_deletion_cannot_be_read_counts_as_existing(self, world: World) -> None:
        world.fail(r"^GET /indexes/songs/backups$", not_found)
        pruned(world, policy=replace(LAST_2, deleted_index_grace=timedelta(days=30)))
        assert "songs-1-50" in world.backups

    def test_a_listing_that_breaks_off_ends_it(self, world: World) -> None:
        world.fail(r"^GET /indexes/songs/backups$", server_error)
        with pytest.raises(errors.PineconeServerError):
            pruned(world)
        assert not world.requests(DELETIONS)


def test_a_quota_that_will_not_suffice_is_a_warning(nights: World) -> None:
    result = pruned(nights, project_quota=2)
    assert nights.warnings == [
        "The project_quota of 2 backups will not suffice: it is full with the next night, and the policy may "
        "come to need 3. Keep fewer backups, or ask Pinecone for more quota."
    ]
    assert result.as_dict()["quota"] == {
        "project_quota": 2,
        "used": 5,
        "used_after": 2,
        "steady": 3,
        "days_left": 0,
    }


def test_what_is_returned_is_fit_for_json_and_names_what_was_done(nights: World) -> None:
    returned = json.loads(json.dumps(pruned(nights, max_deletions=1).as_dict()))
    assert returned == {
        "planned_at": "2026-03-01T12:00:00+00:00",
        "dry_run": False,
        "policy": "last 2",
        "scope": "backups made by deployment 'prod'",
        "backups": 5,
        "kept": 2,
        "deleted": 1,
        "left": 2,
        "deletions": [
            {
                "backup_id": "a",
                "source_index_name": "movies",
                "source_index_id": "idx-1",
                "created_at": "2026-02-24T12:00:00+00:00",
                "record_count": 100,
                "reasons": [{"code": "beyond what a rule keeps", "text": "beyond last 2"}],
                "fate": "deleted",
            }
        ],
        "quota": None,
    }


@pytest.mark.parametrize(
    "listed",
    [
        {"status": BackupStatus.INITIALIZATION_FAILED, "record_count": None},
        {"record_count": 0},
    ],
)
def test_what_is_listed_as_failed_or_empty_stays_if_it_is_usable(
    world: World, listed: dict[str, Any]
) -> None:
    world.add(*(made(days_ago, f"night-{days_ago}") for days_ago in (40, 39, 1)))
    wrong = {backup_id: replace(world.backups[backup_id], **listed) for backup_id in ("night-40", "night-39")}
    world.answer = listing(world, world.backups | wrong)
    result = pruned(world)
    assert result.fates == dict.fromkeys(wrong, Fate.USABLE)
    assert len(world.backups) == 3


def test_an_unfinished_backup_is_never_deleted(nights: World) -> None:
    nights.add(replace(nights.backups["a"], status=BackupStatus.INITIALIZING))
    pruned(nights, policy=RetentionPolicy(keep_last=1))
    assert left(nights) == "ae"


REQUESTS = 9
"""Of a run over five nights: two lists, the survivor, and for each of three deletions that again."""


@pytest.mark.parametrize("killed_at", range(1, REQUESTS + 1))
def test_a_run_that_is_killed_and_repeated_ends_as_one_that_was_not(nights: World, killed_at: int) -> None:
    class Killed(BaseException):
        pass

    answer = nights.answer

    def killed(call: Call[Any]) -> Any:
        value = answer(call)
        if len(nights.asked) == killed_at:
            raise Killed
        return value

    nights.answer = killed
    with pytest.raises(Killed):
        pruned(nights)
    pruned(nights)
    assert left(nights) == "de"
    assert nights.requests(DELETIONS) == ["DELETE /backups/a", "DELETE /backups/b", "DELETE /backups/c"]
