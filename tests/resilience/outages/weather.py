"""What goes wrong in a night, and when."""

from __future__ import annotations

from dataclasses import dataclass

from tests.resilience.search.faults import Fault

OLD_KEY, NEW_KEY = "the-old-key", "the-new-key"


@dataclass(frozen=True)
class Window:
    """From one moment to another, in Unix seconds."""

    begins: float
    ends: float


@dataclass(frozen=True)
class Weather:
    """What goes wrong in a night.

    :param outage: when Pinecone is down.
    :param fault: what a request meets then.
    :param rotation: from when the old key is void, to when the Airflow connection holds the new one.
    """

    outage: Window | None = None
    fault: Fault | None = None
    rotation: Window | None = None

    def fault_at(self, moment: float) -> Fault | None:
        """What a request meets at a moment."""
        is_down = self.outage is not None and self.outage.begins <= moment < self.outage.ends
        return self.fault if is_down else None

    def key_of_pinecone(self, moment: float) -> str:
        """The key that Pinecone knows at a moment."""
        return OLD_KEY if self.rotation is None or moment < self.rotation.begins else NEW_KEY

    def key_of_connection(self, moment: float) -> str:
        """The key that the Airflow connection holds at a moment."""
        return OLD_KEY if self.rotation is None or moment < self.rotation.ends else NEW_KEY
