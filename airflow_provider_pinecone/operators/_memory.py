"""What a run has begun, kept for its later tries and for the tasks after it.

The XCom is for other tasks. The task state store, which Airflow has since 3.3, outlives a try: there the
run's next one finds a restore job that the listing leaves out, and the backup that its generation adopted.
It is a shortcut and never an authority: what it says counts only for the token it was said of, and what it
names is read from the API before it is believed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

log = logging.getLogger(__name__)

KEY = "airflow_provider_pinecone"


def remembered(context: Context, *, token: str) -> Mapping[str, Any]:
    """The ids that an earlier try of the run put on record; empty where there are none."""
    store: Any = context.get("task_state_store")
    if store is None:
        return {}
    try:
        kept = store.get(KEY)
    except Exception as error:
        log.warning("The task state store cannot be read: %s. Looking in Pinecone alone.", error)
        return {}
    match kept:
        case {"token": str(of), "ids": dict(ids)} if of == token:
            return ids
    return {}


def put_on_record(context: Context, ids: Mapping[str, str | None], *, token: str) -> None:
    """Keep ids as XComs, and in the task state store where there is one."""
    store: Any = context.get("task_state_store")
    if store is not None:
        try:
            store.set(KEY, {"token": token, "ids": dict(ids)})
        except Exception as error:
            log.warning("The task state store cannot be written: %s. The run's token is enough.", error)
    for key, value in ids.items():
        context["ti"].xcom_push(key=key, value=value)
