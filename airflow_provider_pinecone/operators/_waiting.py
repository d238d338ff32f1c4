"""What operators share that begin something and wait for its end, in the worker or in the triggerer."""

from __future__ import annotations

import json
import time
from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import conf

from airflow_provider_pinecone.api.checks import check_seconds
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.wait import KEY_PATIENCE, Terms
from airflow_provider_pinecone.operators._base import PineconeOperator
from airflow_provider_pinecone.triggers.events import SHORT_WAIT, deferral_timeout, read_event

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_pinecone.triggers._base import PineconeWaitTrigger

DEFAULT_TIMEOUT = 8 * 3600.0


class PineconeWaitingOperator(PineconeOperator):
    """Begins something, puts its ids on record, and waits for its end.

    :param wait_for_completion: wait for the end, rather than only begin.
    :param deferrable: wait in the triggerer, which takes no worker slot. What ends within about 10 seconds is
        waited for in the worker all the same.
    :param poll_interval: seconds between two looks; None lets them grow with the wait, up to three minutes.
    :param timeout: seconds to wait at most. What was begun in Pinecone goes on after that.
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
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.poll_interval = None if poll_interval is None else check_seconds("poll_interval", poll_interval)
        self.timeout = check_seconds("timeout", timeout)

    def execute_complete(self, context: Context, event: Any = None) -> dict[str, Any]:
        """Go on after the triggerer waited. What it says is not believed: the end is read from the API.

        :raises AirflowException: where the event is missing or not one of this provider's triggers'.
        """
        message, record = read_event(event, ids=self.ids)
        self.log.info("The triggerer's wait ended: %s", message)
        with self._told_failures(context):
            # The triggerer has given a refused key its time.
            return self._wait(context, record, key_patience=0.0)

    def _await_end(self, context: Context, ids: Mapping[str, Any]) -> dict[str, Any]:
        """Wait for the end of what ``ids`` name, and return what the task returns."""
        now = time.time()
        return self._wait(context, {**ids, "started_at": now, "deadline": now + self.timeout})

    def _wait(
        self, context: Context, record: Mapping[str, Any], *, key_patience: float = KEY_PATIENCE
    ) -> dict[str, Any]:
        terms = Terms(
            started_at=record["started_at"],
            deadline=record["deadline"],
            poll_interval=self.poll_interval,
            key_patience=key_patience,
        )
        if self.deferrable:
            terms = terms.pausing_at(time.time() + SHORT_WAIT)
        end = self.hook.run(self._flow(record, terms))
        if end is None:
            self.defer(
                trigger=self._trigger(record),
                method_name="execute_complete",
                timeout=deferral_timeout(record, now=time.time()),
            )
        return self._finish(context, end, terms=terms)

    def _check_deferral(self, ids: Mapping[str, Any]) -> None:
        """Fail now where the trigger could not be stored: afterwards, something would have been begun."""
        if self.wait_for_completion and self.deferrable:
            json.dumps(self._trigger({**ids, "started_at": 0.0, "deadline": 1.0}).serialize())

    @abstractmethod
    def _told_failures(self, context: Context) -> Any:
        """Report failures with what they are about."""

    @abstractmethod
    def _flow(self, record: Mapping[str, Any], terms: Terms) -> Flow[Any]:
        """The wait for what the record names."""

    @abstractmethod
    def _trigger(self, record: Mapping[str, Any]) -> PineconeWaitTrigger:
        """The same wait, for the triggerer."""

    @abstractmethod
    def _finish(self, context: Context, end: Any, *, terms: Terms) -> dict[str, Any]:
        """Judge the end, and return what the task returns."""
