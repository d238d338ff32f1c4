"""What triggers tell tasks: that a wait ended, and what it was for.

Apart from the triggers, because operators need it, and parsing a DAG should not pay for Airflow's triggers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_pinecone.api.redaction import one_line, quoted

if TYPE_CHECKING:
    from airflow_provider_pinecone.api.errors import PineconeError
    from airflow_provider_pinecone.flows.waiting.value import Wait

    W = TypeVar("W", bound=Wait[object])

GIVEN_UP = frozenset({"failed", "skipped", "upstream_failed", "removed"})
"""States of a task that will not continue. Not success: someone relies on its result."""


def given_up(index_name: str | None, *, state: str | None, fate: str) -> dict[str, str | None]:
    """The XCom ``error`` of a task that someone ended while it waited.

    :param state: which it was marked as.
    :param fate: what becomes of what it began.
    """
    subject = f"{index_name}: the task" if index_name else "The task"
    message = one_line(f"{subject} was marked {state} while it waited. {fate}")
    return {"index_name": index_name, "message": message}


def wait_event(wait: Wait[object], *, error: PineconeError | None = None) -> dict[str, Any]:
    """The payload of an event: the wait, and the error that ended it, if one did."""
    status, message = ("done", one_line(f"{wait.what} ended.")) if error is None else ("error", str(error))
    return {"status": status, "message": message, "wait": wait.to_json()}


def read_event(event: object, wait_class: type[W]) -> tuple[str, W]:
    """The status and the wait of an event.

    :raises AirflowException: if the event is missing, or not one that this provider's triggers yield.
    """
    match event:
        case {"status": "done" | "error" as status, "wait": payload}:
            try:
                return status, wait_class.from_json(payload)
            except ValueError:
                pass
    raise AirflowException(
        f"The trigger ended without saying how: {quoted(event)}. "
        f"The task's next try finds what this one began."
    )


def deferral_timeout(wait: Wait[object], *, now: float) -> timedelta:
    """After how long Airflow itself ends a deferral: a while after the deadline, if the triggerer is gone."""
    return timedelta(seconds=wait.as_of(now).deadline - now + 120.0)
