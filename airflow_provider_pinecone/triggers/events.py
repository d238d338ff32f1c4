"""What triggers tell tasks: that a wait ended, and what it was for.

Apart from the triggers, because operators need it, and parsing a DAG should not pay for Airflow's triggers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from airflow.providers.common.compat.sdk import AirflowException


def wait_event(status: Literal["done", "error"], *, message: str, record: dict[str, Any]) -> dict[str, Any]:
    """The payload of an event.

    :param message: how the wait ended, in one line.
    :param record: what was waited for, since when and until when.
    """
    return {"status": status, "message": message, "record": record}


def read_event(event: Any) -> tuple[str, dict[str, Any]]:
    """The message and the record of an event.

    :raises AirflowException: where the event is missing, or not one that this provider's triggers yield.
    """
    match event:
        case {"status": "done" | "error", "message": str(message), "record": {"deadline": _} as record}:
            return message, record
    raise AirflowException(f"The trigger ended without saying how: {event!r:.200}. Clear the task.")


def deferral_timeout(record: Mapping[str, Any], *, now: float) -> timedelta:
    """After how long Airflow itself ends a deferral: a while after the deadline, if the triggerer is gone."""
    return timedelta(seconds=record["deadline"] - now + 120.0)
