"""A plan of when to look, with gaps that change over the wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, expm1, inf, log1p


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A part of a wait.

    :param start: when it begins, in seconds into the wait.
    :param gap: seconds between looks at its start.
    :param growth: by how much the gap grows per second, above -1. If it shrinks, the stretch must end
        before the gap is 0.
    """

    start: float
    gap: float
    growth: float = 0.0

    def looks(self, seconds: float) -> float:
        """How many looks its first ``seconds`` hold."""
        if not self.growth:
            return seconds / self.gap
        return log1p(self.growth * seconds / self.gap) / log1p(self.growth)

    def seconds(self, looks: float) -> float:
        """How long this many looks take from its start."""
        if not self.growth:
            return looks * self.gap
        return self.gap * expm1(looks * log1p(self.growth)) / self.growth


@dataclass(frozen=True)
class Schedule:
    """A plan of when to look.

    :param stretches: in order. The first starts at 0, the last never ends.
    """

    stretches: tuple[Stretch, ...]

    def looks_by(self, elapsed: float) -> float:
        """How many looks are due by then; a fraction is a fraction of a gap."""
        return sum(
            stretch.looks(min(elapsed, end) - stretch.start)
            for stretch, end in self._spans()
            if stretch.start < elapsed
        )

    def moment(self, looks: float) -> float:
        """When this many looks are due, in seconds into the wait: the inverse of ``looks_by``."""
        for stretch, end in self._spans():
            held = stretch.looks(end - stretch.start)
            if looks <= held:
                break
            looks -= held
        return stretch.start + stretch.seconds(looks)

    def next(self, elapsed: float, *, phase: float | None = None) -> float:
        """When to look next, in seconds into the wait.

        :param phase: the wait's own place between two looks of the plan, from 0 up to 1: from whenever it
            looked last it comes back to its own moments, after half a gap at least. None: a gap from now.
        """
        looks = self.looks_by(elapsed)
        return self.moment(looks + 1 if phase is None else ceil(looks + 0.5 - phase) + phase)

    def _spans(self) -> Iterator[tuple[Stretch, float]]:
        ends = [stretch.start for stretch in self.stretches[1:]]
        return zip(self.stretches, [*ends, inf], strict=True)
