"""How often a wait asks, and how late it notices the end: a simulation, beside asking at fixed intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, log
from random import Random
from statistics import mean

from airflow_provider_pinecone.policies.durations import Duration, Expectation, History
from airflow_provider_pinecone.policies.polling import SHARE_OF_ELAPSED, SHORTEST_PAUSE, pause
from benchmarks.table import Table

WAITS = 2_000
SHORTEST, LONGEST = 600.0, 18_000.0
FACTOR = 1.5
GEOMETRIC_FROM = SHORTEST_PAUSE / SHARE_OF_ELAPSED

METHOD = (
    f"Each row simulates the same {WAITS:,} waits. They take 10 minutes to 5 hours, distributed "
    "log-uniformly. Each poll is one request; the first comes at the start of the wait. The delay is the "
    "time from the end to the poll that notices it.\n\n"
    "If the wait has a predicted duration, the lower bound is the fewest polls that notice 99% of the ends "
    "within 30 s. Each poll covers at most the 30 s before it, and happens only if the wait lasts that long. "
    "So the number of polls is at least the probability that the wait still lasts, integrated over the "
    "covered times and divided by 30 s. The bound leaves the 1% uncovered that saves the most polls. If the "
    "wait knows nothing, the bound is the mean of ln(T / T0) / ln(1 + e), the fewest polls from T0 to T that "
    "notice each end with a delay of at most the fraction e of T. Here T is the duration of a wait, "
    f"T0 = {GEOMETRIC_FROM:g} s, and e is the largest fraction in the row above the bound."
)


@dataclass(frozen=True, kw_only=True)
class Wait:
    """How a wait went: what it took, how often it looked, and how late it noticed the end, in seconds."""

    seconds: float
    looks: int
    late: float


Pause = Callable[[float], float]
"""Seconds until the next look, given those waited."""

Strategy = Callable[[Random, float, str], Pause]
"""How a wait looks, given dice, what it will take in seconds, and its id."""


def measure() -> Table:
    """Let the same waits go by each strategy."""
    every_5, every_30, blind = _simulate(_every(5)), _simulate(_every(30)), _simulate(_blind)
    rows = [
        ["nothing", "every 5 s", *_figures(every_5), ""],
        ["nothing", "every 30 s", *_figures(every_30), ""],
    ]
    for what, strategy in PREDICTIONS.items():
        waits = _simulate(strategy)
        rows.append([what, "ours", *_figures(waits), _beside(waits, every_30, "every 30 s")])
    for what, factor in PREDICTED.items():
        fewest = _fewest_looks(factor)
        beside = f"{fewest / _mean_looks(every_30):.2f} of every 30 s"
        rows.append([what, "lower bound", f"{fewest:.1f}", "", "30 s", beside])
    share = max(wait.late / wait.seconds for wait in blind)
    bound = mean(log(wait.seconds / GEOMETRIC_FROM) / log(1 + share) for wait in blind)
    beside = f"{_mean_looks(blind) / bound:.2f} of the lower bound"
    rows.append(["nothing", "ours", *_figures(blind), beside])
    rows.append(["nothing", f"lower bound, e = {share:.1%}", f"{bound:.1f}", "", "", ""])
    return Table(
        title="Requests per wait",
        method=METHOD,
        header=[
            "what a wait knows",
            "polls",
            "requests",
            "delay, p50",
            "delay, p99",
            "relative to another row",
        ],
        rows=rows,
    )


def _simulate(strategy: Strategy) -> list[Wait]:
    dice = Random(1)
    return [
        _wait(_seconds((number + 0.5) / WAITS), strategy, dice, f"wait-{number}") for number in range(WAITS)
    ]


def _wait(seconds: float, strategy: Strategy, dice: Random, wait_id: str) -> Wait:
    next_pause = strategy(dice, seconds, wait_id)
    elapsed, looks = 0.0, 1
    while elapsed < seconds:
        elapsed += next_pause(elapsed)
        looks += 1
    return Wait(seconds=seconds, looks=looks, late=elapsed - seconds)


def _seconds(quantile: float) -> float:
    return float(SHORTEST * (LONGEST / SHORTEST) ** quantile)


def _every(interval: float) -> Strategy:
    return lambda *_: lambda _: interval


def _blind(_: Random, __: float, wait_id: str) -> Pause:
    return lambda elapsed: pause(elapsed, wait_id=wait_id)


def _expecting(expected: Expectation | None, wait_id: str) -> Pause:
    return lambda elapsed: pause(elapsed, expected=expected, wait_id=wait_id)


def _predicted(factor: float) -> Strategy:
    """What it takes, but wrong by up to a factor."""
    return lambda dice, seconds, wait_id: _expecting(
        Expectation(seconds=seconds * _up_to(factor, dice), factor=factor), wait_id
    )


def _learnt(count: int) -> Strategy:
    """What so many took that are within ``FACTOR`` of each other and of this one."""

    def strategy(dice: Random, seconds: float, wait_id: str) -> Pause:
        usual = seconds / _up_to(FACTOR**0.5, dice)
        past = [
            Duration(source_index_id="i", seconds=usual * _up_to(FACTOR**0.5, dice)) for _ in range(count)
        ]
        return _expecting(History(past).expected(source_index_id="i"), wait_id)

    return strategy


def _up_to(factor: float, dice: Random) -> float:
    return exp(dice.uniform(-log(factor), log(factor)))


def _fewest_looks(factor: float, *, steps: int = 400) -> float:
    """The fewest looks per wait that notice 99% of the ends within 30 s, if ends were predicted so.

    It goes through predictions, and for each through the moments when the end may come.
    """
    cells: list[tuple[float, float]] = []  # the looks that a moment costs, and the ends that it holds
    ends = 1 / (2 * log(factor) * steps)  # by prediction and logarithm of the moment
    quantiles = [(number + 0.5) / steps for number in range(-steps, 2 * steps)]
    for predicted in (_seconds(quantile) for quantile in quantiles):
        earliest, latest = max(SHORTEST, predicted / factor), min(LONGEST, predicted * factor)
        if earliest >= latest:
            continue
        moments = [earliest * (latest / earliest) ** (number / steps) for number in range(steps + 1)]
        for moment, after in pairwise(moments):
            cost = ends * log(latest / after) * (after - moment) / 30
            cells.append((cost, ends * log(after / moment)))
    cells.sort(key=lambda cell: cell[0] / cell[1])
    looks = covered = 0.0
    for cost, held in cells:
        if covered + held > 0.99:
            break
        looks, covered = looks + cost, covered + held
    return looks


def _figures(waits: Sequence[Wait]) -> list[str]:
    late = sorted(wait.late for wait in waits)
    return [f"{_mean_looks(waits):.1f}", *(_seconds_text(late[ceil(len(late) * p) - 1]) for p in (0.5, 0.99))]


def _seconds_text(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def _mean_looks(waits: Sequence[Wait]) -> float:
    return mean(wait.looks for wait in waits)


def _beside(waits: Sequence[Wait], others: Sequence[Wait], what: str) -> str:
    ratio = _mean_looks(waits) / _mean_looks(others)
    return f"{ratio:.2f} of {what}" if ratio > 0.05 else f"1/{1 / ratio:.0f} of {what}"


PREDICTED = {
    f"a prediction, wrong by up to a factor of {FACTOR} either way": FACTOR,
    f"a prediction, wrong by up to a factor of {FACTOR**0.5:.2f} either way": FACTOR**0.5,
}
PREDICTIONS = {
    **{what: _predicted(factor) for what, factor in PREDICTED.items()},
    **{
        f"{count} past, within a factor of {FACTOR} of each other and of the wait": _learnt(count)
        for count in (1, 3, 10)
    },
}

if __name__ == "__main__":
    print(measure().markdown(script=__file__))
