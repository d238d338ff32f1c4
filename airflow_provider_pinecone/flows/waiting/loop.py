"""Look, judge, sleep, until it has ended or the time is up.

Passing faults never end a wait. Deadlines are absolute, so a wait that moves between worker and triggerer, or
restarts in another triggerer, ends on time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from airflow_provider_pinecone.api.errors import (
    PineconeError,
    PineconeWaitTimeoutError,
)
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.steps import Flow, Sleep
from airflow_provider_pinecone.flows.waiting.look import Look, Reading
from airflow_provider_pinecone.flows.waiting.pace import Pace
from airflow_provider_pinecone.flows.waiting.patience import Patience
from airflow_provider_pinecone.flows.waiting.teller import NOTHING, Teller
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.policies import polling
from airflow_provider_pinecone.policies.outcome import (
    Outcome,
    Verdict,
)
from airflow_provider_pinecone.policies.time_text import exact_time

T = TypeVar("T")


def patiently(work: Callable[[], Flow[T]], *, what: str, terms: Terms, clock: Clock) -> Flow[T | None]:
    """Do something else while waiting, and wait out faults that pass; None if ``terms`` say to stop for now.

    :raises PineconeWaitTimeoutError: at the deadline.
    """

    def look() -> Flow[Reading[T]]:
        value = yield from work()
        return Reading(value, Outcome(verdict=Verdict.DONE, seen=NOTHING))

    return (yield from LookLoop(what, failure=PineconeError, terms=terms, clock=clock).until_done(look))


class LookLoop:
    """The looks of one wait.

    :param what: what is waited for.
    :param failure: what to raise if it ends badly.
    """

    def __init__(self, what: str, *, failure: type[PineconeError], terms: Terms, clock: Clock) -> None:
        self._what = what
        self._failure = failure
        self._terms = terms
        self._clock = clock
        self._patience = Patience(what, terms, clock)
        self._pace = Pace(terms, clock)
        self._teller = Teller(what, told=terms.told)
        self._about: str | None = None

    def until_done(self, look: Look[T]) -> Flow[T | None]:
        """Look until it has ended, and return what was read; None if the terms say to stop for now."""
        while True:
            rest = None
            try:
                reading = yield from look()
            except PineconeError as error:
                yield from self._patience.tolerate(error)
            else:
                if (yield from self._is_done(reading)):
                    return reading.value
                rest = reading.rest
            if self._is_to_pause():
                return None
            if rest is None:
                yield Sleep(self._pause())
            else:
                yield rest(partial(self._pause_again, reading.stale_at))

    @property
    def _elapsed(self) -> float:
        return self._clock() - self._terms.started_at

    def _is_done(self, reading: Reading[object]) -> Flow[bool]:
        self._patience.relax()
        self._about = reading.outcome.about or self._about
        self._pace.learn(reading)
        yield from self._teller.tell(reading, elapsed=self._elapsed, age=self._pace.age)
        match reading.outcome:
            case Outcome(verdict=Verdict.FAILED, seen=seen):
                took = exact_time(self._elapsed)
                raise self._failure(self._of(f"failed: {seen} after {took}. Pinecone gives no reason."))
            case Outcome(verdict=Verdict.GONE, seen=seen):
                yield from self._patience.miss(seen)
            case _:
                self._patience.find()
        return reading.outcome.verdict is Verdict.DONE

    def _is_to_pause(self) -> bool:
        """Whether to stop for now. :raises PineconeWaitTimeoutError: if it is to stop for good."""
        if self._clock() >= self._terms.deadline:
            deadline = datetime.fromtimestamp(self._terms.deadline, tz=UTC)
            raise PineconeWaitTimeoutError(
                self._of(
                    f"had not ended after {exact_time(self._elapsed)}, by {deadline:%Y-%m-%d %H:%M:%S} UTC. "
                    f"It goes on in Pinecone. Last seen: {self._teller.seen}.{self._patience.fault}"
                )
            )
        return self._clock() >= self._ends_at

    def _of(self, told: str) -> str:
        """An error's message: what it is about, what happened, and last the id."""
        return f"{self._what} {told}" if self._about is None else f"{self._about} {told} {self._what}."

    @property
    def _ends_at(self) -> float:
        """When this part of the wait ends. Not amid misses: the next part would count them from 0."""
        if self._terms.pause_at is None or self._patience.misses:
            return self._terms.deadline
        return min(self._terms.pause_at, self._terms.deadline)

    def _pause_again(self, stale_at: float) -> float | None:
        """Seconds until the look after one that found nothing new; None if it is time for another reason."""
        now = self._clock()
        if now >= self._ends_at or now >= stale_at:
            return None
        self._pace.unfinished_at = now
        return min(self._pace.pause, self._ends_at - now)

    def _pause(self) -> float:
        """Seconds until the next look, which comes no later than this part of the wait ends."""
        since = self._patience.troubled_since
        usual = self._pace.pause if since is None else polling.pause(self._clock() - since)
        left = self._ends_at - self._clock()
        return max(0.0, min(max(usual, self._patience.asked_to_wait), left))
