"""Ask for something exactly once, of an API that knows no idempotency key.

Look for what this run's token marks; if it is not there, ask for it; where the outcome stays open, look again
before asking again. Nothing needs to be remembered between two tries of a task.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import (
    PineconeAlreadyExistsError,
    PineconeError,
    PineconeForeignAnswerError,
    PineconeTlsError,
)
from airflow_provider_pinecone.flows.steps import Flow, Sleep, Tell, send

T = TypeVar("T")
A = TypeVar("A")
Clock = Callable[[], float]
"""Tells the time in Unix seconds, as ``time.time`` does."""

LOOK_PAUSES = (1.0, 3.0, 6.0)
"""Seconds before each look for what a request without an answer may have made: listings lag."""

SUBMIT_PATIENCE = 300.0
"""Seconds after which a request that keeps failing is left to the task's next try."""

LONGEST_PAUSE = 30.0

WRONG_HOST = (PineconeForeignAnswerError, PineconeTlsError)
"""What a wrong host answers. Before anything was asked for, it is not worth waiting for a better answer."""


@dataclass(frozen=True)
class Found(Generic[T]):
    """It was there already."""

    value: T


@dataclass(frozen=True)
class Asked(Generic[A]):
    """It was not there, and was asked for."""

    answer: A


def once(
    look: Callable[[], Flow[T | None]], prepare: Callable[[], Flow[Call[A]]], *, clock: Clock
) -> Flow[Found[T] | Asked[A]]:
    """Look, ask, and look again before asking again.

    :param look: finds what this run made; raises where something else is in its place.
    :param prepare: makes the call to ask with, once, after the first look found nothing.
    :raises PineconeError: where the API refuses, or keeps failing.
    """
    give_up_at = clock() + SUBMIT_PATIENCE
    pause = 1.0
    look_pauses: tuple[float, ...] = ()
    call: Call[A] | None = None
    is_asked = False
    conflict: PineconeAlreadyExistsError | None = None
    while True:
        try:
            found = yield from look_with_patience(look, pauses=look_pauses)
            if found is not None:
                return Found(found)
            if conflict is not None:
                raise conflict
            if call is None:
                call = yield from prepare()
            look_pauses = ()
            is_asked = True
            return Asked((yield from send(call)))
        except PineconeAlreadyExistsError as error:
            if conflict is not None:
                raise
            # It may be there and not be shown yet.
            conflict, look_pauses = error, LOOK_PAUSES
        except PineconeError as error:
            rest = max(pause, getattr(error, "retry_after", None) or 0.0)
            is_wrong_host = isinstance(error, WRONG_HOST) and not is_asked
            if not error.passing or is_wrong_host or clock() + rest > give_up_at:
                raise
            if is_asked and error.may_have_acted:
                look_pauses = LOOK_PAUSES
            todo = "Looking whether it was done all the same" if is_asked else "Trying again"
            yield Tell(f"{error} {todo}, in {rest:g} s.", warning=True)
            yield Sleep(rest)
            pause = min(pause * 2, LONGEST_PAUSE)


def look_with_patience(look: Callable[[], Flow[T | None]], *, pauses: tuple[float, ...]) -> Flow[T | None]:
    """Look, and look again after each pause, until something is found."""
    found = yield from look()
    for seconds in pauses:
        if found is not None:
            break
        yield Sleep(seconds)
        found = yield from look()
    return found
