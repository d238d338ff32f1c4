"""Drills delete what crashed ones left and their own index, and nothing else, whatever is in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.models import Index
from airflow_provider_pinecone.flows.choose import Source
from airflow_provider_pinecone.flows.drills import Preparation, delete_drill_index, prepare, sweep
from airflow_provider_pinecone.flows.submit_restore import RestorePlan, submit_restore
from airflow_provider_pinecone.policies.drills import Drill
from tests.unit.builders import NOON, a_backup, an_index, minutes
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import START, World, not_found, refusal, server_error

NOW = datetime.fromtimestamp(START, tz=UTC)
PAST, FUTURE = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
DELETION = r"^DELETE "

not_allowed = refusal(errors.PineconePermissionError, 403)
in_use = refusal(errors.PineconePreconditionError, 412)


def a_drill(drill_id: str = "1a2b3c4d", *, expires_at: datetime = PAST) -> Drill:
    return Drill(id=drill_id, source_index_name="movies", expires_at=expires_at)


def index_of(drill: Drill, **fields: Any) -> Index:
    return an_index(drill.index_name, tags=drill.tags, **{"deletion_protection": "disabled", **fields})


LEFT = index_of(a_drill())
RUNNING = index_of(a_drill("5e6f7a8b", expires_at=FUTURE))
OF_A_PERSON = replace(LEFT, name="movies-restored")


class TestSweep:
    def test_what_crashed_drills_left_is_deleted_and_all_else_stays(self, world: World, run: Runner) -> None:
        world.add(an_index("movies"), LEFT, RUNNING, OF_A_PERSON)
        assert run(sweep(now=NOW)) == [LEFT.name]
        assert sorted(world.indexes) == ["airflow-drill-movies-5e6f7a8b", "movies", "movies-restored"]
        deleted, running, of_a_person, total = world.lines
        assert (
            deleted
            == f"Index {LEFT.name} deleted: its drill has ended, at 2026-03-01 11:00 UTC at the latest."
        )
        assert (
            running
            == f"Index {RUNNING.name} stays: its drill may still be running, until 2026-03-01 13:00 UTC."
        )
        assert of_a_person.startswith("Index movies-restored stays: its name is not a drill's")
        assert total == "1 index left by earlier drills deleted."
        assert world.warnings == []

    def test_an_index_is_read_once_more_just_before_it_is_deleted(self, world: World, run: Runner) -> None:
        world.add(LEFT)
        run(sweep(now=NOW))
        path = f"/indexes/{LEFT.name}"
        assert world.requests() == ["GET /indexes", f"GET {path}", f"DELETE {path}"]

    def test_an_index_that_somebody_adopts_after_the_listing_stays(self, world: World, run: Runner) -> None:
        world.add(LEFT)
        listed = world.indexes.copy()
        adopted = replace(LEFT, deletion_protection="enabled")
        answer = world.answer

        def adopting(call: Any) -> Any:
            given = answer(call)
            world.add(adopted)
            return given

        world.answer = adopting  # type: ignore[method-assign] # somebody is quick
        assert run(sweep(now=NOW)) == []
        assert world.indexes == {**listed, LEFT.name: adopted}
        assert not world.requests(DELETION)
        assert "stays: its deletion protection is enabled, so somebody has adopted it." in world.warnings[0]

    @pytest.mark.parametrize("fault", [not_allowed, in_use], ids=["403", "412"])
    def test_one_that_cannot_be_deleted_keeps_nobody_from_the_others(
        self, world: World, run: Runner, fault: Any
    ) -> None:
        second = index_of(a_drill("2b3c4d5e"))
        world.add(LEFT, second)
        world.fail(rf"^DELETE /indexes/{LEFT.name}$", fault)
        assert run(sweep(now=NOW)) == [second.name]
        assert set(world.indexes) == {LEFT.name}
        assert f"Index {LEFT.name}, left by a drill, cannot be deleted: " in world.warnings[0]

    def test_one_that_is_gone_meanwhile_is_fine(self, world: World, run: Runner) -> None:
        second = index_of(a_drill("2b3c4d5e"))
        third = index_of(a_drill("3c4d5e6f"))
        world.add(LEFT, second, third)
        world.fail(rf"^GET /indexes/{LEFT.name}$", not_found)
        world.fail(rf"^DELETE /indexes/{second.name}$", not_found, acts=True)
        assert run(sweep(now=NOW)) == [third.name]
        assert world.warnings == []

    def test_a_404_that_is_not_true_is_told(self, world: World, run: Runner) -> None:
        world.add(LEFT)
        world.fail(DELETION, not_found)
        assert run(sweep(now=NOW)) == []
        assert "still exists" in world.warnings[0]

    def test_a_fault_that_lasts_ends_the_sweep(self, world: World, run: Runner) -> None:
        world.add(LEFT)
        world.fail(DELETION, server_error)
        with pytest.raises(errors.PineconeServerError):
            run(sweep(now=NOW))

    def test_drills_that_are_known_to_have_ended_need_no_expiry(self, world: World, run: Runner) -> None:
        protected = index_of(a_drill("2b3c4d5e", expires_at=FUTURE), deletion_protection="enabled")
        copied = replace(RUNNING, name="movies-restored")
        world.add(RUNNING, protected, copied)
        assert run(sweep(now=NOW, ended=["5e6f7a8b", "2b3c4d5e"])) == [RUNNING.name]
        assert set(world.indexes) == {protected.name, copied.name}


class TestPrepare:
    def preparing(self, **fields: Any) -> Preparation:
        return Preparation(drill=a_drill("0f1e2d3c", expires_at=FUTURE), **{"pick": "newest", **fields})

    def test_the_newest_usable_backup_is_restored(self, world: World, run: Runner) -> None:
        newest = a_backup("newest", created_at=NOON - minutes(2))
        older = a_backup("older", created_at=NOON - minutes(3))
        world.add(older, newest, a_backup("empty", record_count=0))
        prepared = run(prepare(self.preparing(), now=NOW))
        assert prepared.backup == newest
        assert prepared.as_dict() == {
            "drill_id": "0f1e2d3c",
            "index_name": "airflow-drill-movies-0f1e2d3c",
            "tags": {"airflow-provider-pinecone-drill": "0f1e2d3c 20260301T130000Z"},
            "expires_at": "2026-03-01T13:00:00+00:00",
            "backup": newest.as_dict(),
        }
        assert "backup newest chosen as the newest of 2 usable ones of movies" in world.lines[-1]

    def test_a_random_backup_depends_on_the_seed_alone(self, world: World, run: Runner) -> None:
        world.add(*(a_backup(f"b{number}") for number in range(10)))
        picked = {
            seed: run(prepare(self.preparing(pick="random", seed=seed), now=NOW)).backup.backup_id
            for seed in map(str, range(50))
        }
        assert len(set(picked.values())) > 5
        world.add(a_backup("new"))
        again = {
            seed: run(prepare(self.preparing(pick="random", seed=seed), now=NOW)).backup.backup_id
            for seed in picked
        }
        assert all(again[seed] in (picked[seed], "new") for seed in picked)
        assert "chosen at random of 11 usable ones" in world.lines[-1]

    def test_what_crashed_drills_left_is_removed_first(self, world: World, run: Runner) -> None:
        world.add(a_backup(), LEFT, RUNNING)
        run(prepare(self.preparing(earlier=["5e6f7a8b"]), now=NOW))
        assert world.indexes == {}

    def test_leftovers_are_removed_even_if_nothing_can_be_restored(self, world: World, run: Runner) -> None:
        world.add(LEFT, a_backup(record_count=0))
        with pytest.raises(errors.PineconeNoUsableBackupError):
            run(prepare(self.preparing(), now=NOW))
        assert world.indexes == {}

    def test_the_backups_of_a_namesake_are_told_apart_by_its_id(self, world: World, run: Runner) -> None:
        world.add(a_backup("a"), a_backup("b", source_index_id="idx-2"))
        with pytest.raises(errors.PineconeAmbiguousSourceError):
            run(prepare(self.preparing(), now=NOW))
        prepared = run(prepare(self.preparing(source_index_id="idx-2"), now=NOW))
        assert prepared.backup.backup_id == "b"

    @pytest.mark.parametrize(
        ("wrong", "complaint"),
        [
            ({"pick": "oldest"}, "pick must be newest or random, got 'oldest'"),
            ({"source_index_id": "../x"}, "source_index_id must be a name or an id"),
        ],
        ids=str,
    )
    def test_bad_input_is_refused_before_anything_is_sent(self, wrong: Any, complaint: str) -> None:
        with pytest.raises(errors.PineconeInputError, match=complaint):
            self.preparing(**wrong)


class Killed(BaseException):
    """The machine is gone, with all that ran on it."""


class TestKilled:
    """A drill of which nothing goes on after some request, neither another try nor the teardown."""

    @pytest.fixture
    def bystanders(self, world: World) -> dict[str, Index]:
        """What was there before, some of it with a drill's name or tag."""
        world.add(
            a_backup(), an_index("movies"), OF_A_PERSON, replace(LEFT, name="airflow-drill-movies-2b3c4d5e")
        )
        world.add(index_of(a_drill("3c4d5e6f"), deletion_protection="enabled"))
        return world.indexes.copy()

    def drill(self, world: World, drill: Drill) -> None:
        """The tasks of a drill, one after the other."""
        now = datetime.fromtimestamp(world.now, tz=UTC)
        prepared = world.drive(prepare(Preparation(drill=drill, pick="newest"), now=now))
        plan = RestorePlan(
            index_name=drill.index_name,
            source=Source(backup_id=prepared.backup.backup_id),
            token="a" * 32,
            tags=drill.tags,
            deletion_protection="disabled",
        )
        world.drive(submit_restore(plan, timeout=60.0, clock=world.clock))
        world.drive(delete_drill_index(drill.index_name, drill_id=drill.id))

    @pytest.mark.parametrize("has_acted", [False, True], ids=["before", "acted"])
    def test_the_first_drill_after_its_expiry_leaves_nothing_of_it(
        self, world: World, bystanders: dict[str, Index], has_acted: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        left = set()
        for survived in count():
            killed = a_drill(f"{survived:08x}", expires_at=datetime.fromtimestamp(world.now + 60, tz=UTC))
            with monkeypatch.context() as patch:
                patch.setattr(world, "answer", dying(world, after=survived, has_acted=has_acted))
                try:
                    self.drill(world, killed)
                    break
                except Killed:
                    pass
            left.add(killed.index_name in world.indexes)
            world.pass_time(61)
            later = datetime.fromtimestamp(world.now + 60, tz=UTC)
            self.drill(world, a_drill(f"{survived:07x}f", expires_at=later))
            assert world.indexes == bystanders, survived
        assert survived > 5
        assert left == {False, True}


def dying(world: World, *, after: int, has_acted: bool) -> Callable[[Any], Any]:
    """Answers so many requests, and dies in the next one, before or after the server has acted."""
    answer, requests = world.answer, iter(range(after))

    def answer_or_die(call: Any) -> Any:
        if next(requests, None) is not None:
            return answer(call)
        if has_acted:
            answer(call)
        raise Killed

    return answer_or_die


class TestDeleteDrillIndex:
    def test_a_drill_deletes_its_index_before_its_expiry(self, world: World, run: Runner) -> None:
        world.add(RUNNING, an_index("movies"))
        assert run(delete_drill_index(RUNNING.name, drill_id="5e6f7a8b"))
        assert set(world.indexes) == {"movies"}
        assert world.lines == [f"Index {RUNNING.name} deleted: drill 5e6f7a8b made it."]

    @pytest.mark.parametrize(
        ("index", "why"),
        [
            (replace(RUNNING, deletion_protection="enabled"), "somebody has adopted it"),
            (replace(RUNNING, deletion_protection=None), "not known to be off"),
            (replace(RUNNING, tags={}), "a name alone proves nothing"),
            (replace(RUNNING, tags=LEFT.tags), "another drill, 1a2b3c4d"),
            (replace(RUNNING, name="movies"), "a tag alone proves nothing"),
            (LEFT, "it belongs to drill 1a2b3c4d, not to 5e6f7a8b"),
        ],
        ids=["protected", "unknown", "untagged", "of another", "misnamed", "another's"],
    )
    def test_any_other_index_stays_with_a_warning(
        self, world: World, run: Runner, index: Index, why: str
    ) -> None:
        world.add(index)
        assert not run(delete_drill_index(index.name, drill_id="5e6f7a8b"))
        assert set(world.indexes) == {index.name}
        assert why in world.warnings[0]
        assert not world.requests(DELETION)

    def test_a_missing_index_is_fine(self, world: World, run: Runner) -> None:
        assert not run(delete_drill_index(RUNNING.name, drill_id="5e6f7a8b"))
        assert world.warnings == []

    def test_a_single_404_is_not_believed(self, world: World, run: Runner) -> None:
        world.add(RUNNING)
        world.fail(r"^GET ", not_found)
        assert run(delete_drill_index(RUNNING.name, drill_id="5e6f7a8b"))
        assert world.indexes == {}

    @pytest.mark.parametrize("fault", [not_allowed, in_use, server_error], ids=["403", "412", "500"])
    def test_a_refusal_fails_the_task(self, world: World, run: Runner, fault: Any) -> None:
        world.add(RUNNING)
        world.fail(DELETION, fault)
        with pytest.raises(errors.PineconeApiError):
            run(delete_drill_index(RUNNING.name, drill_id="5e6f7a8b"))
