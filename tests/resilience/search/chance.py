"""Several tasks at once, of which each meets faults by chance; the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from airflow_provider_pinecone.api.errors import PineconeError
from tests.resilience.search.faults import GIVEN_UP, KEY_ROTATED, WIDE, Fault
from tests.resilience.search.runs import Setup, TaskRun
from tests.resilience.search.scene import scene
from tests.resilience.search.tasks import BackupTask, RestoreTask, Task
from tests.resilience.search.verdict import made_by, objections
from tests.resilience.search.world import Life, World

FEWEST_FAULTS, MOST_FAULTS = 3, 8
LATEST_POINT = 24
"""At which a fault is planned. A run without faults comes to some ten points, one with many to more."""


@dataclass(frozen=True)
class Scenario:
    """What happens in one random test.

    :param setups: the tasks that run at the same time.
    :param faults: a number by which a fault is chosen of those that fit, by task and point.
    :param seed: of the order in which the tasks go on.
    """

    seed: int
    setups: tuple[Setup, ...]
    faults: Mapping[tuple[int, int], int]

    def without(self, where: tuple[int, int]) -> Scenario:
        """The same, but for one fault."""
        return replace(self, faults={key: value for key, value in self.faults.items() if key != where})


def scenario(seed: int) -> Scenario:
    """What a seed stands for."""
    chance = random.Random(seed)
    tasks = chance.sample(_tasks(), chance.randint(1, 3))
    lag = chance.choice((0.0, 0.0, 4.0, 25.0))
    has_store, retry_delay = chance.random() < 0.5, chance.choice((0.0, 1.0, 20.0, 300.0))
    setups = tuple(
        Setup(task, has_store=has_store, listing_lag=lag, retry_delay=retry_delay) for task in tasks
    )
    faults = {
        (chance.randrange(len(setups)), chance.randrange(LATEST_POINT)): chance.randrange(1000)
        for _ in range(chance.randint(FEWEST_FAULTS, MOST_FAULTS))
    }
    return Scenario(seed, setups, faults)


def _tasks() -> list[Task]:
    backup_id = scene().backup.backup_id
    return [
        BackupTask("movies"),
        BackupTask("songs"),
        BackupTask("movies", run_id="nightly-2"),
        RestoreTask("movies-again", backup_id=backup_id),
        RestoreTask("movies-once-more", backup_id=backup_id),
    ]


@dataclass
class Outcome:
    """What became of a scenario.

    :param made: how many things each run made, those that were deleted again too.
    :param met: how many faults were met.
    :param requests: how many were sent.
    :param story: every point that a task came to, in order, with the fault there.
    """

    objections: list[str]
    made: list[int]
    met: int
    requests: int
    story: list[str]


def play(scene_of: Scenario) -> Outcome:
    """Let the tasks run, each going on when chance says so, until all have ended."""
    pinecone = scene().pinecone
    pinecone.begin(seed=scene_of.seed)
    random.seed(scene_of.seed)  # by which clients spread their waits
    chance = random.Random(scene_of.seed)
    world = World(pinecone, listing_lag=scene_of.setups[0].listing_lag)
    runs = [TaskRun(setup.task, setup, most_tries=len(scene_of.faults) + 2) for setup in scene_of.setups]
    story: list[str] = []
    lives = [_told(run, number, scene_of, world, story) for number, run in enumerate(runs)]
    while lives:
        life = chance.choice(lives)
        if next(life, None) is None:
            lives.remove(life)
        lives.extend(_beside(run, run.given_up.pop(), story) for run in runs if run.given_up)
    return Outcome(
        objections=objections(world, runs),
        made=[len(made_by(run, world)) for run in runs],
        met=sum("<-" in line for line in story),
        requests=len(world.sent),
        story=story,
    )


def _told(run: TaskRun, number: int, scene_of: Scenario, world: World, story: list[str]) -> Iterator[str]:
    """A run that meets its faults by itself, and yields what it comes to."""
    life: Life[None] = run.life(world)
    fault: Fault | None = None
    step = 0
    while True:
        try:
            point = life.send(fault)
        except StopIteration:
            return
        drawn = scene_of.faults.get((number, step))
        fault = None
        if drawn is not None:
            fitting = (*WIDE[point.kind], GIVEN_UP)
            fault = fitting[drawn % len(fitting)]
            if fault is KEY_ROTATED and any(line.endswith(fault.name) for line in story):
                fault = None  # that a key is voided once more before the new one was used is not survived
        line = f"{run.name} {step}: {point}{f'   <- {fault}' if fault else ''}"
        story.append(line)
        step += 1
        yield line


def _beside(run: TaskRun, life: Life[Any], story: list[str]) -> Iterator[str]:
    """A try that was given up and goes on, without any fault."""
    # What ends it ends nothing but itself: Airflow has another one by now.
    with suppress(StopIteration, PineconeError):
        while True:
            story.append(f"{run.name}, given up: {life.send(None)}")
            yield story[-1]


def shrunk(failing: Scenario) -> Scenario:
    """A scenario that fails, too, and with no fault that it could do without."""
    for where in failing.faults:
        smaller = failing.without(where)
        if play(smaller).objections:
            return shrunk(smaller)
    return failing
