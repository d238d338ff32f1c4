"""What the sensors share: polling in a worker, or waiting in the triggerer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
    PokeReturnValue,
    conf,
)

from airflow_provider_pinecone.api.checks import check_interval
from airflow_provider_pinecone.api.errors import PineconeError, PineconeWaitTimeoutError
from airflow_provider_pinecone.hooks import DEFAULT_CONN_ID
from airflow_provider_pinecone.triggers.events import deferral_timeout, read_event

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_pinecone.api.models import Backup
    from airflow_provider_pinecone.flows.clock import Clock
    from airflow_provider_pinecone.flows.waiting.restore import Restored
    from airflow_provider_pinecone.flows.waiting.value import Wait
    from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
    from airflow_provider_pinecone.policies.outcome import Verdict
    from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger

W = TypeVar("W", bound="Wait[Backup | Restored]")

SHORTEST_POKE = 5.0


class PineconeSensor(BaseSensorOperator, Generic[W]):
    """Waits for the end of something that was started elsewhere, and returns it as a dict.

    Passing faults (429, 5xx, lost connections) count as "not yet", until ``timeout``. If the backup or
    restore failed or does not exist, the task fails at once, without a retry.

    - ``mode="poke"`` holds its worker slot between polls; ``mode="reschedule"`` releases it and starts a
      worker for each poll. With ``deferrable=True`` the triggerer waits, and ``mode`` does not matter.
    - ``soft_fail=True`` skips the task and its successors instead of failing.

    :param pinecone_conn_id: the Airflow connection to Pinecone (templated).
    :param deferrable: wait in the triggerer, which holds no worker slot.
    :param poke_interval: seconds between two polls, at least 1; None lets them grow with the wait, up to
        three minutes.
    """

    template_fields: Sequence[str] = ("pinecone_conn_id",)
    ui_color: str = "#e3ecfa"

    def __init__(
        self,
        *,
        pinecone_conn_id: str = DEFAULT_CONN_ID,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        poke_interval: Any = None,
        **kwargs: Any,
    ) -> None:
        self.is_adaptive = poke_interval is None
        super().__init__(poke_interval=SHORTEST_POKE if self.is_adaptive else poke_interval, **kwargs)
        if not self.is_adaptive:
            check_interval("poke_interval", self.poke_interval)
        self.pinecone_conn_id = pinecone_conn_id
        self.deferrable = deferrable

    @cached_property
    def hook(self) -> PineconeBackupHook:
        """The hook, which reads the connection when it is first used."""
        from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook

        return PineconeBackupHook(self.pinecone_conn_id)

    def execute(self, context: Context) -> Any:
        """Wait in this worker; if ``deferrable``, only for some seconds, and then in the triggerer."""
        if not self.deferrable:
            return super().execute(context)
        with self._soft_failures():
            now = self._clock()
            return self._look_or_defer(self._checked_wait(started_at=now, deadline=now + self.timeout))

    @cached_property
    def _clock(self) -> Clock:
        from airflow_provider_pinecone.hooks.clock import steady_clock

        return steady_clock()

    @cached_property
    def _first_poke_at(self) -> float:
        return self._clock()

    def poke(self, context: Context) -> PokeReturnValue:
        """Poll once. Airflow itself enforces ``timeout``."""
        wait = self._checked_wait(started_at=self._first_poke_at, deadline=self._clock() + self.timeout)
        found = self._look(wait, patience=0.0)
        return PokeReturnValue(is_done=found is not None, xcom_value=found)

    def execute_complete(self, context: Context, event: object = None) -> dict[str, Any]:
        """Continue after the triggerer's wait. The event is not trusted: the end is read from the API.

        :raises AirflowException: if the event is missing or not one of this provider's triggers'.
        """
        from airflow_provider_pinecone.flows.waiting.terms import KEY_PATIENCE
        from airflow_provider_pinecone.policies.outcome import Verdict

        status, wait = read_event(event, self._trigger_class().wait_class)
        # Only the times come from the event; the task's arguments say what to wait for.
        wait = self._checked_wait(started_at=wait.started_at, deadline=wait.deadline)
        if status == "done":
            return self._look_or_defer(wait, key_patience=KEY_PATIENCE, told=Verdict.DONE)
        # The triggerer had given a refused key its time.
        return self._look_or_defer(wait)

    def _checked_wait(self, *, started_at: float, deadline: float) -> W:
        try:
            return self._wait(started_at=started_at, deadline=deadline)
        except PineconeError as error:
            raise AirflowFailException(str(error)) from None

    def _look_or_defer(
        self, wait: W, *, key_patience: float = 0.0, told: Verdict | None = None
    ) -> dict[str, Any]:
        from airflow_provider_pinecone.flows.deferring import SHORT_WAIT

        found = self._look(wait, patience=SHORT_WAIT, key_patience=key_patience, told=told)
        if found is None:
            self.defer(
                trigger=self._trigger_class()(
                    pinecone_conn_id=self.pinecone_conn_id,
                    wait=wait,
                    poll_interval=None if self.is_adaptive else self.poke_interval,
                ),
                method_name="execute_complete",
                timeout=deferral_timeout(wait, now=self._clock()),
            )
        return found

    def _get_next_poke_interval(self, started_at: Any, run_duration: Any, poke_count: int) -> float:
        from airflow_provider_pinecone.policies import polling

        if self.is_adaptive:
            return max(SHORTEST_POKE, polling.pause(run_duration()))
        return super()._get_next_poke_interval(started_at, run_duration, poke_count)

    def _look(
        self, wait: W, *, patience: float, key_patience: float = 0.0, told: Verdict | None = None
    ) -> dict[str, Any] | None:
        """The result, if the wait ends well within ``patience`` seconds; otherwise None."""
        from airflow_provider_pinecone.flows.deferring import SHORT_WAIT
        from airflow_provider_pinecone.flows.waiting.terms import Terms

        now = self._clock()
        wait = wait.as_of(now)
        terms = Terms(
            started_at=wait.started_at,
            deadline=wait.deadline,
            pause_at=now + patience,
            # By then, the hook has read the connection again.
            key_patience=key_patience,
            miss_patience=SHORT_WAIT,
            told=told,
        )
        try:
            end = self.hook.run(wait.until_end(terms=terms, clock=self._clock))
        except PineconeWaitTimeoutError as error:
            raise AirflowSensorTimeout(str(error)) from None
        except PineconeError as error:
            raise AirflowFailException(str(error)) from None
        return None if end is None else end.as_dict()

    @contextmanager
    def _soft_failures(self) -> Iterator[None]:
        """Apply ``soft_fail`` as Airflow's own ``execute`` does."""
        try:
            yield
        except AirflowSkipException:
            raise
        except AirflowException as error:
            if self.soft_fail or self.never_fail:
                raise AirflowSkipException(f"Skipped because of soft_fail: {error}") from None
            raise

    @abstractmethod
    def _wait(self, *, started_at: float, deadline: float) -> W:
        """The wait that the task's arguments ask for."""

    @abstractmethod
    def _trigger_class(self) -> type[PineconeWaitTrigger[W]]:
        """The trigger that does the same wait."""
