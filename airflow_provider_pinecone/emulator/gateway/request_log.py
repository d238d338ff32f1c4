"""The log of all requests, for tests to read. It never holds the key."""

from __future__ import annotations

from dataclasses import dataclass

CAPACITY = 100_000
"""How many of the last requests the log keeps."""


@dataclass
class Entry:
    """One request and what became of it.

    :param version: the version header, or None.
    :param time: when it arrived, by the emulator's clock.
    :param status: the response's status; None if the connection was closed without a response.
    :param seconds: how long it took, in real time.
    :param outcome: ``answered``, or the action of the fault that hit it.
    """

    method: str
    path: str
    query: str
    version: str | None
    time: str
    status: int | None = None
    seconds: float = 0.0
    outcome: str = "answered"
