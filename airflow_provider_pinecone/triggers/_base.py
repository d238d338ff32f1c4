"""What the triggers share: they drive a wait's flow in the triggerer, and say how it ended."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Collection
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_pinecone._compat import task_state
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.terms import Terms
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.triggers.events import GIVEN_UP, wait_event
from airflow_provider_pinecone.triggers.watcher import watching

EARLIEST_EVENT = 10.0
"""Seconds after which a trigger fires at the earliest.

Airflow 3.3 can take the resumption of a task that deferred a few seconds ago for a failed try.
"""


class PineconeWaitTrigger(BaseTrigger):
    """Waits for an end, without a worker slot.

    The event is ``{"status": "done" or "error", "message": one line, "record": what was waited for}``.
    Whoever receives it reads the truth from the API again.

    There is no call to cancel a backup or a restore: what was begun in Pinecone goes on when someone ends the
    task, unless ``tokens_to_delete`` are given. A triggerer's own end or restart never deletes anything.

    :param pinecone_conn_id: the Airflow connection; the key itself is never a trigger's argument.
    :param started_at: when the wait began, in Unix seconds.
    :param deadline: when it must have ended, in Unix seconds: absolute, so that a restart of the triggerer
        does not begin it anew.
    :param poll_interval: seconds between two looks; None lets them grow with the wait.
    :param tokens_to_delete: delete what is waited for, if it is unfinished and bears one of these, when
        someone marks the deferred task failed; none delete nothing. Airflow tells of that since 3.3.
    """

    def __init__(
        self,
        *,
        pinecone_conn_id: str,
        started_at: float,
        deadline: float,
        poll_interval: float | None = None,
        tokens_to_delete: Collection[str] = (),
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Airflow leaves it untyped
        self.pinecone_conn_id = pinecone_conn_id
        self.started_at = started_at
        self.deadline = deadline
        self.poll_interval = poll_interval
        self.tokens_to_delete = sorted(tokens_to_delete)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class path and the arguments, all fit for JSON."""
        arguments = {
            "pinecone_conn_id": self.pinecone_conn_id,
            "poll_interval": self.poll_interval,
            "tokens_to_delete": self.tokens_to_delete,
            **self.record,
        }
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    @property
    def record(self) -> dict[str, Any]:
        """What is waited for, since when and until when: what a task needs to go on after the event."""
        return {"started_at": self.started_at, "deadline": self.deadline, **self._arguments()}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and say how it ended."""
        fires_at = time.monotonic() + EARLIEST_EVENT
        try:
            async with watching(self.pinecone_conn_id) as watcher:
                terms = Terms(
                    started_at=self.started_at,
                    deadline=self.deadline,
                    poll_interval=self.poll_interval,
                    history=watcher.history,
                )
                await watcher.run(self._flow(terms), tell=self._tell)
            event = wait_event("done", message=f"{self._what()} ended.", record=self.record)
        except PineconeError as error:
            event = wait_event("error", message=str(error), record=self.record)
        await asyncio.sleep(max(0.0, fires_at - time.monotonic()))
        yield TriggerEvent(event)  # type: ignore[no-untyped-call] # Airflow leaves it untyped

    async def on_kill(self) -> None:
        """Delete what was begun, where that was asked for and the task has been given up.

        Airflow calls this, too, when a task is cleared; its next try may have adopted what was begun by then.
        """
        if not self.tokens_to_delete:
            return
        state = await asyncio.to_thread(task_state, self.task_instance)
        if state not in GIVEN_UP:
            self.log.info("Ended while the task is %s: %s stays, for its next try.", state, self._what())
            return
        try:
            # With a client of its own: run() has ended by now, and the watcher may be closed.
            await PineconeBackupHook(self.pinecone_conn_id).arun(self._undo(self.tokens_to_delete))
        except Exception as error:  # Pinecone's, or of whoever keeps the connection
            self.log.warning("%s was not deleted: %s", self._what(), error)

    def _tell(self, message: str, *, warning: bool) -> None:
        (self.log.warning if warning else self.log.info)("%s", message)

    @abstractmethod
    def _arguments(self) -> dict[str, Any]:
        """The arguments beside those that all share."""

    @abstractmethod
    def _flow(self, terms: Terms) -> Flow[Any]:
        """The wait."""

    @abstractmethod
    def _undo(self, tokens: Collection[str]) -> Flow[None]:
        """Delete what is waited for, if it is unfinished."""

    @abstractmethod
    def _what(self) -> str:
        """What is waited for, for the log."""
