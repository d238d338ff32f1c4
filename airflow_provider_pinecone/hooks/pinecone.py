"""The hook: from an Airflow connection to a client.

HTTP libraries are imported when first needed: parsing a DAG should not pay for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

from airflow.providers.common.compat.connection import get_async_connection
from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import check_age, check_flag
from airflow_provider_pinecone.api.errors import (
    PineconeAuthError,
    PineconeError,
    PineconeInputError,
    PineconePermissionError,
)
from airflow_provider_pinecone.api.redaction import one_line, quoted
from airflow_provider_pinecone.flows.steps import Flow, Ids, blocking, drive
from airflow_provider_pinecone.hooks import DEFAULT_CONN_ID
from airflow_provider_pinecone.hooks._calls import PineconeCalls
from airflow_provider_pinecone.hooks._driver import WorkerDriver
from airflow_provider_pinecone.policies.indexes import IndexFilter

if TYPE_CHECKING:
    from airflow_provider_pinecone.api.async_client import AsyncPineconeClient
    from airflow_provider_pinecone.api.client import PineconeClient
    from airflow_provider_pinecone.api.models import Backup
    from airflow_provider_pinecone.hooks.connection import PineconeConnection

T = TypeVar("T")
R = TypeVar("R")


class PineconeBackupHook(PineconeCalls, BaseHook):
    """Talks to Pinecone's backup API through an Airflow connection.

    Nothing is read or sent before the first call. Every call raises a ``PineconeError`` that fits
    (``airflow_provider_pinecone.api.errors``), and ``AirflowNotFoundException`` without the connection.

    :param pinecone_conn_id: a connection of type ``pinecone_backup``, or of type ``pinecone`` made for the
        official provider.

    .. code-block:: python

        hook = PineconeBackupHook()
        for backup in hook.iter_backups("movies"):
            print(backup.backup_id, backup.status, backup.record_count)
    """

    conn_name_attr = "pinecone_conn_id"
    default_conn_name = DEFAULT_CONN_ID
    conn_type = "pinecone_backup"
    hook_name = "Pinecone Backup"

    def __init__(self, pinecone_conn_id: str = DEFAULT_CONN_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pinecone_conn_id = pinecone_conn_id

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """The form's own fields, for Airflow before 3.2; later ones read get_provider_info."""
        from airflow_provider_pinecone.hooks.form import widgets

        return widgets()

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """The form's labels, for Airflow before 3.2; later ones read get_provider_info."""
        from airflow_provider_pinecone.hooks.form import field_behaviour

        return field_behaviour()

    def __deepcopy__(self, memo: object) -> Self:
        """A hook that reads the connection itself. Airflow copies operators with the hooks that they hold."""
        return type(self)(self.pinecone_conn_id)

    @cached_property
    def connection(self) -> PineconeConnection:
        """What the Airflow connection says."""
        from airflow_provider_pinecone.hooks.connection import read_connection

        return read_connection(self.get_connection(self.pinecone_conn_id))

    @cached_property
    def client(self) -> PineconeClient:
        """The client, with one pool of connections."""
        from airflow_provider_pinecone.api.client import PineconeClient

        return PineconeClient(self.connection.settings)

    def reconnect(self) -> bool:
        """Read the connection again. :return: whether it has changed."""
        before = self.__dict__.pop("connection", None)
        try:
            is_new: bool = self.connection != before
        except Exception as error:
            # The secrets backend may be unreachable for a while, and the old connection still work.
            self.tell(f"The connection could not be read again: {error}", warning=True)
            self.__dict__["connection"] = before
            return False
        if is_new and (client := self.__dict__.pop("client", None)) is not None:
            client.close()
        return is_new

    def close(self) -> None:
        """Close the connections and forget the client."""
        client = self.__dict__.pop("client", None)
        if client is not None:
            client.close()
        self.__dict__.pop("connection", None)

    def send(self, call: Call[T], *, attempts: int | None = None) -> T:
        """Send a call. If the key is refused, read the connection again once: it may have been rotated."""
        try:
            return self.client.send(call, attempts=attempts)
        except (PineconeAuthError, PineconePermissionError):
            if not self.reconnect():
                raise
            self.tell("The API key was refused; the connection has a new one. Trying that.", warning=True)
            return self.client.send(call, attempts=attempts)

    def run(self, flow: Flow[R], *, remember: Callable[[Ids], None] | None = None) -> R:
        """Drive a flow to its end, in this process.

        :param remember: puts the ids of what the flow has begun on record.
        """
        try:
            return blocking(drive(flow, WorkerDriver(self, remember=remember)))
        except PineconeError:
            # Operators and sensors raise it without the way it took.
            self.log.debug("Failed here:", exc_info=True)
            raise

    async def new_async_client(self) -> AsyncPineconeClient:
        """A new client for this event loop; the caller closes it.

        :raises PineconeInputError: if the connection is invalid.
        """
        from airflow_provider_pinecone.api.async_client import AsyncPineconeClient
        from airflow_provider_pinecone.hooks.connection import read_connection

        connection = await get_async_connection(self.pinecone_conn_id)
        return AsyncPineconeClient(read_connection(connection).settings)

    def tell(self, message: str, *, warning: bool = False) -> None:
        """Write a line to the task's log, without the key."""
        (self.log.warning if warning else self.log.info)("%s", one_line(message))

    def test_connection(self) -> tuple[bool, str]:
        """Check that indexes and backups may be listed, for the Test button.

        Nothing is retried: whoever pressed the button is waiting, and can press it again.
        """
        from airflow_provider_pinecone.hooks.connection import read_connection

        try:
            # Airflow tests a copy of the connection, whose id is random.
            self.connection = read_connection(self.get_connection(self.pinecone_conn_id), is_named=False)
        except Exception as error:
            return False, str(error)
        host = self.connection.settings.host
        try:
            indexes = self.send(endpoints.list_indexes(), attempts=1)
        except PineconeError as error:
            return False, f"Indexes cannot be listed at {host}: {_with_advice(error)}"
        count = f"{len(indexes)} {'index' if len(indexes) == 1 else 'indexes'}"
        try:
            self.send(endpoints.list_backups(limit=1), attempts=1)
        except PineconeError as error:
            return False, f"{count} can be listed; backups cannot: {_with_advice(error)}"
        return True, f"{count} and the project's backups can be listed."

    def check_freshness(
        self,
        *,
        max_age: timedelta | float,
        index_names: Collection[str] | None = None,
        name_pattern: str = "*",
        tags: Mapping[str, str] | None = None,
        exclude: Collection[str] = (),
        own_only: bool = False,
    ) -> dict[str, Backup]:
        """Check that every index has a recent usable backup: one that is Ready and not empty.

        For your own tasks; ``PineconeBackupFreshnessSensor`` does the same. It sends one request for the
        indexes, and for each at least one for its backups.

        :param max_age: the age up to which a backup counts as recent, by ``created_at``; a timedelta or
            seconds.
        :param index_names: the indexes; by default, all serverless ones that match the other three.
        :param name_pattern: check only matching names, with ``*`` and ``?`` as in a shell.
        :param tags: check only indexes that have all these tags.
        :param exclude: patterns of names to leave out.
        :param own_only: count only backups that this deployment's runs made. By default, all count: those of
            other deployments, of Pinecone's schedules and made by hand, too.
        :return: each index's newest usable backup, by the index's name.
        :raises PineconeStaleBackupsError: if an index has none; the message names the indexes and says since
            when and why, most urgent first.
        :raises PineconeInputError: if there is no such index at all, or an argument is invalid.
        """
        from airflow_provider_pinecone.flows.freshness import Watch, check_freshness

        watch = Watch(
            max_age=check_age("max_age", max_age),
            index_names=index_names,
            wanted=IndexFilter(name_pattern=name_pattern, tags=tags or {}, exclude=exclude),
            deployment=self._own_deployment if check_flag("own_only", own_only) else None,
        )
        return self.run(check_freshness(watch, now=datetime.now(UTC)))

    @property
    def _own_deployment(self) -> str:
        deployment = self.connection.deployment
        if deployment is None:
            raise PineconeInputError(
                f"own_only needs a deployment: name one in connection {quoted(self.pinecone_conn_id)}."
            )
        return deployment


def _with_advice(error: PineconeError) -> str:
    # Its subclasses tell what is missing themselves: the plan, the quota.
    if type(error) is PineconePermissionError:
        return f"{error} Give the API key this permission in the Pinecone console, under API keys."
    return str(error)
