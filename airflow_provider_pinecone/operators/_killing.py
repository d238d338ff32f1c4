"""What a worker does when someone ends its task: it says what becomes of what the task began."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Thread
from typing import Any

from airflow_provider_pinecone._compat import task_state
from airflow_provider_pinecone.api.redaction import one_line
from airflow_provider_pinecone.triggers.events import GIVEN_UP, given_up

log = logging.getLogger(__name__)

LONGEST_ABANDONING = 20.0
"""Seconds that this may take. Airflow kills the process some seconds after it asks it to end."""


def abandon_if_given_up(task_instance: Any, abandon: Callable[[], str], *, index_name: str) -> None:
    """Abandon what a task began, and push the XCom ``error``, if Airflow says that the task is given up.

    A worker that shuts down also ends its tasks, and a cleared task runs again: the next try continues with
    what this one began.

    :param abandon: says what becomes of what the task began.
    """

    def look_and_abandon() -> None:
        try:
            state = task_state(task_instance)
            if state not in GIVEN_UP:
                log.info("Ended while the task is %s: what it began stays for the next try.", state)
                return
            error = given_up(index_name, state=state, fate=abandon())
            log.warning("%s", error["message"])
            task_instance.xcom_push(key="error", value=error)
        except Exception as error:
            log.warning("What the task began stays in Pinecone: %s", one_line(str(error)))

    # In a thread: a signal may have interrupted this process while it held the lock that task_state needs.
    thread = Thread(target=look_and_abandon, daemon=True)
    thread.start()
    thread.join(LONGEST_ABANDONING)
