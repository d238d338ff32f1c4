"""How worker and triggerer share a wait: a short one in the worker, the rest in the triggerer."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.steps import Flow, Sleep
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.flows.waiting.value import Wait
from airflow_provider_pinecone.policies.durations import History
from airflow_provider_pinecone.policies.outcome import Verdict

SHORT_WAIT = 10.0
"""Seconds that the worker waits before it defers.

Airflow 3.3 can lose a try of a task that resumes within seconds of deferring, and much ends sooner than that.
"""

EARLIEST_EVENT = 10.0
"""Seconds after which a trigger fires at the earliest, for the same reason."""


@dataclass(frozen=True, kw_only=True)
class WaitOptions:
    """How a task waits.

    :param timeout: seconds until it gives up; None if it only starts something.
    :param poll_interval: seconds between looks; None lets them grow with the wait.
    :param deferrable: whether it defers after a short wait.
    """

    timeout: float | None
    poll_interval: float | None = None
    deferrable: bool = False

    def defers(self, seconds: float) -> bool:
        """Whether a wait of so many seconds is left to the triggerer."""
        return self.deferrable and seconds > SHORT_WAIT

    def terms(
        self, wait: Wait[object], *, key_patience: float, told: Verdict | None = None, clock: Clock
    ) -> Terms:
        """The terms of the part of a wait that a worker does."""
        now = clock()
        wait = wait.as_of(now)
        return Terms(
            started_at=wait.started_at,
            deadline=wait.deadline,
            poll_interval=self.poll_interval,
            pause_at=now + SHORT_WAIT if self.deferrable else None,
            key_patience=key_patience,
            told=told,
        )


def await_event(
    wait: Wait[object], *, poll_interval: float | None, history: History | None, clock: Clock
) -> Flow[PineconeError | None]:
    """The triggerer's part of a wait, up to the moment when its trigger fires.

    :return: the error that ended it, if one did.
    """
    now = clock()
    fires_at = now + EARLIEST_EVENT
    wait = wait.as_of(now)
    error: PineconeError | None = None
    terms = Terms(
        started_at=wait.started_at,
        deadline=wait.deadline,
        poll_interval=poll_interval,
        history=history,
        told=Verdict.WAITING,
    )
    try:
        yield from wait.until_end(terms=terms, clock=clock)
    except PineconeError as raised:
        error = raised
    yield Sleep(max(0.0, fires_at - clock()))
    return error
