"""A task and its tries, as Airflow plays them: worker, triggerer, worker again, and the next try."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, TaskDeferred

from tests.airflow.conftest import context_of

RETRIES = 2
RETRY_DELAY = 0.2
MOST_DEFERRALS = 10


@dataclass
class Told:
    """What became of a task.

    :param returned: what its last try returned.
    :param failure: what its last try failed with; None where it succeeded.
    :param is_final: whether the failure told Airflow not to try again.
    """

    tries: int = 0
    deferrals: int = 0
    returned: Any = None
    xcoms: dict[str, Any] = field(default_factory=dict)
    failure: Exception | None = None
    is_final: bool = False


def play(make: Callable[[], Any], *, meanwhile: Callable[[], None], cleared_after: int = 0) -> Told:
    """Try a task until it succeeds, or Airflow would not try it again.

    :param make: the operator, as each process parses it anew.
    :param meanwhile: what happens while the task is deferred.
    :param cleared_after: how many tries it had when someone cleared it.
    """
    told = Told()
    max_tries = cleared_after + RETRIES
    for try_number in range(cleared_after + 1, max_tries + 2):
        if told.tries:
            time.sleep(RETRY_DELAY)
        told.tries += 1
        # Airflow clears what the try before has pushed.
        context = context_of(make(), try_number=try_number, max_tries=max_tries)
        try:
            told.returned = _one_try(make, context, told, meanwhile)
            told.failure = None
        except Exception as error:
            told.failure, told.is_final = error, isinstance(error, AirflowFailException)
        told.xcoms = context["ti"].xcoms
        if told.failure is None or told.is_final:
            break
    return told


def _one_try(make: Callable[[], Any], context: Any, told: Told, meanwhile: Callable[[], None]) -> Any:
    go_on = make().execute
    arguments: dict[str, Any] = {}
    for _ in range(MOST_DEFERRALS):
        try:
            return go_on(context, **arguments)
        except TaskDeferred as deferred:
            told.deferrals += 1
            meanwhile()
            arguments = {**(deferred.kwargs or {}), "event": asyncio.run(_event_of(deferred.trigger))}
            go_on = getattr(make(), deferred.method_name)
    raise AssertionError(f"deferred more than {MOST_DEFERRALS} times")


async def _event_of(trigger: Any) -> Any:
    """The event of the trigger that a triggerer makes of what was handed over."""
    _, arguments = trigger.serialize()
    [event] = [event async for event in type(trigger)(**arguments).run()]
    return event.payload
