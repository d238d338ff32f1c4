"""How far something has come, and when it ends at that rate.

The API tells of no progress before the end. It may be measured: the records that a restore's target holds, of
those in the backup. It is believed, and shown, only once it was seen to grow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

from airflow_provider_pinecone.policies.durations import roughly

MOST_STEPS = 16
STALL = 0.02
"""What must have been due and not have come, as a part of the whole, for a stall."""
BAR = 10


@dataclass(frozen=True, kw_only=True)
class Step:
    """So much was done at a moment.

    :param elapsed: when that was first seen, in seconds into the wait.
    """

    done: float
    elapsed: float


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What one wait has measured so far.

    :param total: what is done at the end: a backup's ``record_count``, or 100 of a percentage.
    :param unit: what is counted; None for a percentage.
    :param steps: each growth that was seen since it began, or ran backwards; the newest few.
    :param measured_at: when it was last measured, in seconds into the wait.
    """

    total: float
    unit: str | None = "records"
    steps: tuple[Step, ...] = ()
    measured_at: float = 0.0

    def measured(self, done: float, *, elapsed: float) -> Progress:
        """With one more measurement; what was measured before the last one, or is no number, is left out.

        :param elapsed: when it was measured, in seconds into the wait.
        """
        if not isfinite(done) or (self.steps and elapsed <= self.measured_at):
            return self
        done = min(max(done, 0.0), self.total)
        return replace(self, steps=self._steps_with(Step(done=done, elapsed=elapsed)), measured_at=elapsed)

    def _steps_with(self, step: Step) -> tuple[Step, ...]:
        last = self.steps[-1].done if self.steps else 0.0
        if step.done < last or step.done == 0:
            # It ran backwards, or nothing has begun: the time until it begins tells nothing of the rate.
            return (step,)
        if self.steps and step.done == last:
            return self.steps
        return (*self.steps, step)[-MOST_STEPS:]

    @property
    def percent(self) -> float:
        """From 0 to 100."""
        return 100.0 * self.steps[-1].done / self.total if self.steps and self.total else 0.0

    @property
    def observed(self) -> float:
        """For how many seconds it was seen to grow; 0 before the first growth."""
        return self.steps[-1].elapsed - self.steps[0].elapsed if self.steps else 0.0

    @property
    def rate(self) -> float | None:
        """What is done per second, over the later half of the time observed; None before it grew."""
        if not self.observed:
            return None
        last = self.steps[-1]
        middle = last.elapsed - self.observed / 2
        since = [step for step in self.steps[:-1] if step.elapsed <= middle][-1]
        return (last.done - since.done) / (last.elapsed - since.elapsed) or None

    @property
    def end(self) -> float | None:
        """When it ends at this rate, in seconds into the wait; None before it grew."""
        if not self.rate:
            return None
        last = self.steps[-1]
        end = last.elapsed + (self.total - last.done) / self.rate
        return end if isfinite(end) else None

    @property
    def doubt(self) -> float | None:
        """By how many seconds the last growth moved the end; None before there were two estimates of it."""
        before = replace(self, steps=self.steps[:-1]).end
        return abs(self.end - before) if self.end is not None and before is not None else None

    @property
    def stalled(self) -> bool:
        """Whether it has stopped growing before its end."""
        if not self.rate:
            return False
        last = self.steps[-1]
        due = self.rate * (self.measured_at - last.elapsed)
        return min(due, self.total - last.done) > STALL * self.total

    def text(self, elapsed: float) -> str | None:
        """A bar for the log; None before it grew.

        ``[######----] 61%, 1,234 of 2,000 records, 210/s, about 4 min left``
        """
        if self.rate is None or self.end is None:
            return None
        last = self.steps[-1]
        filled = int(BAR * self.percent / 100)
        parts = [f"[{'#' * filled}{'-' * (BAR - filled)}] {int(self.percent)}%"]
        if self.unit:
            speed = f"{self.rate:,.0f}" if self.rate >= 10 else f"{self.rate:.2g}"
            parts += [f"{last.done:,.0f} of {self.total:,.0f} {self.unit}", f"{speed}/s"]
        if self.stalled:
            parts.append(f"no growth for {roughly(elapsed - last.elapsed)}")
        elif self.end > elapsed:
            parts.append(f"about {roughly(self.end - elapsed)} left")
        return ", ".join(parts)
