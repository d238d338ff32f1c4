"""The emulator's clock, which tests can move."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """The time in seconds since 1970: `source` moved by `offset`, or frozen.

    :param source: gives the seconds since 1970; a test in virtual time passes its own.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.offset = 0.0
        self.frozen_at: float | None = None

    def now(self) -> float:
        """Say what time it is."""
        return self._source() + self.offset if self.frozen_at is None else self.frozen_at

    def set(self, moment: float) -> None:
        """Move the clock to `moment`; a frozen clock stays frozen."""
        if self.frozen_at is None:
            self.offset = moment - self._source()
        else:
            self.frozen_at = moment

    def freeze(self) -> None:
        """Stop the clock where it is."""
        self.frozen_at = self.now()

    def thaw(self) -> None:
        """Let the clock run on from where it stopped."""
        moment = self.now()
        self.frozen_at = None
        self.set(moment)


def fraction(moment: float, *, begun: float, done: float) -> float:
    """Say how much of a span of time has passed at a moment, from 0 to 1."""
    return min(1.0, (moment - begun) / (done - begun)) if done > begun else 1.0


def to_text(moment: float) -> str:
    """Write seconds since 1970 as the API writes dates, in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
