"""The log of all requests, for tests to read. It never holds the key."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

CAPACITY = 100_000


@dataclass
class Entry:
    """One request and what became of it.

    :param version: the version header, or None.
    :param time: when it came in, by the emulator's clock.
    :param status: the status that was answered; None when the connection was closed without one.
    :param seconds: how long it took, in real time.
    :param outcome: ``answered``, or the action of the fault that met it.
    """

    method: str
    path: str
    query: str
    version: str | None
    time: str
    status: int | None = None
    seconds: float = 0.0
    outcome: str = "answered"


class RequestLog:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=CAPACITY)

    def add(self, entry: Entry) -> None:
        """Note a request that has come in; it is completed while it is worked on."""
        self._entries.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        """Give all entries."""
        return [asdict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forget all entries."""
        self._entries.clear()
