"""A run: a task, tried until it succeeds, while what a schedule says goes wrong."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.emulator.settings import BackupOutcome
from tests.resilience.search.faults import GIVEN_UP, Fault, Point
from tests.resilience.search.pinecone import Taped
from tests.resilience.search.scene import scene
from tests.resilience.search.tasks import Memory, Task
from tests.resilience.search.world import Crash, EndlessError, Life, World

Schedule = Mapping[int, Fault]
"""What goes wrong at which point of a run, counted from 0."""


@dataclass(frozen=True)
class Setup:
    """What stays the same over the schedules that are tried.

    :param has_store: whether tries may read what the ones before them left: since Airflow 3.3.
    :param listing_lag: how old what listings show is, in seconds.
    :param retry_delay: seconds between two tries.
    :param backups_that_fail: how many of the backups that are made, the first ones, end as failed.
    """

    task: Task
    has_store: bool = False
    listing_lag: float = 0.0
    retry_delay: float = 1.0
    backups_that_fail: int = 0


@dataclass
class TaskRun:
    """A task with its tries.

    :param most_tries: Airflow's ``retries``, and one.
    :param given_up: tries that Airflow has given up, though they may go on.
    """

    task: Task
    setup: Setup
    most_tries: int
    memory: Memory = field(init=False)
    tries: int = 0
    returned: Any = None
    failure: BaseException | None = None
    given_up: list[Life[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memory = Memory(has_store=self.setup.has_store)

    @property
    def name(self) -> str:
        return f"{self.task.run_id} of {self.task.index_name}"

    def life(self, world: World) -> Life[None]:
        """Try, and try again, until success."""
        while self.tries < self.most_tries:
            self.tries += 1
            try:
                name = f"{self.name}, try {self.tries}"
                self.returned = yield from self._tried(self.task.live(world, self.memory, name=name))
            except Crash as crash:
                self.failure = crash
            except (PineconeError, EndlessError) as error:
                self.failure = error
                if not getattr(error, "worth_retrying", False):
                    return
            else:
                self.failure = None
                return
            world.sleep(self.setup.retry_delay)

    def _tried(self, attempt: Life[Any]) -> Life[Any]:
        try:
            point = next(attempt)
            while True:
                fault = yield point
                if fault is GIVEN_UP:
                    self.given_up.append(attempt)
                    raise Crash
                point = attempt.send(fault)
        except StopIteration as end:
            return end.value


@dataclass(frozen=True)
class Played:
    """A schedule that was played to its end.

    :param trace: the points that the run came to, each with the number of answers before it.
    :param tape: the answers.
    """

    world: World
    run: TaskRun
    trace: list[tuple[Point, int]]
    tape: list[Taped]


def play(setup: Setup, schedule: Schedule, *, tape: Sequence[Taped] = ()) -> Played:
    """Let a run live, alone, under a schedule.

    :param tape: the answers up to the schedule's last fault, where they are known from playing the others.
    """
    pinecone = scene().pinecone
    failing: BackupOutcome = "InitializationFailed"
    pinecone.begin(tape, next_backups=(failing,) * setup.backups_that_fail)
    random.seed(0)  # by which clients spread their waits
    world = World(pinecone, listing_lag=setup.listing_lag)
    run = TaskRun(setup.task, setup, most_tries=len(schedule) + setup.backups_that_fail + 1)
    trace: list[tuple[Point, int]] = []
    life = run.life(world)
    try:
        point = next(life)
        while True:
            fault = schedule.get(len(trace))
            trace.append((point, pinecone.answered))
            point = life.send(fault)
    except StopIteration:
        return Played(world, run, trace, pinecone.tape)
