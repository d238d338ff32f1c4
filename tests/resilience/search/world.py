"""A world in which tasks run: virtual time, an emulated Pinecone, and the client that stands before it.

What runs in it is a generator that yields the points at which something may go wrong, and is sent the fault,
or None. So one run can be tried under any schedule, and two can be interleaved.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import tenacity

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeAuthError, PineconePermissionError
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.settings import Settings
from airflow_provider_pinecone.api.wire import Answer, Request, read_answer, request_for
from airflow_provider_pinecone.flows.kinds import INDEX
from airflow_provider_pinecone.flows.kinds import Kind as Thing
from airflow_provider_pinecone.flows.steps import Driver, Flow, Ids, drive
from tests.resilience.search.faults import CRASH, CRASH_AFTER, KEY_ROTATED, Fault, Kind, Point
from tests.resilience.search.pinecone import HOST, Pinecone

R = TypeVar("R")
T = TypeVar("T")
Life = Generator[Point, "Fault | None", R]

REQUEST_SECONDS = 0.1
MOST_REQUESTS = 150
"""That one run may send, whatever goes wrong: without a fault it is about ten."""

POLICY = RetryPolicy()


class Crash(BaseException):
    """The process is gone."""


class EndlessError(AssertionError):
    """A run sends request after request."""


@dataclass(slots=True)
class Sent:
    """A request that left a client, what went wrong with it, and what the server answered if it acted."""

    by: str
    method: str
    path: str
    fault: Fault | None
    status: int | None = None


@dataclass
class World:
    """Time, the project, and the Airflow connection with its key.

    :param listing_lag: how old what listings show is, in seconds.
    """

    pinecone: Pinecone
    listing_lag: float = 0.0
    sent: list[Sent] = field(default_factory=list)
    rotations: int = 0

    def __post_init__(self) -> None:
        self.connection_key = self.pinecone.api_key

    @property
    def now(self) -> float:
        return self.pinecone.now

    def clock(self) -> float:
        return self.pinecone.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.pinecone.now += seconds

    def rotate_key(self) -> None:
        """Void the key; the connection holds a new one at once."""
        self.rotations += 1
        self.connection_key = self.pinecone.api_key = f"key-number-{self.rotations}"


@types.coroutine
def _at(kind: Kind, what: str) -> Life[Fault | None]:
    """Come to a point. :return: what goes wrong there."""
    return (yield Point(kind, what))


class Client(Driver):
    """What a worker's or triggerer's process sends its requests with.

    :param name: who it is, for the log of requests.
    :param remember: puts ids on record; None in the triggerer, which begins nothing.
    :param renews_key: whether it reads the connection again by itself where its key is refused, as the hook
        does in a worker.
    :param begins: whether it looks for what to begin, rather than wait for what was begun.
    """

    def __init__(
        self,
        world: World,
        *,
        name: str,
        remember: Callable[[Ids], None] | None = None,
        renews_key: bool = False,
        begins: bool = False,
    ) -> None:
        self.world = world
        self.name = name
        self.settings = _read_connection(world)
        self._remember = remember
        self._renews_key = renews_key
        self._is_beginning = begins

    def run(self, flow: Flow[R]) -> Life[R]:
        """Drive a flow to its end, stopping at each point."""
        return (yield from drive(flow, self).__await__())

    async def sleep(self, seconds: float) -> None:
        self.world.sleep(seconds)

    async def reconnect(self) -> None:
        self.settings = _read_connection(self.world)

    async def tell(self, message: str, *, warning: bool) -> None:
        pass

    async def remember(self, ids: Ids) -> None:
        assert self._remember is not None, "only a worker has something to remember"
        fault = await _at(Kind.REMEMBER, "remember")
        if fault is CRASH:
            raise Crash
        self._remember(ids)
        self._is_beginning = False
        if fault is CRASH_AFTER:
            raise Crash

    async def read(self, kind: Thing[Any], id: str) -> Any:
        is_look = kind is INDEX and self._is_beginning
        return await self._send(kind.describe(id), Kind.LOOK if is_look else Kind.READ, attempts=1)

    async def send(self, call: Call[T], *, attempts: int | None) -> T:
        kind = {"POST": Kind.MAKE, "DELETE": Kind.DELETE}.get(call.method, Kind.LIST)
        return await self._send(call, kind, attempts=attempts)

    async def _send(self, call: Call[T], kind: Kind, *, attempts: int | None) -> T:
        try:
            return await self._send_stubbornly(call, kind, attempts=attempts)
        except (PineconeAuthError, PineconePermissionError):
            if not self._renews_key or self.settings == _read_connection(self.world):
                raise
            self.settings = _read_connection(self.world)
            return await self._send_stubbornly(call, kind, attempts=attempts)

    async def _send_stubbornly(self, call: Call[Any], kind: Kind, *, attempts: int | None) -> Any:
        answer, fault = None, None
        # Nobody reads what it would log of each repetition.
        arguments = POLICY.arguments(call, attempts=attempts) | {"before_sleep": None}
        for attempt in tenacity.Retrying(**arguments, sleep=self.world.sleep):
            if fault is None or not fault.sticks:
                fault = await _at(kind, f"{call.method} {call.path}")
            with attempt:
                answer = self._send_once(call, fault)
        return answer

    def _send_once(self, call: Call[Any], fault: Fault | None) -> Any:
        world = self.world
        if len(world.sent) >= MOST_REQUESTS:
            raise EndlessError(f"more than {MOST_REQUESTS} requests")
        if fault is CRASH:
            raise Crash
        if fault is KEY_ROTATED:
            world.rotate_key()
            fault = None
        sent = Sent(self.name, call.method, call.path, fault)
        world.sent.append(sent)
        world.sleep(REQUEST_SECONDS)
        if fault is not None and not fault.acts:
            _befall(fault, call, self)
        answer = world.pinecone.answer(_request(call, self.settings), listing_lag=world.listing_lag)
        sent.status = answer.status
        if fault is CRASH_AFTER:
            raise Crash
        if fault is not None:
            _befall(fault, call, self)
        return _value(call, answer, self.settings)


_requests: dict[Any, Request] = {}
_values: dict[Any, Any] = {}


def _request(call: Call[Any], settings: Settings) -> Request:
    """``request_for``, which is the same each time: the search sends the same few calls over and over."""
    key = (call.method, call.path, call.query, str(call.body), settings.api_key)
    if key not in _requests:
        _requests[key] = request_for(call, settings=settings)
    return _requests[key]


def _value(call: Call[Any], answer: Answer, settings: Settings) -> Any:
    """``read_answer``, which reads the same of the same each time."""
    key = (call.method, call.path, answer.status, answer.content)
    if key not in _values:
        _values[key] = read_answer(call, answer, settings=settings)
    return _values[key]


@cache
def _settings(api_key: str) -> Settings:
    return Settings(api_key=api_key, host=HOST)


def _read_connection(world: World) -> Settings:
    return _settings(world.connection_key)


def _befall(fault: Fault, call: Call[Any], client: Client) -> None:
    client.world.sleep(fault.seconds)
    assert fault.befall is not None
    fault.befall(call, client.settings)
