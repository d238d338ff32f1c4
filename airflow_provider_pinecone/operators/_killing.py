"""What a worker does when someone ends its task: nothing, unless the user asked for deletion."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Thread
from typing import Any

from airflow_provider_pinecone._compat import task_state
from airflow_provider_pinecone.triggers.events import GIVEN_UP

log = logging.getLogger(__name__)

LONGEST_UNDOING = 20.0
"""Seconds that the deletion may take. Airflow kills the process some seconds after it asks it to end."""


def undo_if_given_up(task_instance: Any, undo: Callable[[], None]) -> None:
    """Undo what a task began, if Airflow says that the task has been given up.

    A worker that shuts down also ends its tasks, and a cleared task runs again: the next try continues with
    what this one began.
    """

    def look_and_undo() -> None:
        try:
            state = task_state(task_instance)
            if state in GIVEN_UP:
                undo()
            else:
                log.info("Ended while the task is %s: what it began stays for the next try.", state)
        except Exception as error:
            log.warning("What the task began in Pinecone was not deleted: %s", error)

    # In a thread: a signal may have interrupted this process while it held the lock that task_state needs.
    thread = Thread(target=look_and_undo, daemon=True)
    thread.start()
    thread.join(LONGEST_UNDOING)
