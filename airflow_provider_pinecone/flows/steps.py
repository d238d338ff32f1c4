"""The steps that flows are made of, and how a driver walks them.

A flow is a generator: it yields steps, is sent their results, and returns its verdict. It does nothing by
itself, so a worker drives it with one client, the triggerer with another, and tests in virtual time.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, assert_never

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeError, PineconeNotFoundError
from airflow_provider_pinecone.flows.kinds import K, Kind

R = TypeVar("R")
T = TypeVar("T")

Ids = Mapping[str, str | None]
"""The ids of what a flow has started, under the API's names."""


@dataclass(frozen=True)
class Send(Generic[T]):
    """Send a call, and answer with its value.

    :param attempts: how often at most; None leaves that to the client.
    """

    call: Call[T]
    attempts: int | None = None


@dataclass(frozen=True)
class Read(Generic[K]):
    """Read one thing by its id, in the way that is cheapest for the driver, and report the first fault."""

    kind: Kind[K]
    id: str

    @property
    def call(self) -> Call[K]:
        """The call that reads just this."""
        return self.kind.describe(self.id)


@dataclass(frozen=True)
class Sleep:
    """Come back after that many seconds."""

    seconds: float


@dataclass(frozen=True)
class AwaitChange(Generic[K]):
    """Come back to read one thing again.

    A driver that reads for many may read it meanwhile, and come back only once that found something new.

    :param seen: what was read last.
    :param pause: seconds until the next look, counted from the last one, which found nothing new; None: come
        back now.
    """

    kind: Kind[K]
    id: str
    seen: K
    pause: Callable[[], float | None]


@dataclass(frozen=True)
class Reconnect:
    """Read the Airflow connection again: its key may have been rotated."""


@dataclass(frozen=True)
class Tell:
    """Write a line to the task's log."""

    message: str
    warning: bool = False


@dataclass(frozen=True)
class Remember:
    """Store the ids of what was started, for the task's next try and later tasks, before the next step."""

    ids: Ids


Step = Send[Any] | Read[Any] | Sleep | AwaitChange[Any] | Reconnect | Tell | Remember
Flow = Generator[Step, Any, R]


def send(call: Call[T], *, attempts: int | None = None) -> Flow[T]:
    """Send a call. :raises PineconeError: what the API or the way to it answers."""
    answer: T = yield Send(call, attempts)
    return answer


def read(kind: Kind[K], id: str) -> Flow[K]:
    """Read one thing. :raises PineconeError: the first fault."""
    answer: K = yield Read(kind, id)
    return answer


def or_none(flow: Flow[T]) -> Flow[T | None]:
    """What a flow returns, or None if it ends with a 404."""
    try:
        return (yield from flow)
    except PineconeNotFoundError:
        return None


class Driver(Protocol):
    """Performs steps. A worker's driver blocks and never suspends; a triggerer's awaits."""

    async def send(self, call: Call[T], *, attempts: int | None) -> T:
        """Send a call."""

    async def read(self, kind: Kind[K], id: str) -> K:
        """Read one thing."""

    async def sleep(self, seconds: float) -> None:
        """Do nothing for some seconds."""

    async def await_change(self, step: AwaitChange[K]) -> None:
        """Come back when a thing is to be read again: after its pause, for whoever reads for one alone."""
        await self.sleep(step.pause() or 0.0)

    async def reconnect(self) -> None:
        """Read the Airflow connection again."""

    async def tell(self, message: str, *, warning: bool) -> None:
        """Write to the task's log."""

    async def remember(self, ids: Ids) -> None:
        """Put ids on record; by default none are, since waits start nothing."""
        return


async def drive(flow: Flow[R], driver: Driver) -> R:
    """Walk a flow to its end. It is sent each step's result; a PineconeError is thrown into it.

    :raises PineconeError: what the flow ends with.
    """
    try:
        step = next(flow)
        while True:
            try:
                answer = await _perform(step, driver)
            except PineconeError as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as end:
        verdict: R = end.value
        return verdict


def blocking(work: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine that never suspends: a flow driven by a worker's driver."""
    try:
        work.send(None)
    except StopIteration as end:
        verdict: R = end.value
        return verdict
    raise RuntimeError("A worker's driver must block, and has suspended.")


async def _perform(step: Step, driver: Driver) -> object:
    match step:
        case Send():
            return await driver.send(step.call, attempts=step.attempts)
        case Read():
            return await driver.read(step.kind, step.id)
        case Sleep():
            await driver.sleep(step.seconds)
        case AwaitChange():
            await driver.await_change(step)
        case Reconnect():
            await driver.reconnect()
        case Tell():
            await driver.tell(step.message, warning=step.warning)
        case Remember():
            await driver.remember(step.ids)
        case _:
            assert_never(step)
    return None
