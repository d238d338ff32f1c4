"""Two tries of one task alive at once: one that Airflow has given up, and its successor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from airflow_provider_pinecone.api.errors import PineconeError
from tests.resilience.search.faults import Point
from tests.resilience.search.runs import Setup, TaskRun
from tests.resilience.search.scene import scene
from tests.resilience.search.verdict import made_by, objections
from tests.resilience.search.world import Life, World

FOREVER = 10**6


@dataclass(frozen=True)
class Interleaving:
    """When each of the two goes on, in points.

    :param suspended_at: the point before which the zombie stands still.
    :param resumed_at: the successor's point before which the zombie goes on.
    :param for_points: how many points the zombie then comes past, before the successor goes on to its end;
        what is left of the zombie comes after that.
    """

    suspended_at: int
    resumed_at: int
    for_points: int


@dataclass
class Meeting:
    """What became of two tries.

    :param zombie_points: how many points the zombie came past, in all.
    """

    objections: list[str]
    made: int
    zombie_points: int
    successor_points: int


class _Try:
    """A try that goes on when it is told to."""

    def __init__(self, life: Life[Any]) -> None:
        self._life = life
        self._points = self._lived()
        self.passed = 0
        self.has_ended = next(self._points, None) is None
        self.returned: Any = None
        self.failure: PineconeError | None = None

    def go_on(self, points: int) -> None:
        """Come past so many points, or to the end."""
        for _ in range(points):
            if self.has_ended:
                return
            self.passed += 1
            self.has_ended = next(self._points, None) is None

    def _lived(self) -> Iterator[Point]:
        self.returned, self.failure = None, None
        try:
            self.returned = yield from self._life
        except PineconeError as error:
            self.failure = error


def meet(setup: Setup, when: Interleaving) -> Meeting:
    """Let the two run. Whatever the zombie records counts, as if Airflow took it from anyone."""
    pinecone = scene().pinecone
    pinecone.begin()
    world = World(pinecone, listing_lag=setup.listing_lag)
    run = TaskRun(setup.task, setup, most_tries=1)
    zombie = _Try(setup.task.live(world, run.memory, name=f"{run.name}, zombie"))
    zombie.go_on(when.suspended_at)
    world.sleep(setup.retry_delay)
    successor = _Try(setup.task.live(world, run.memory, name=f"{run.name}, successor"))
    successor.go_on(when.resumed_at)
    zombie.go_on(when.for_points)
    successor.go_on(FOREVER)
    zombie.go_on(FOREVER)
    run.returned, run.failure = successor.returned, successor.failure
    found = objections(world, [run])
    if zombie.failure is not None:
        found.append(f"the zombie failed: {zombie.failure!r}")
    return Meeting(found, len(made_by(run, world)), zombie.passed, successor.passed)


def interleavings(setup: Setup) -> Iterator[tuple[Interleaving, Meeting]]:
    """Every way in which the zombie stands still twice."""
    for suspended_at in count():
        for resumed_at in count():
            for for_points in count():
                when = Interleaving(suspended_at, resumed_at, for_points)
                met = meet(setup, when)
                yield when, met
                if for_points >= met.zombie_points - suspended_at:
                    break
            if resumed_at >= met.successor_points:
                break
        if suspended_at >= met.zombie_points:
            break
