"""Pruning, tried until it succeeds, while something goes wrong; and every schedule of a few faults."""

from __future__ import annotations

import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.prune import Pruning, prune
from airflow_provider_pinecone.policies.retention import RetentionPolicy
from tests.resilience.pruning.scene import A_DAY, GRACE, SCOPE, scene
from tests.resilience.search.explore import Choices
from tests.resilience.search.faults import KEY_ROTATED, MISSING, Fault, Kind, Point
from tests.resilience.search.pinecone import Taped
from tests.resilience.search.world import Client, Crash, Life, World

Schedule = Mapping[int, Fault]
"""What goes wrong at which point of a run, counted from 0."""

LAST_2 = RetentionPolicy(keep_last=2, deleted_index_grace=GRACE)
LAST_1 = RetentionPolicy(keep_last=1, deleted_index_grace=GRACE)
RETRY_DELAY = 30.0
MOST_NIGHTS = 5


@dataclass(frozen=True)
class Setup:
    """What stays the same over the schedules that are tried.

    :param approved: the names of what may be deleted; None: all.
    :param listing_lag: how old what listings show is, in seconds.
    """

    policy: RetentionPolicy = LAST_2
    max_deletions: int | None = None
    approved: tuple[str, ...] | None = None
    listing_lag: float = 0.0

    @property
    def doomed(self) -> frozenset[str]:
        """What is to be gone in the end."""
        doomed = scene().doomed(self.policy)
        return doomed if self.approved is None else doomed & set(self.approved)

    @property
    def pruning(self) -> Pruning:
        ids = None if self.approved is None else frozenset(map(scene().id_of, self.approved))
        return Pruning(policy=self.policy, scope=SCOPE, max_deletions=self.max_deletions, approved=ids)

    def live(self, world: World, *, name: str) -> Life[None]:
        """One try."""
        yield from Client(world, name=name, renews_key=True).run(prune(self.pruning, clock=world.clock))


@dataclass(frozen=True)
class Played:
    """A schedule that was played to its end.

    :param trace: the points that the run came to, each with the number of answers before it.
    :param gone: the names of what the run deleted.
    :param nights: how many runs without faults followed, until all was gone that was to go.
    """

    world: World
    failure: BaseException | None
    trace: list[tuple[Point, int]]
    tape: list[Taped]
    gone: frozenset[str]
    nights: int


def play(setup: Setup, schedule: Schedule, *, tape: Sequence[Taped] = ()) -> Played:
    """Let a run live under a schedule, and then others without faults."""
    pinecone = scene().pinecone
    pinecone.begin(tape)
    random.seed(0)  # by which clients spread their waits
    world = World(pinecone, listing_lag=setup.listing_lag)
    trace: list[tuple[Point, int]] = []
    failure: BaseException | None = None
    for number in range(len(schedule) + 1):
        failure = _lived(setup.live(world, name=f"try {number}"), schedule, trace, world)
        if failure is None:
            break
        world.sleep(RETRY_DELAY)
    gone, taped, nights = scene().gone(), pinecone.tape[:], 0
    while scene().gone() != setup.doomed and nights < MOST_NIGHTS:
        world.sleep(A_DAY)
        nights += 1
        assert _lived(setup.live(world, name=f"night {nights}"), {}, [], world) is None
    return Played(world, failure, trace, taped, gone, nights)


def _lived(
    life: Life[None], schedule: Schedule, trace: list[tuple[Point, int]], world: World
) -> BaseException | None:
    """Let a try live. :return: what ended it; None if it succeeded."""
    fault: Fault | None = None
    try:
        while True:
            point = life.send(fault)
            fault = schedule.get(len(trace))
            trace.append((point, world.pinecone.answered))
    except StopIteration:
        return None
    except (Crash, PineconeError) as error:
        return error


def objections(setup: Setup, schedule: Schedule, played: Played) -> Iterator[str]:
    """What does not hold, in one line each."""
    if played.failure is not None:
        yield f"lost: {played.failure!r}"
    if wrong := played.gone - setup.doomed:
        yield f"deleted without a reason: {sorted(wrong)}"
    if scene().gone() != setup.doomed:
        yield f"gone in the end: {sorted(scene().gone())}"
    if not {MISSING} & set(schedule.values()) and setup.max_deletions is None and played.nights:
        yield f"a run that saw no 404 left something: gone are {sorted(played.gone)}"
    deleted = Counter(sent.by for sent in played.world.sent if sent.method == "DELETE" and sent.status == 202)
    if setup.max_deletions is not None and max(deleted.values(), default=0) > setup.max_deletions:
        yield f"more than {setup.max_deletions} deleted by one try: {deleted}"


@dataclass
class Tally:
    """What a search has tried and seen.

    :param late: schedules after which another night had to delete something.
    """

    schedules: int = 0
    requests: int = 0
    late: int = 0
    failures: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        self.schedules += other.schedules
        self.requests += other.requests
        self.late += other.late
        self.failures += other.failures
        return self

    def judge(self, setup: Setup, schedule: Schedule, played: Played) -> None:
        """Count a schedule, and see what does not hold."""
        self.schedules += 1
        self.requests += len(played.world.sent)
        self.late += played.nights > 0
        if found := list(objections(setup, schedule, played)):
            points = enumerate(point for point, _ in played.trace)
            steps = [f"{number} {point} {schedule.get(number, '')}" for number, point in points]
            self.failures.append("\n  ".join([f"{setup!r}:", *steps, *found]))


def explore(setup: Setup, choices: Choices, *, most_faults: int) -> Tally:
    """Try every schedule of up to ``most_faults`` faults."""
    first = play(setup, {})
    tally = Tally()
    tally.judge(setup, {}, first)
    roots = list(_extensions({}, first, choices))
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("fork")) as pool:
        jobs = [pool.submit(_below, setup, root, choices, most_faults - 1, tape) for root, tape in roots]
        for job in jobs:
            tally += job.result()
    return tally


def _below(
    setup: Setup, schedule: Schedule, choices: Choices, most_more: int, tape: Sequence[Taped]
) -> Tally:
    played = play(setup, schedule, tape=tape)
    tally = Tally()
    tally.judge(setup, schedule, played)
    if most_more:
        for longer, known in _extensions(schedule, played, choices):
            tally += _below(setup, longer, choices, most_more - 1, known)
    return tally


def _extensions(
    schedule: Schedule, played: Played, choices: Choices
) -> Iterator[tuple[Schedule, Sequence[Taped]]]:
    """The schedules with one fault more, each with the answers up to it."""
    for number in range(max(schedule, default=-1) + 1, len(played.trace)):
        point, answered = played.trace[number]
        for fault in _faults_at(point, choices):
            if fault is not KEY_ROTATED or fault not in schedule.values():
                yield {**schedule, number: fault}, played.tape[:answered]


def _faults_at(point: Point, choices: Choices) -> Collection[Fault]:
    """The faults of a point, and a passing 404 wherever one thing is read or deleted."""
    if point.what.startswith("GET /backups/"):
        return choices[Kind.READ]
    if point.kind is Kind.DELETE or (point.what.endswith("/backups") and point.what != "GET /backups"):
        return (*choices[point.kind], MISSING)
    return choices[point.kind]
