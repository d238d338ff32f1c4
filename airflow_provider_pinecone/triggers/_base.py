"""What the triggers share: they drive a wait in the triggerer, and say how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any, Generic, TypeVar

from airflow.providers.common.compat.sdk import XCom
from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_pinecone._compat import task_state
from airflow_provider_pinecone.api.checks import check_interval
from airflow_provider_pinecone.api.redaction import one_line
from airflow_provider_pinecone.flows.deferring import await_event
from airflow_provider_pinecone.flows.delete import abandon
from airflow_provider_pinecone.flows.waiting.value import Wait
from airflow_provider_pinecone.hooks.clock import steady_clock
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.triggers.events import GIVEN_UP, given_up, wait_event
from airflow_provider_pinecone.triggers.watcher import Watcher, watching

W = TypeVar("W", bound=Wait[object])


class PineconeWaitTrigger(BaseTrigger, Generic[W]):
    """Waits for an end, without a worker slot.

    The event is ``{"status": "done" or "error", "message": one line, "wait": what was waited for}``.
    Whoever receives it reads the truth from the API again.

    Pinecone has no call to cancel a backup or a restore: it goes on when someone ends the task, unless
    ``tokens_to_delete`` are given. The end or restart of a triggerer never deletes anything. Since Airflow
    3.3, which tells triggers of it, the log then says what becomes of what was started.

    :param pinecone_conn_id: the Airflow connection; the key itself is never a trigger's argument.
    :param wait: what to wait for, or its JSON object.
    :param poll_interval: seconds between two polls, at least 1; None lets them grow with the wait.
    :param tokens_to_delete: if someone marks the deferred task failed, delete what it waits for if that is
        unfinished and carries one of these tokens.
    :param index_name: if someone marks the deferred task failed, push the XCom ``error`` with this name.
    """

    wait_class: type[W]

    def __init__(
        self,
        *,
        pinecone_conn_id: str,
        wait: W | Mapping[str, object],
        poll_interval: float | None = None,
        tokens_to_delete: Collection[str] = (),
        index_name: str | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Airflow leaves it untyped
        self.pinecone_conn_id = pinecone_conn_id
        self.wait = self.wait_class.from_json(wait) if isinstance(wait, Mapping) else wait
        self.poll_interval = None if poll_interval is None else check_interval("poll_interval", poll_interval)
        self.tokens_to_delete = sorted(tokens_to_delete)
        self.index_name = index_name

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class path and the arguments, all fit for JSON."""
        arguments = {
            "pinecone_conn_id": self.pinecone_conn_id,
            "wait": self.wait.to_json(),
            "poll_interval": self.poll_interval,
            "tokens_to_delete": self.tokens_to_delete,
            "index_name": self.index_name,
        }
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and say how it ended."""
        async with watching(self.pinecone_conn_id) as watcher:
            waiting = await_event(
                self.wait, poll_interval=self.poll_interval, history=watcher.history, clock=steady_clock()
            )
            error = await watcher.run(waiting, tell=self._tell)
        event = wait_event(self.wait, error=error)
        yield TriggerEvent(event)  # type: ignore[no-untyped-call] # Airflow leaves it untyped

    async def on_kill(self) -> None:
        """Say what becomes of what was started; delete it only if the user asked for that.

        Airflow also calls this when a task is cleared, and then the next try may have adopted it.
        """
        ti: Any = self.task_instance
        state = await asyncio.to_thread(task_state, ti)
        if state not in GIVEN_UP:
            goes_on = "goes on in Pinecone" if state == "success" else "stays for the next try"
            self._tell(f"Ended while the task is {state}: {self.wait.what} {goes_on}.")
            return
        error = given_up(self.index_name, state=state, fate=await self._abandon())
        self.log.warning("%s", error["message"])
        if self.index_name is not None:
            await asyncio.to_thread(
                XCom.set,
                key="error",
                value=error,
                dag_id=ti.dag_id,
                task_id=ti.task_id,
                run_id=ti.run_id,
                map_index=-1 if ti.map_index is None else ti.map_index,
            )

    async def _abandon(self) -> str:
        # Of its own: others share the waits' watcher, which may be throttled or have an outdated key.
        watcher = Watcher(PineconeBackupHook(self.pinecone_conn_id))
        try:
            abandoning = abandon(self.wait.to_json(), tokens=self.tokens_to_delete)
            return await watcher.run(abandoning, tell=self._tell)
        except Exception as error:  # the secrets backend's
            return f"{self.wait.what} was not deleted: {error}"
        finally:
            await watcher.aclose()

    def _tell(self, message: str, *, warning: bool = False) -> None:
        (self.log.warning if warning else self.log.info)("%s", one_line(message))
