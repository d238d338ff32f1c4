"""Every schedule of up to so many faults over the points of a run, on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.resilience.search.faults import KEY_ROTATED, Fault, Kind
from tests.resilience.search.pinecone import Taped
from tests.resilience.search.runs import Played, Schedule, Setup, play
from tests.resilience.search.verdict import made_by, objections

Choices = Mapping[Kind, tuple[Fault, ...]]

MOST_FAILURES = 20
"""Failures that are told. One bug fails thousands of schedules."""


@dataclass
class Tally:
    """What a search has tried and seen.

    :param made: how many things the runs made, and how often so many.
    :param failures: what did not hold, with the schedule to replay it.
    """

    schedules: int = 0
    requests: int = 0
    failed: int = 0
    made: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        self.schedules += other.schedules
        self.requests += other.requests
        self.failed += other.failed
        self.made += other.made
        self.failures = (self.failures + other.failures)[:MOST_FAILURES]
        return self

    def judge(self, setup: Setup, schedule: Schedule, played: Played) -> None:
        """Count a schedule, and see what does not hold."""
        self.schedules += 1
        self.requests += len(played.world.sent)
        self.made[len(made_by(played.run, played.world))] += 1
        found = objections(played.world, [played.run])
        if found:
            self.failed += 1
            if len(self.failures) < MOST_FAILURES:
                self.failures.append(told(setup, schedule, played, found))


def explore(setup: Setup, choices: Choices, *, most_faults: int) -> Tally:
    """Try every schedule of up to ``most_faults`` faults.

    Depth first: a run under a schedule shows the points that it comes to, and each fault at each of those
    after the schedule's last one makes the next schedules.
    """
    first = play(setup, {})
    tally = Tally()
    tally.judge(setup, {}, first)
    if most_faults == 0:
        return tally
    roots = [schedule for schedule, _ in _extensions({}, first, choices)]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("fork")) as pool:
        jobs = [pool.submit(_below, setup, schedule, choices, most_faults - 1) for schedule in roots]
        for job in jobs:
            tally += job.result()
    return tally


def _below(
    setup: Setup, schedule: Schedule, choices: Choices, most_more: int, tape: Sequence[Taped] = ()
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
        for fault in choices[point.kind]:
            # What voids the key once more before the new one was used is not promised to be survived.
            if fault is not KEY_ROTATED or fault not in schedule.values():
                yield {**schedule, number: fault}, played.tape[:answered]


def told(setup: Setup, schedule: Schedule, played: Played, found: list[str]) -> str:
    """A failure, with all that is needed to see it again."""
    steps = "\n".join(
        f"  {number:2} {point}{f'   <- {schedule[number]}' if number in schedule else ''}"
        for number, (point, _) in enumerate(played.trace)
    )
    replay = {number: fault.name for number, fault in schedule.items()}
    return f"{setup!r}, {replay!r}:\n{steps}\n  " + "\n  ".join(found)
