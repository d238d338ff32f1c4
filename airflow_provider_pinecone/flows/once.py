"""Ask for something exactly once, of an API that knows no idempotency key.

Look for what this run's token marks; if it is not there, ask for it; if the outcome is unknown or conflicts,
look with patience; and again. Nothing needs to be remembered between two tries of a task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Generic, TypeVar

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import (
    PineconeAlreadyExistsError,
    PineconeError,
    PineconeForeignAnswerError,
    PineconeTlsError,
)
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.steps import Flow, Sleep, Tell, send

T = TypeVar("T")
A = TypeVar("A")

LOOK_PAUSES = (1.0, 3.0, 6.0)
"""Seconds before each look for what a request without an answer may have made: listings lag."""

SUBMIT_PATIENCE = 300.0
"""Seconds after which a request that keeps failing is left to the task's next try."""

WRONG_HOST = (PineconeForeignAnswerError, PineconeTlsError)
"""What a wrong host answers. Before anything was asked for, it is not worth waiting for a better answer."""


@dataclass(frozen=True)
class Found(Generic[T]):
    """It was there already."""

    value: T


def find(look: Callable[[], Flow[T | None]], *, is_expected: bool = False, clock: Clock) -> Flow[T | None]:
    """Look, and after a fault rest and look again. Nothing is asked for.

    :param is_expected: whether an earlier try is known to have asked, so that it is worth looking for longer.
    :raises PineconeError: if the API refuses, or keeps failing.
    """
    give_up_at, rests = clock() + SUBMIT_PATIENCE, _rests()
    while True:
        try:
            return (yield from look_with_patience(look, pauses=LOOK_PAUSES if is_expected else ()))
        except PineconeError as fault:
            if isinstance(fault, WRONG_HOST):
                raise
            yield from _rest(fault, at_least=next(rests), patience=give_up_at - clock())


def once(
    look: Callable[[], Flow[T | None]],
    prepare: Callable[[], Flow[Call[A]]],
    *,
    is_expected: bool = False,
    clock: Clock,
) -> Flow[Found[T] | A]:
    """Look; ask; after a fault rest, and look again before asking again.

    :param look: finds what this run made; raises if something else is in its place.
    :param prepare: makes the call to ask with, once, after a look found nothing.
    :param is_expected: whether an earlier try is known to have asked, so that it is worth looking for longer.
    :return: what was there, or the API's answer.
    :raises PineconeError: if the API refuses, or keeps failing.
    """
    give_up_at, rests = clock() + SUBMIT_PATIENCE, _rests()
    look_pauses = LOOK_PAUSES if is_expected else ()
    call: Call[A] | None = None
    while True:
        try:
            found = yield from look_with_patience(look, pauses=look_pauses)
            if found is not None:
                return Found(found)
            if call is None:
                call = yield from prepare()
            look_pauses = ()
            return (yield from _ask(call, look))
        except PineconeError as fault:
            if call is None and isinstance(fault, WRONG_HOST):
                raise
            yield from _rest(fault, at_least=next(rests), patience=give_up_at - clock())
            if call is not None and fault.may_have_acted:
                # It may have been done, and not be shown yet.
                look_pauses = LOOK_PAUSES


def _ask(call: Call[A], look: Callable[[], Flow[T | None]]) -> Flow[Found[T] | A]:
    """Ask. In case of a conflict look for what this run may have made, until it is shown."""
    try:
        return (yield from send(call))
    except PineconeAlreadyExistsError:
        found = yield from look_with_patience(look, pauses=LOOK_PAUSES)
        if found is None:
            raise
        return Found(found)


def _rests() -> Iterator[float]:
    """Seconds to rest after each fault."""
    return chain((1.0, 2.0, 4.0, 8.0, 16.0), repeat(30.0))


def _rest(fault: PineconeError, *, at_least: float, patience: float) -> Flow[None]:
    """Rest after a fault. :raises PineconeError: the fault, if it will not pass while patience lasts."""
    seconds = max(at_least, getattr(fault, "retry_after", None) or 0.0)
    if not fault.passing or seconds > patience:
        raise fault
    yield Tell(f"{fault} Looking again, in {seconds:g} s.", warning=True)
    yield Sleep(seconds)


def look_with_patience(look: Callable[[], Flow[T | None]], *, pauses: tuple[float, ...]) -> Flow[T | None]:
    """Look, and look again after each pause, until something is found."""
    found = yield from look()
    for seconds in pauses:
        if found is not None:
            break
        yield Sleep(seconds)
        found = yield from look()
    return found
