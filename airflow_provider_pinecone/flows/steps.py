"""The steps that flows are made of, and how drivers walk them.

A flow is a generator: it yields steps, is sent their results, and returns its verdict. It does nothing
itself, so the worker drives it with one client, the triggerer with another, and tests with whatever they
like. The contract of a driver:

- ``Send``: send the call; answer with its value, or throw the PineconeError into the flow.
- ``Read``: the same, at the first fault: who reads a thing by its id comes back to it.
- ``Sleep``: come back after that many seconds.
- ``Reconnect``: read the Airflow connection anew, since the key may have been rotated.
- ``Tell``: write a line to the task's log.
- ``Record``: put on record what was begun, before anything else happens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.endpoints import Call
from airflow_provider_pinecone.api.errors import PineconeError

R = TypeVar("R")


@dataclass(frozen=True)
class Send:
    """Send a call.

    :param attempts: how often at most, in place of the client's own stubbornness.
    """

    call: Call[Any]
    attempts: int | None = None


class Kind(Enum):
    """What can be read by its id, and by which call."""

    BACKUP = "backup"
    RESTORE_JOB = "restore job"
    INDEX = "index"


@dataclass(frozen=True)
class Read:
    """Read one thing by its id, by whatever way is cheapest for the driver."""

    kind: Kind
    id: str

    @property
    def call(self) -> Call[Any]:
        """The call that reads just this."""
        match self.kind:
            case Kind.BACKUP:
                return endpoints.describe_backup(self.id)
            case Kind.RESTORE_JOB:
                return endpoints.describe_restore_job(self.id)
            case Kind.INDEX:
                return endpoints.describe_index(self.id)


@dataclass(frozen=True)
class Sleep:
    """Do nothing for some seconds."""

    seconds: float


@dataclass(frozen=True)
class Reconnect:
    """Read the connection anew."""


@dataclass(frozen=True)
class Tell:
    """Say something to whoever reads the task's log."""

    message: str
    warning: bool = False


@dataclass(frozen=True)
class Record:
    """Put the ids of what was begun where the task's next try, and the tasks after it, find them."""

    ids: Mapping[str, str | None]


Step = Send | Read | Sleep | Reconnect | Tell | Record
Flow = Generator[Step, Any, R]


def drive(flow: Flow[R], *, perform: Callable[[Step], Any]) -> R:
    """Walk a flow to its end, performing each step.

    :raises PineconeError: what the flow ends with.
    """
    try:
        step = next(flow)
        while True:
            try:
                answer = perform(step)
            except PineconeError as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as end:
        verdict: R = end.value
        return verdict


async def adrive(flow: Flow[R], *, perform: Callable[[Step], Awaitable[Any]]) -> R:
    """``drive``, for an event loop."""
    try:
        step = next(flow)
        while True:
            try:
                answer = await perform(step)
            except PineconeError as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as end:
        verdict: R = end.value
        return verdict
