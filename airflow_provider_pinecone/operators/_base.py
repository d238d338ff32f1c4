"""What all operators share: the connection, their run, and how they fail."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator

from airflow_provider_pinecone.api.checks import LONGEST_ID
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.api.redaction import one_line
from airflow_provider_pinecone.hooks import DEFAULT_CONN_ID

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
    from airflow_provider_pinecone.policies.identity import Run


class PineconeOperator(BaseOperator):
    """An operator with a Pinecone connection.

    :param pinecone_conn_id: the Airflow connection to Pinecone.
    """

    template_fields: Sequence[str] = ("pinecone_conn_id",)
    ui_color: str = "#e3ecfa"

    def __init__(self, *, pinecone_conn_id: str = DEFAULT_CONN_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pinecone_conn_id = pinecone_conn_id

    @cached_property
    def hook(self) -> PineconeBackupHook:
        """The hook, which reads the connection when it is first used."""
        from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook

        return PineconeBackupHook(self.pinecone_conn_id)

    def run_of(self, context: Context, *, survives_clear: bool = False) -> Run:
        """The run of this task, which stays the same over all its retries.

        :param survives_clear: keep the run's tokens when the task is cleared.
        """
        from airflow_provider_pinecone.policies.identity import UNNAMED_DEPLOYMENT, Run

        ti = context["ti"]
        dag_run: Any = context["dag_run"]
        # Clearing a finished task raises max_tries by the tries so far; retrying does not.
        generation = ti.max_tries - (self.retries or 0)
        return Run(
            deployment=self.hook.connection.deployment or UNNAMED_DEPLOYMENT,
            dag_id=ti.dag_id,
            task_id=ti.task_id,
            run_id=ti.run_id,
            moment=(dag_run.logical_date or dag_run.run_after).astimezone(UTC),
            map_index=-1 if ti.map_index is None else ti.map_index,
            generation=generation,
            survives_clear=survives_clear,
        )


class told_failures(AbstractContextManager[None]):
    """Push the XCom ``error`` if the task fails, and skip retries that cannot help.

    Airflow logs what a task raises with its traceback and its causes. The way of a PineconeError through the
    flows tells nothing to the person on call, so it is cut off; the hook writes it to the debug log. A class,
    since a generator that raises an error again cannot cut its traceback.

    :param about: what the failure concerns, such as ``index_name``; pushed with the ``message``.
    """

    def __init__(self, context: Context, **about: Any) -> None:
        self._context = context
        self._about = {name: value and _shown(value) for name, value in about.items()}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, PineconeError):
            return
        self._context["ti"].xcom_push(key="error", value={**self._about, "message": str(error)})
        if error.worth_retrying:
            raise error.with_traceback(None) from None
        raise AirflowFailException(str(error)) from None


def _shown(value: object) -> str:
    """A value as the XCom holds it. Names and ids fit; whatever else was given instead is cut short."""
    return one_line(value if isinstance(value, str) else repr(value), most=LONGEST_ID)
