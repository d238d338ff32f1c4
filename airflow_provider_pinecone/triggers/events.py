"""What triggers tell tasks: that a wait ended, and what it was for.

Apart from the triggers, because operators need it, and parsing a DAG should not pay for Airflow's triggers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from airflow.providers.common.compat.sdk import AirflowException

if TYPE_CHECKING:
    from airflow_provider_pinecone.policies.durations import Expectation

SHORT_WAIT = 10.0
"""Seconds that the worker waits before it defers.

Airflow 3.3 can lose a try of a task that resumes within seconds of deferring, and much ends sooner than that.
"""

GIVEN_UP = frozenset({"failed", "skipped", "upstream_failed", "removed"})
"""States of a task that nobody goes on with. A task marked successful is not one: someone counts on it."""


def wait_event(status: Literal["done", "error"], *, message: str, record: dict[str, Any]) -> dict[str, Any]:
    """The payload of an event.

    :param message: how the wait ended, in one line.
    :param record: what was waited for, since when and until when.
    """
    return {"status": status, "message": message, "record": record}


def read_event(event: Any, *, ids: Collection[str] = ()) -> tuple[str, dict[str, Any]]:
    """The message and the record of an event.

    :param ids: what the record must hold beside the times.
    :raises AirflowException: where the event is missing, or not one that this provider's triggers yield.
    """
    match event:
        case {
            "status": "done" | "error",
            "message": str(message),
            "record": {"started_at": int() | float(), "deadline": int() | float()} as record,
        } if record.keys() >= set(ids):
            return message, record
    raise AirflowException(
        f"The trigger ended without saying how: {event!r:.200}. "
        f"The task's next try finds what this one began."
    )


def expectation(stored: Sequence[float] | None) -> Expectation | None:
    """How long something may take, from the two numbers that a trigger's arguments hold of it."""
    from airflow_provider_pinecone.policies.durations import Expectation

    return Expectation(seconds=stored[0], factor=stored[1]) if stored else None


def deferral_timeout(record: Mapping[str, Any], *, now: float) -> timedelta:
    """After how long Airflow itself ends a deferral: a while after the deadline, if the triggerer is gone."""
    return timedelta(seconds=record["deadline"] - now + 120.0)
