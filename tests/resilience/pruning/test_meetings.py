"""Two prunes at once, and people who delete or back up while one prunes: the last good backup survives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from airflow_provider_pinecone.api import endpoints
from tests.resilience.pruning.runs import LAST_1, LAST_2, Setup
from tests.resilience.pruning.scene import scene
from tests.resilience.search.faults import Point
from tests.resilience.search.world import Life, World

FOREVER = 10**6


class Try:
    """A prune that goes on when it is told to.

    :ivar next: the request that it is about to send; None at its end.
    """

    def __init__(self, life: Life[None]) -> None:
        self._life = life
        self.passed = 0
        self.next: Point | None = next(life)

    def go_on(self, points: int) -> None:
        """Come past so many points, or to the end."""
        for _ in range(points):
            if self.next is None:
                return
            self.passed += 1
            try:
                self.next = self._life.send(None)
            except StopIteration:
                self.next = None


def begin() -> World:
    scene().pinecone.begin()
    return World(scene().pinecone)


@pytest.mark.parametrize("other", [Setup(LAST_2), Setup(LAST_1), Setup(LAST_1, max_deletions=1)])
def test_two_prunes_at_once_delete_what_each_would_alone(
    other: Setup, capsys: pytest.CaptureFixture[str]
) -> None:
    """In whichever order: the first stands still, goes on for some points, and ends after the other."""
    first, meetings = Setup(LAST_2), 0
    for suspended_at in count():
        for resumed_at in count():
            for for_points in count():
                world = begin()
                one, two = (Try(setup.live(world, name=name)) for setup, name in ((first, "1"), (other, "2")))
                one.go_on(suspended_at)
                two.go_on(resumed_at)
                one.go_on(for_points)
                two.go_on(FOREVER)
                one.go_on(FOREVER)
                meetings += 1
                assert first.doomed <= scene().gone() <= first.doomed | other.doomed
                assert "d" in scene().left()
                if other.max_deletions is None:
                    assert scene().gone() == first.doomed | other.doomed
                if for_points >= one.passed - suspended_at:
                    break
            if resumed_at >= two.passed:
                break
        if suspended_at >= one.passed:
            break
    with capsys.disabled():
        print(f"\n  {meetings:,} interleavings")


def interruptions(meanwhile: Callable[[], Any]) -> Iterator[Point]:
    """Prune, and let something happen before a request: before each in turn, which is yielded at the end."""
    for number in count():
        prune = Try(Setup(LAST_1).live(begin(), name="prune"))
        prune.go_on(number)
        if prune.next is None:
            return
        before = prune.next
        meanwhile()
        prune.go_on(FOREVER)
        yield before


def delete(name: str) -> None:
    scene().send(endpoints.delete_backup(scene().id_of(name)))


def test_if_somebody_deletes_the_newest_the_next_best_stays() -> None:
    at: list[str] = []
    for before in interruptions(lambda: delete("d")):
        at.append(before.what)
        if before.what == f"DELETE /backups/{scene().id_of('c')}":
            # In this one moment nothing can be known of it any more.
            assert not scene().left() & {*"abcd"}
        else:
            assert scene().left() & {*"abc"}
    assert len(at) > 10


def test_backups_that_are_made_meanwhile_stay() -> None:
    for _ in interruptions(lambda: scene().send(endpoints.create_backup("movies"))):
        rows = [row for row in scene().pinecone.rows("backups") if row["backup_id"] not in scene().names]
        assert [row["deleted_at"] for row in rows] == [None]
        assert {"failed", "song", "a", "b", "c"} <= scene().gone() <= {"failed", "song", *"abcd"}
