"""One try of a task: start, or find what an earlier try started; wait a little; end, or defer.

Operators drive these flows, and so does the search that proves them: there is no other copy of the sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.deferring import WaitOptions
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.waiting.terms import KEY_PATIENCE
from airflow_provider_pinecone.flows.waiting.value import Wait
from airflow_provider_pinecone.policies.outcome import Verdict

W = TypeVar("W", bound=Wait[object])
E = TypeVar("E")


@dataclass(frozen=True)
class Ended(Generic[E]):
    """The try ended well, with this."""

    end: E


@dataclass(frozen=True)
class Deferred(Generic[W]):
    """The try continues in the triggerer, with this wait."""

    wait: W


@dataclass(frozen=True)
class Unsettled:
    """The try begins again at this time, in Unix seconds: then a backup includes the data."""

    until: float


@dataclass(frozen=True, kw_only=True)
class Submitted(Generic[W]):
    """What was started, by this try or an earlier one.

    :param wait: the wait for its end.
    :param is_found: whether an earlier try started it.
    :param result: what the task returns if it does not wait.
    """

    wait: W
    is_found: bool
    result: Mapping[str, Any]


class Plan(Protocol):
    """What a run makes exactly once, and the tokens that mark it."""

    @property
    def token(self) -> str:
        """The token of this generation of the run."""

    @property
    def tokens(self) -> Collection[str]:
        """The tokens of all its generations so far."""


@dataclass(frozen=True, kw_only=True)
class Attempt(Generic[W, E]):
    """One try at a plan.

    :param submit: starts it, or finds what an earlier try started; takes ``timeout`` and ``clock``.
    :param finish: waits for its end and checks it, or defers if ``terms`` pause before that; takes the wait,
        ``is_found``, ``terms`` and ``clock``.
    :param await_data: waits until it includes the data, unless an earlier try started it; takes
        ``options`` and ``clock``.
    """

    plan: Plan
    submit: Callable[..., Flow[Submitted[W]]]
    finish: Callable[..., Flow[Ended[E] | Deferred[W]]]
    await_data: Callable[..., Flow[Unsettled | None]] | None = None


def begin(
    attempt: Attempt[W, E], *, options: WaitOptions, clock: Clock
) -> Flow[Ended[E] | Deferred[W] | Submitted[W] | Unsettled]:
    """Submit and finish; only submit if the task does not wait.

    :raises PineconeError: with which the try fails.
    """
    if attempt.await_data is not None:
        unsettled = yield from attempt.await_data(options=options, clock=clock)
        if unsettled is not None:
            return unsettled
    submitted = yield from attempt.submit(timeout=options.timeout, clock=clock)
    if options.timeout is None:
        return submitted
    terms = options.terms(submitted.wait, key_patience=KEY_PATIENCE, clock=clock)
    return (yield from attempt.finish(submitted.wait, is_found=submitted.is_found, terms=terms, clock=clock))


def resume(
    attempt: Attempt[W, E], wait: W, *, has_given_up: bool, options: WaitOptions, clock: Clock
) -> Flow[Ended[E] | Deferred[W]]:
    """Finish after the triggerer's wait: its event is not trusted, the end is read again.

    :param has_given_up: whether the triggerer's wait failed. It gave a refused key its time.
    :raises PineconeError: with which the try fails.
    """
    terms = options.terms(
        wait,
        key_patience=0.0 if has_given_up else KEY_PATIENCE,
        told=None if has_given_up else Verdict.DONE,
        clock=clock,
    )
    # It is no longer known which try started it.
    return (yield from attempt.finish(wait, is_found=True, terms=terms, clock=clock))
