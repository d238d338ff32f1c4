"""When to look again.

The more is known, the fewer looks: by measured progress, or else by what past ones took, or else further and
further apart.
"""

from __future__ import annotations

from hashlib import sha256

from airflow_provider_pinecone.policies.durations import Expectation
from airflow_provider_pinecone.policies.progress import Progress
from airflow_provider_pinecone.policies.schedule import Schedule, Stretch

SHORTEST_PAUSE = 2.0
SHARE_OF_ELAPSED = 0.05
LONGEST_PAUSE = 180.0
"""Where nothing is known, an end is noticed 2 seconds and 5% of its time late at the most, or 3 minutes."""

LONGEST_TRUST = 3600.0
"""Seconds without a look, however far the end may seem."""

EXPECTED_PAUSE = 30.0
"""How late an end may be noticed that comes when it is expected."""

# Before an end that is expected, and after it: see expected_schedule.
FIRST_EXPECTED_PAUSE = 10.0
GROWTH_BEFORE = 2.0
APPROACH = 0.9
GROWTH_AFTER = 0.1
VAGUEST = 2.5
"""The factor beyond which it takes more looks to expect an end than to expect nothing."""

LAST_PAUSE = 5.0
"""How late an end may be noticed that progress tells of."""

LEAST_MARGIN = 0.2
"""How long before an estimated end to look, as a part of what is left, however sure the estimate."""

SHORTEST_LEAP = 0.35
"""How much of what is left to pass over, however unsure the estimate."""

FARTHEST_LEAP = 20.0
"""For how long growth is foretold, as a multiple of the time that it was seen for."""

OVERDUE_GROWTH = 0.25
SPARE_LOOKS = 10
"""How many more looks than without it progress may cost."""


def pause(
    elapsed: float,
    *,
    poll_interval: float | None = None,
    expected: Expectation | None = None,
    progress: Progress | None = None,
    looks: int = 0,
    wait_id: str | None = None,
    time_left: float | None = None,
) -> float:
    """Seconds until the next look, after ``elapsed`` seconds of waiting.

    :param poll_interval: what the user asked for, in seconds, whatever else is known.
    :param expected: how long it may take.
    :param progress: what was measured of it.
    :param looks: how often this wait has looked so far, so that progress which misleads costs little.
    :param wait_id: what is waited for. Waits that began together look at different times by it.
    :param time_left: seconds until the wait is given up: the last look is then.
    """
    seconds = poll_interval
    if seconds is None:
        seconds = _adaptive_pause(
            max(0.0, elapsed), expected=expected, progress=progress, looks=looks, wait_id=wait_id
        )
    return seconds if time_left is None else max(0.0, min(seconds, time_left))


def _adaptive_pause(
    elapsed: float,
    *,
    expected: Expectation | None,
    progress: Progress | None,
    looks: int,
    wait_id: str | None,
) -> float:
    blind = blind_schedule()
    if expected is not None and expected.factor > VAGUEST:
        expected = None
    schedule = blind if expected is None else expected_schedule(expected)
    seconds = schedule.next(elapsed, phase=_phase(wait_id)) - elapsed
    if progress is not None and looks <= blind.looks_by(elapsed) + SPARE_LOOKS:
        seconds = _pause_by_progress(progress, elapsed, expected=expected, otherwise=seconds)
    return min(max(seconds, SHORTEST_PAUSE), LONGEST_TRUST)


def blind_schedule() -> Schedule:
    """The looks where nothing is known: further apart by a share of the time waited.

    It is the fewest looks that notice each end by that share of its time.
    """
    growing = Stretch(start=0.0, gap=SHORTEST_PAUSE, growth=SHARE_OF_ELAPSED)
    return Schedule((growing, _longest(after=growing)))


def expected_schedule(expected: Expectation) -> Schedule:
    """The looks where an end is expected: few before, close together around it, further apart after it.

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


def _pause_by_progress(
    progress: Progress, elapsed: float, *, expected: Expectation | None, otherwise: float
) -> float:
    """Look shortly before the estimated end, and again, until the estimate is good enough to look after it.

    ``otherwise`` is the pause without progress, which is right where it was not seen to grow, or stalled.
    """
    if progress.end is None or progress.stalled:
        return otherwise
    remaining = progress.end - elapsed
    if remaining <= 0:
        # All seems done, and still it is not over. Who knows for how long.
        return min(max(LAST_PAUSE, -remaining * OVERDUE_GROWTH), max(LAST_PAUSE, otherwise))
    doubt = remaining / 2 if progress.doubt is None else progress.doubt
    margin = max(doubt, LEAST_MARGIN * remaining)
    if margin <= LAST_PAUSE / 2:
        return remaining + margin
    leap = max(LAST_PAUSE, remaining * SHORTEST_LEAP, remaining - margin)
    farthest = progress.observed * FARTHEST_LEAP
    if expected is not None and elapsed < expected.latest:
        # That all past ones ended sooner is a reason to look by then.
        farthest = min(farthest, expected.latest - elapsed)
    return min(leap, farthest)
