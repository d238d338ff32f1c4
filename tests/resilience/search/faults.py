"""What may go wrong at a point of a run, and which faults a flow cannot tell apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NoReturn

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import (
    PineconeConnectionError,
    PineconeTimeoutError,
    PineconeTransportError,
)
from airflow_provider_pinecone.api.settings import Settings
from airflow_provider_pinecone.api.wire import Answer, read_answer

Befall = Callable[[Call[Any], Settings], NoReturn]


class Kind(Enum):
    """What a run is about to do at a point."""

    MAKE = "make"
    DELETE = "delete"
    READ = "read"
    LOOK = "look"
    LIST = "list"
    REMEMBER = "remember"
    END = "end"


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a run at which something may go wrong."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    :param name: its name in a schedule.
    :param befall: raises what the client makes of it; None where the request is answered.
    :param acts: whether the server does what was asked before it goes wrong.
    :param sticks: whether it meets the client's own repetitions of the request, too.
    :param seconds: how long the client waits for it.
    """

    name: str
    befall: Befall | None = None
    acts: bool = False
    sticks: bool = False
    seconds: float = 0.0

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Callable[[str], Fault], tuple[str]]:
        """Let each fault be one and the same in all processes."""
        return named, (self.name,)


def named(name: str) -> Fault:
    """The fault of that name."""
    return FAULTS[name]


def _answered(status: int, content: bytes, **headers: str) -> Befall:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Answer(status=status, headers=told, content=content)

    def befall(call: Call[Any], settings: Settings) -> NoReturn:
        read_answer(call, answer, settings=settings)
        raise AssertionError(f"{status} {content!r} is no fault.")

    return befall


def _broken(error: type[PineconeTransportError], message: str, *, may_have_acted: bool) -> Befall:
    def befall(call: Call[Any], settings: Settings) -> NoReturn:
        raise error(message, method=call.method, path=call.path, may_have_acted=may_have_acted)

    return befall


def _json(status: int, code: str) -> Befall:
    body = b'{"error":{"code":"%s","message":"So it is."},"status":%d}' % (code.encode(), status)
    return _answered(status, body, content_type="application/json")


_RATE_LIMITED = _answered(429, b"{}", content_type="application/json", retry_after="2")
_SERVER_ERROR = _json(500, "UNKNOWN")
_UNAVAILABLE = _json(503, "SERVICE_UNAVAILABLE")
_NOT_FOUND = _json(404, "NOT_FOUND")
_HTML = _answered(200, b"<html>It works!</html>", content_type="text/html")
_GARBAGE = _answered(200, b'{"backup_id": \x00\xff', content_type="application/json")
_UNREACHABLE = _broken(PineconeConnectionError, "could not connect to the host.", may_have_acted=False)
_NO_CONNECTION_IN_TIME = _broken(PineconeTimeoutError, "no connection in time.", may_have_acted=False)
_LOST = _broken(PineconeConnectionError, "the connection was lost.", may_have_acted=True)
_LATE = _broken(PineconeTimeoutError, "no response in time.", may_have_acted=True)

CRASH = Fault("crash before it")
CRASH_AFTER = Fault("crash after it", acts=True)
KEY_ROTATED = Fault("key rotated before it")

RATE_LIMITED = Fault("429", _RATE_LIMITED)
UNREACHABLE = Fault("unreachable", _UNREACHABLE)
NO_CONNECTION_IN_TIME = Fault("no connection in time", _NO_CONNECTION_IN_TIME, seconds=10.0)
MISSING = Fault("404", _NOT_FOUND)

LOST_BEFORE = Fault("lost before the server acted", _LOST)
LATE_BEFORE = Fault("late, and the server had not acted", _LATE, seconds=Settings.read_timeout)
FAILED_BEFORE = Fault("500 before the server acted", _SERVER_ERROR)
UNAVAILABLE_BEFORE = Fault("503 before the server acted", _UNAVAILABLE)
HTML_BEFORE = Fault("HTML before the server acted", _HTML)

LOST_AFTER = Fault("lost after the server acted", _LOST, acts=True)
LATE_AFTER = Fault("late after the server acted", _LATE, acts=True, seconds=Settings.read_timeout)
FAILED_AFTER = Fault("500 after the server acted", _SERVER_ERROR, acts=True)
UNAVAILABLE_AFTER = Fault("503 after the server acted", _UNAVAILABLE, acts=True)
GARBAGE_AFTER = Fault("garbage after the server acted", _GARBAGE, acts=True)
HTML_AFTER = Fault("HTML after the server acted", _HTML, acts=True)

RATE_LIMITED_LONG = Fault("429 each time", _RATE_LIMITED, sticks=True)
FAILED_LONG = Fault("500 each time", _SERVER_ERROR, sticks=True)
HTML_LONG = Fault("HTML each time", _HTML, sticks=True)
FAILED_AFTER_LONG = Fault("500 each time, after the server acted", _SERVER_ERROR, acts=True, sticks=True)

GIVEN_UP = Fault("given up, though it goes on")
"""Airflow begins the next try beside this one."""

FAULTS = {fault.name: fault for fault in list(globals().values()) if isinstance(fault, Fault)}

NEVER_SENT = (UNREACHABLE, NO_CONNECTION_IN_TIME)
OPEN_NOT_ACTED = (LOST_BEFORE, LATE_BEFORE, FAILED_BEFORE, UNAVAILABLE_BEFORE, HTML_BEFORE)
OPEN_ACTED = (LOST_AFTER, LATE_AFTER, FAILED_AFTER, UNAVAILABLE_AFTER, GARBAGE_AFTER, HTML_AFTER)
"""Within each of these, a flow that makes something cannot tell the faults apart: the first stands for all.

That they raise errors with equal answers to all that flows and retries ask is shown in ``test_faults.py``.
"""

WIDE: dict[Kind, tuple[Fault, ...]] = {
    Kind.MAKE: (CRASH, CRASH_AFTER, KEY_ROTATED, RATE_LIMITED, *NEVER_SENT, *OPEN_NOT_ACTED, *OPEN_ACTED),
    Kind.DELETE: (
        *(CRASH, CRASH_AFTER, KEY_ROTATED, RATE_LIMITED, UNREACHABLE),
        *(*OPEN_NOT_ACTED, *OPEN_ACTED, RATE_LIMITED_LONG, FAILED_LONG, HTML_LONG, FAILED_AFTER_LONG),
    ),
    Kind.READ: (CRASH, KEY_ROTATED, RATE_LIMITED, MISSING, UNREACHABLE, *OPEN_NOT_ACTED, GARBAGE_AFTER),
    Kind.LOOK: (CRASH, KEY_ROTATED, RATE_LIMITED, MISSING, UNREACHABLE, *OPEN_NOT_ACTED, GARBAGE_AFTER),
    Kind.LIST: (
        *(CRASH, KEY_ROTATED, RATE_LIMITED, UNREACHABLE, *OPEN_NOT_ACTED, GARBAGE_AFTER),
        *(RATE_LIMITED_LONG, FAILED_LONG, HTML_LONG),
    ),
    Kind.REMEMBER: (CRASH, CRASH_AFTER),
    Kind.END: (CRASH,),
}
"""Every fault at every point."""

NARROW: dict[Kind, tuple[Fault, ...]] = {
    Kind.MAKE: (CRASH, CRASH_AFTER, KEY_ROTATED, RATE_LIMITED, UNREACHABLE, LOST_BEFORE, LOST_AFTER),
    Kind.DELETE: (CRASH, CRASH_AFTER, KEY_ROTATED, FAILED_AFTER, FAILED_LONG, FAILED_AFTER_LONG),
    Kind.READ: (CRASH, KEY_ROTATED, FAILED_BEFORE, MISSING),
    Kind.LOOK: (CRASH, KEY_ROTATED, RATE_LIMITED, FAILED_BEFORE, HTML_BEFORE, MISSING),
    Kind.LIST: (CRASH, KEY_ROTATED, FAILED_BEFORE, RATE_LIMITED_LONG, FAILED_LONG, HTML_LONG),
    Kind.REMEMBER: (CRASH, CRASH_AFTER),
    Kind.END: (CRASH,),
}
"""One fault of each sort that flows can tell apart."""
