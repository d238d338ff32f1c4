"""What operators share that begin something and wait for its end, in the worker or in the triggerer."""

from __future__ import annotations

import json
import time
from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow.providers.common.compat.sdk import conf

from airflow_provider_pinecone.api.checks import check_choice, check_seconds
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators._base import PineconeOperator
from airflow_provider_pinecone.operators._killing import undo_if_given_up
from airflow_provider_pinecone.operators._memory import put_on_record
from airflow_provider_pinecone.triggers.events import SHORT_WAIT, deferral_timeout, expectation, read_event

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_pinecone.flows.steps import Flow
    from airflow_provider_pinecone.flows.submit_backup import BackupPlan
    from airflow_provider_pinecone.flows.submit_restore import RestorePlan
    from airflow_provider_pinecone.flows.terms import Terms
    from airflow_provider_pinecone.policies.identity import Run
    from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger

R = TypeVar("R")

DEFAULT_TIMEOUT = 8 * 3600.0
ON_CLEAR = ("new", "reuse")


class PineconeWaitingOperator(PineconeOperator):
    """Begins something, puts its ids on record, and waits for its end.

    :param wait_for_completion: wait for the end, rather than only begin.
    :param deferrable: wait in the triggerer, which takes no worker slot. What ends within about 10 seconds is
        waited for in the worker all the same.
    :param poll_interval: seconds between two looks; None lets them grow with the wait, up to three minutes.
    :param timeout: seconds to wait at most. What was begun in Pinecone goes on after that.
    :param on_clear: what a task does that was cleared after it had ended: ``new`` makes another, since people
        clear a task when the data was mended; ``reuse`` goes on with what the run made before. Retries always
        go on with it, and so does a task that was cleared while it ran, or that left it unfinished. With
        ``new``, editing the task's ``retries`` between two tries counts as clearing it.
    :param delete_on_kill: delete what is still unfinished when someone marks the running task failed. A
        deferred task does so since Airflow 3.3. Pinecone has no call to cancel; by default it goes on.
    """

    ids: ClassVar[Collection[str]]
    """What names that which is waited for, in a trigger's event."""

    def __init__(
        self,
        *,
        wait_for_completion: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        poll_interval: float | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        on_clear: str = "new",
        delete_on_kill: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.poll_interval = None if poll_interval is None else check_seconds("poll_interval", poll_interval)
        self.timeout = check_seconds("timeout", timeout)
        self.on_clear = check_choice("on_clear", on_clear, choices=ON_CLEAR)
        self.delete_on_kill = delete_on_kill
        self._begun: tuple[Any, BackupPlan | RestorePlan, Mapping[str, Any]] | None = None

    def execute_complete(self, context: Context, event: Any = None) -> dict[str, Any]:
        """Go on after the triggerer waited. What it says is not believed: the end is read from the API.

        :raises AirflowException: where the event is missing or not one of this provider's triggers'.
        """
        message, record = read_event(event, ids=self.ids)
        self.log.info("The triggerer's wait ended: %s", message)
        # Where the triggerer gave up it had given a refused key its time.
        has_given_up = event["status"] != "done"
        with self._told_failures(context):
            # Who began it is not in the event.
            return self._wait(context, self._plan(context), record, is_found=True, has_given_up=has_given_up)

    def on_kill(self) -> None:
        """Delete what was begun, where that was asked for and the task has been given up."""
        if not self.delete_on_kill or self._begun is None:
            return
        task_instance, plan, ids = self._begun
        hook = PineconeBackupHook(self.pinecone_conn_id)
        # The client in use was interrupted, and reading the connection may need what was interrupted too.
        hook.connection = self.hook.connection
        undo_if_given_up(task_instance, lambda: hook.run(self._undo(plan, ids)))

    def _run(self, context: Context) -> Run:
        return self.run_of(context, survives_clear=self.on_clear == "reuse")

    def _drive(
        self, context: Context, plan: BackupPlan | RestorePlan, flow: Flow[R], *, ids: dict[str, Any]
    ) -> R:
        """Drive a flow. The ids of what it begins go into ``ids``, and on record."""

        def record(begun: Mapping[str, str | None]) -> None:
            ids.update(begun)
            self._begun = context["ti"], plan, ids
            put_on_record(context, begun, token=plan.token)

        self._begun = (context["ti"], plan, ids) if ids else None
        end = self.hook.run(flow, remember=record)
        self._begun = None
        return end

    def _await_end(
        self, context: Context, plan: Any, ids: Mapping[str, Any], *, is_found: bool
    ) -> dict[str, Any]:
        """Wait for the end of what ``ids`` name, and return what the task returns.

        :param is_found: whether a try before this one began it.
        """
        now = time.time()
        record = {**ids, "started_at": now, "deadline": now + self.timeout}
        return self._wait(context, plan, record, is_found=is_found)

    def _wait(
        self,
        context: Context,
        plan: Any,
        record: Mapping[str, Any],
        *,
        is_found: bool,
        has_given_up: bool = False,
    ) -> dict[str, Any]:
        from airflow_provider_pinecone.flows.terms import KEY_PATIENCE, Terms

        terms = Terms(
            started_at=record["started_at"],
            deadline=record["deadline"],
            poll_interval=self.poll_interval,
            expected=expectation(record.get("expected")),
            key_patience=0.0 if has_given_up else KEY_PATIENCE,
        )
        if self.deferrable:
            terms = terms.pausing_at(time.time() + SHORT_WAIT)
        awaited = dict(record)
        settling = self._settle(plan, record, is_found=is_found, terms=terms)
        end = self._drive(context, plan, settling, ids=awaited)
        if end is None:
            self.defer(
                trigger=self._trigger(plan, awaited),
                method_name="execute_complete",
                timeout=deferral_timeout(awaited, now=time.time()),
            )
        return self._result(context, end, awaited)

    def _check_deferral(self, plan: Any, ids: Mapping[str, Any]) -> None:
        """Fail now where the trigger could not be stored: afterwards, something would have been begun."""
        if self.wait_for_completion and self.deferrable:
            json.dumps(self._trigger(plan, {**ids, "started_at": 0.0, "deadline": 1.0}).serialize())

    @abstractmethod
    def _told_failures(self, context: Context) -> Any:
        """Report failures with what they are about."""

    @abstractmethod
    def _plan(self, context: Context) -> Any:
        """What this run is to make."""

    @abstractmethod
    def _settle(self, plan: Any, record: Mapping[str, Any], *, is_found: bool, terms: Terms) -> Flow[Any]:
        """The wait for what the record names, up to its judgement."""

    @abstractmethod
    def _undo(self, plan: Any, record: Mapping[str, Any]) -> Flow[None]:
        """Delete what the record names, if it is unfinished."""

    @abstractmethod
    def _trigger(self, plan: Any, record: Mapping[str, Any]) -> PineconeWaitTrigger:
        """The same wait, for the triggerer."""

    @abstractmethod
    def _result(self, context: Context, end: Any, record: Mapping[str, Any]) -> dict[str, Any]:
        """What the task returns."""
