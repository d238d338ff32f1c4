"""When to look again.

If past durations are known, often around the likely end; otherwise further and further apart.
"""

from __future__ import annotations

from hashlib import sha256

from airflow_provider_pinecone.policies.durations import Expectation
from airflow_provider_pinecone.policies.schedule import Schedule, Stretch

SHORTEST_PAUSE = 2.0
SHARE_OF_ELAPSED = 0.05
LONGEST_PAUSE = 180.0
"""If nothing is known, an end is noticed at most 2 seconds and 5% of its time late, and never 3 minutes."""

LONGEST_TRUST = 3600.0
"""The longest pause, however far off the end seems: the past may mislead."""

EXPECTED_PAUSE = 30.0
"""How late an expected end may be noticed."""

# Before an end that is expected, and after it: see expected_schedule.
FIRST_EXPECTED_PAUSE = 10.0
GROWTH_BEFORE = 2.0
APPROACH = 0.9
GROWTH_AFTER = 0.1
VAGUEST = 2.5
"""The factor beyond which it takes more looks to expect an end than to expect nothing."""


def pause(
    elapsed: float,
    *,
    poll_interval: float | None = None,
    expected: Expectation | None = None,
    wait_id: str | None = None,
) -> float:
    """Seconds until the next look, after ``elapsed`` seconds of waiting.

    :param poll_interval: what the user asked for, in seconds, whatever else is known.
    :param expected: how long it may take.
    :param wait_id: spreads the looks of waits that began together.
    """
    if poll_interval is not None:
        return poll_interval
    elapsed = max(0.0, elapsed)
    if expected is None or expected.factor > VAGUEST:
        schedule = blind_schedule()
    else:
        schedule = expected_schedule(expected)
    seconds = schedule.next(elapsed, phase=_phase(wait_id)) - elapsed
    return min(max(seconds, SHORTEST_PAUSE), LONGEST_TRUST)


def blind_schedule() -> Schedule:
    """The looks if nothing is known: further apart by a share of the time waited.

    It is the fewest looks that notice each end by that share of its time.
    """
    growing = Stretch(start=0.0, gap=SHORTEST_PAUSE, growth=SHARE_OF_ELAPSED)
    return Schedule((growing, _longest(after=growing)))


def expected_schedule(expected: Expectation) -> Schedule:
    """The looks if an end is expected: few before, close together around it, further apart after it.

    Before, in case it ends much too early, the gaps grow to twice the time waited; then each look covers
    most of what is left until the earliest end.
    """
    gap = min(EXPECTED_PAUSE, SHORTEST_PAUSE + SHARE_OF_ELAPSED * expected.earliest)
    after = Stretch(start=expected.latest, gap=gap, growth=GROWTH_AFTER)
    around = Stretch(start=expected.earliest, gap=gap)
    return Schedule((*_stretches_before(around), around, after, _longest(after=after)))


def _stretches_before(around: Stretch) -> list[Stretch]:
    widest = around.gap + APPROACH * around.start
    meeting = (widest - FIRST_EXPECTED_PAUSE) / (GROWTH_BEFORE + APPROACH)
    if meeting <= 0:
        return [Stretch(start=0.0, gap=widest, growth=-APPROACH)]
    growing = Stretch(start=0.0, gap=FIRST_EXPECTED_PAUSE, growth=GROWTH_BEFORE)
    gap = FIRST_EXPECTED_PAUSE + GROWTH_BEFORE * meeting
    return [growing, Stretch(start=meeting, gap=gap, growth=-APPROACH)]


def _longest(*, after: Stretch) -> Stretch:
    return Stretch(start=after.start + (LONGEST_PAUSE - after.gap) / after.growth, gap=LONGEST_PAUSE)


def _phase(wait_id: str | None) -> float | None:
    if wait_id is None:
        return None
    return int.from_bytes(sha256(wait_id.encode()).digest()[:4]) / 2**32
