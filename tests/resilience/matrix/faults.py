"""What goes wrong with which request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

READ_TIMEOUT = 0.25
"""Seconds that the clients wait for an answer."""

STALE = 1800.0
"""Seconds by which what is stale is old: none of the run's work is to be seen in it."""

_ID = re.compile("[0-9a-f-]{36}")
_ANY_ID = "?" * 36

FAULTS: dict[str, dict[str, Any]] = {
    "429": {"action": "status", "status": 429, "retry_after": 0.02},
    "500": {"action": "status", "status": 500},
    "503": {"action": "status", "status": 503},
    "401": {"action": "status", "status": 401},
    "html": {"action": "html"},
    "garbage": {"action": "garbage"},
    "close before": {"action": "close_before"},
    "close after": {"action": "close_after"},
    "truncate": {"action": "truncate"},
    # It acts, after the client has given up.
    "late": {"action": "delay", "seconds": READ_TIMEOUT + 0.1},
    # It acts at once, and the answer goes on for longer than the client waits.
    "drip": {"action": "drip", "seconds": READ_TIMEOUT * 3},
}
OF_READS: dict[str, dict[str, Any]] = {
    "404": {"action": "status", "status": 404},
    "stale": {"action": "stale", "seconds": STALE},
    # More often than a client sends a request by itself.
    "503, five times": {"action": "status", "status": 503, "times": 5},
}


@dataclass(frozen=True)
class Request:
    """One of the requests of a run: the nth to this path.

    :param path: a glob, in which any id stands for the one that a run will have.
    """

    method: str
    path: str
    nth: int

    def __str__(self) -> str:
        return f"{self.method} {self.path.replace(_ANY_ID, 'ID')} #{self.nth}"

    @property
    def faults(self) -> Mapping[str, dict[str, Any]]:
        """All that can befall it."""
        return FAULTS | OF_READS if self.method == "GET" else FAULTS

    def met_by(self, fault: Mapping[str, Any]) -> dict[str, Any]:
        """The emulator's rule by which the fault befalls this request."""
        return {"method": self.method, "path": self.path, "nth": self.nth, **fault}


def requests_of(log: Iterable[Mapping[str, Any]]) -> list[Request]:
    """The requests of a run, as the emulator has seen them."""
    seen: Counter[tuple[str, str]] = Counter()
    requests = []
    for entry in log:
        # Names of indexes and paths of the API have nothing in them that a glob would misread.
        path = _ID.sub(_ANY_ID, entry["path"])
        seen[entry["method"], path] += 1
        requests.append(Request(entry["method"], path, seen[entry["method"], path]))
    return requests
