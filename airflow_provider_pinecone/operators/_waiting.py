"""What operators share that start something and wait for its end, in the worker or in the triggerer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from airflow.providers.common.compat.sdk import conf

from airflow_provider_pinecone.api.checks import check_choice, check_interval, check_seconds, check_text
from airflow_provider_pinecone.operators._base import PineconeOperator, told_failures
from airflow_provider_pinecone.operators._killing import abandon_if_given_up
from airflow_provider_pinecone.operators._memory import remember
from airflow_provider_pinecone.triggers.events import deferral_timeout, read_event

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_pinecone.api.models import Backup
    from airflow_provider_pinecone.flows.attempt import Attempt, Deferred, Ended, Submitted, Unsettled
    from airflow_provider_pinecone.flows.clock import Clock
    from airflow_provider_pinecone.flows.deferring import WaitOptions
    from airflow_provider_pinecone.flows.steps import Flow, Ids
    from airflow_provider_pinecone.flows.waiting.restore import Restored
    from airflow_provider_pinecone.flows.waiting.value import Wait
    from airflow_provider_pinecone.policies.identity import Run
    from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger

W = TypeVar("W", bound="Wait[object]")
E = TypeVar("E", bound="Backup | Restored")
R = TypeVar("R")

DEFAULT_TIMEOUT = 8 * 3600.0
ON_CLEAR = ("new", "reuse")


class PineconeWaitingOperator(PineconeOperator, Generic[W, E]):
    """Starts a backup of an index or a restore into one, stores the ids, and waits for the end.

    :param index_name: the index (templated).
    :param wait_for_completion: wait for the end; otherwise only start.
    :param deferrable: wait in the triggerer, which holds no worker slot. The first 10 seconds or so are
        always spent in the worker.
    :param poll_interval: seconds between two polls, at least 1; None lets them grow with the wait, up to
        three minutes.
    :param timeout: the longest wait, in seconds. After it, the backup or restore goes on in Pinecone.
    :param on_clear: what a task does if it is cleared after it ended: ``new`` starts another backup or
        restore, since people clear a task when the data was fixed; ``reuse`` continues with the run's earlier
        one. Retries always continue with it, as does a task that was cleared while running, or that left it
        unfinished. With ``new``, editing the task's ``retries`` between two tries counts as clearing it.
    :param delete_on_kill: delete an unfinished backup or index when someone marks the running task failed
        (for a deferred task, since Airflow 3.3). By default it goes on: Pinecone has no call to cancel it.
        The log and the XCom ``error`` then say what became of it.
    """

    def __init__(
        self,
        *,
        index_name: str,
        wait_for_completion: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        poll_interval: float | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        on_clear: str = "new",
        delete_on_kill: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.index_name = index_name
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.poll_interval = None if poll_interval is None else check_interval("poll_interval", poll_interval)
        self.timeout = check_seconds("timeout", timeout)
        self.on_clear = check_choice("on_clear", on_clear, choices=ON_CLEAR)
        self.delete_on_kill = delete_on_kill
        self._begun: tuple[Any, Flow[str]] | None = None

    @cached_property
    def _clock(self) -> Clock:
        from airflow_provider_pinecone.hooks.clock import steady_clock

        return steady_clock()

    def execute(self, context: Context) -> dict[str, Any]:
        """Start, or find what this run started, and wait for its end."""
        return self._begin(context)

    def _begin(self, context: Context) -> dict[str, Any]:
        from airflow_provider_pinecone.flows.attempt import begin

        with told_failures(context, index_name=self.index_name):
            # Checked first: a trigger that cannot be stored would fail after something was started.
            check_text("pinecone_conn_id", self.pinecone_conn_id)
            attempt = self._attempt(context)
            flow = begin(attempt, options=self._wait_options, clock=self._clock)
            return self._end_or_defer(context, attempt, self._drive(context, attempt, flow, begun={}))

    def execute_complete(self, context: Context, event: object = None) -> dict[str, Any]:
        """Continue after the triggerer's wait. The event is not trusted: the end is read from the API.

        :raises AirflowException: if the event is missing or not one of this provider's triggers'.
        """
        from airflow_provider_pinecone.flows.attempt import resume

        status, wait = read_event(event, self._trigger_class().wait_class)
        with told_failures(context, index_name=self.index_name):
            attempt = self._attempt(context)
            flow = resume(
                attempt, wait, has_given_up=status != "done", options=self._wait_options, clock=self._clock
            )
            return self._end_or_defer(
                context, attempt, self._drive(context, attempt, flow, begun=wait.to_json())
            )

    def on_kill(self) -> None:
        """Say what becomes of what was started; delete it only if the user asked for that."""
        if self._begun is None:
            return
        task_instance, abandoning = self._begun
        hook = type(self.hook)(self.pinecone_conn_id)
        # A hook of its own: this one's client was interrupted, and so may be whatever reads the connection.
        hook.connection = self.hook.connection
        abandon_if_given_up(task_instance, lambda: hook.run(abandoning), index_name=self.index_name)

    @property
    def _wait_options(self) -> WaitOptions:
        from airflow_provider_pinecone.flows.deferring import WaitOptions

        return WaitOptions(
            timeout=self.timeout if self.wait_for_completion else None,
            poll_interval=self.poll_interval,
            deferrable=self.deferrable,
        )

    def _run(self, context: Context) -> Run:
        return self.run_of(context, survives_clear=self.on_clear == "reuse")

    def _drive(self, context: Context, attempt: Attempt[W, E], flow: Flow[R], *, begun: Ids) -> R:
        """Drive a flow, and store the ids of what it starts; ``begun`` was started earlier."""
        from airflow_provider_pinecone.flows.delete import abandon

        def has_begun(ids: Ids) -> None:
            self._begun = context["ti"], abandon(ids, tokens=self._tokens_to_delete(attempt))

        def store(ids: Ids) -> None:
            has_begun(ids)
            remember(context, ids, token=attempt.plan.token)

        if begun:
            has_begun(begun)
        answer = self.hook.run(flow, remember=store)
        self._begun = None
        return answer

    def _tokens_to_delete(self, attempt: Attempt[W, E]) -> Collection[str]:
        return attempt.plan.tokens if self.delete_on_kill else ()

    def _end_or_defer(
        self,
        context: Context,
        attempt: Attempt[W, E],
        outcome: Ended[E] | Deferred[W] | Submitted[W] | Unsettled,
    ) -> dict[str, Any]:
        from airflow_provider_pinecone.flows.attempt import Deferred, Submitted, Unsettled

        if isinstance(outcome, Unsettled):
            self._defer_until(outcome.until)
        if isinstance(outcome, Deferred):
            self._defer_for(outcome.wait, attempt)
        if isinstance(outcome, Submitted):
            return dict(outcome.result)
        return self._result(context, outcome.end)

    def _defer_until(self, moment: float) -> NoReturn:
        from airflow.providers.common.compat.standard.triggers import TimeDeltaTrigger

        left = moment - self._clock()
        self.defer(
            trigger=TimeDeltaTrigger(timedelta(seconds=left)),
            method_name="execute_settled",
            timeout=timedelta(seconds=left + self.timeout),
        )

    def _defer_for(self, wait: W, attempt: Attempt[W, E]) -> NoReturn:
        fate = "" if self.delete_on_kill else " If this task is ended before, it goes on in Pinecone."
        latest = f"{datetime.fromtimestamp(wait.deadline, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"
        self.hook.tell(f"{wait.what}: the triggerer waits for it, until {latest} at the latest.{fate}")
        self.defer(
            trigger=self._trigger_class()(
                pinecone_conn_id=self.pinecone_conn_id,
                wait=wait,
                poll_interval=self.poll_interval,
                tokens_to_delete=self._tokens_to_delete(attempt),
                index_name=self.index_name,
            ),
            method_name="execute_complete",
            timeout=deferral_timeout(wait, now=self._clock()),
        )

    @abstractmethod
    def _attempt(self, context: Context) -> Attempt[W, E]:
        """One try at this run's backup or restore."""

    @abstractmethod
    def _trigger_class(self) -> type[PineconeWaitTrigger[W]]:
        """The trigger that waits for its end."""

    def _result(self, context: Context, end: E) -> dict[str, Any]:
        """What the task returns at the end."""
        return end.as_dict()
