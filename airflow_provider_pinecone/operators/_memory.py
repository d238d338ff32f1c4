"""Storing the ids of what a run has begun, for its later tries and for later tasks.

XComs are for other tasks. The task state store (since Airflow 3.3) outlives a try: the next one finds there a
restore job that the listing omits, and the backup that its generation adopted. The store is a shortcut, never
an authority: an id counts only with the token it was stored with, and is read from the API before it is used.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

log = logging.getLogger(__name__)

KEY = "airflow_provider_pinecone"
FIRST_START = f"{KEY}_first_start"


def remembered(context: Context, *, token: str) -> Mapping[str, Any]:
    """The ids that an earlier try of the run stored; empty if there are none."""
    store: Any = context.get("task_state_store")
    if store is None:
        return {}
    try:
        kept = store.get(KEY)
    except Exception as error:
        log.warning("The task state store cannot be read: %s. Looking only in Pinecone.", error)
        return {}
    match kept:
        case {"token": str(of), "ids": dict(ids)} if of == token:
            return ids
    return {}


def first_start(context: Context, *, token: str, generation: int, now: float) -> float:
    """When this generation of the run started first, in Unix seconds: now, unless the store knows better."""
    store: Any = context.get("task_state_store")
    if store is None:
        return now
    of = f"{token} {generation}"
    try:
        match store.get(FIRST_START):
            case {"of": str(kept), "at": float(at)} if kept == of:
                return min(at, now)
        store.set(FIRST_START, {"of": of, "at": now})
    except Exception as error:
        log.warning("The task state store cannot be used: %s. Taking this try's start for the run's.", error)
    return now


def remember(context: Context, ids: Mapping[str, str | None], *, token: str) -> None:
    """Store ids as XComs, and in the task state store if there is one."""
    store: Any = context.get("task_state_store")
    if store is not None:
        try:
            store.set(KEY, {"token": token, "ids": dict(ids)})
        except Exception as error:
            log.warning("The task state store cannot be written: %s. The run's token is enough.", error)
    for key, value in ids.items():
        context["ti"].xcom_push(key=key, value=value)
