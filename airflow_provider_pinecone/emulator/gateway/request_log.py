"""The log of all requests, for tests to read. It never holds the key."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass

CAPACITY = 100_000


@dataclass
class Entry:
    """One request and what became of it.

    :param version: the version header, or None.
    :param time: when it arrived, by the emulator's clock.
    :param status: the answer's status; None if the connection was closed without one.
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


class RequestLog:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=CAPACITY)

    def add(self, entry: Entry) -> None:
        """Note a request that has arrived; its entry is completed while it is served."""
        self._entries.append(entry)

    def entries(self) -> list[dict[str, object]]:
        """Give all entries."""
        return [asdict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forget all entries."""
        self._entries.clear()
