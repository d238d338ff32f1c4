"""What a task waits for, as a value: a trigger is given it, and its event gives it back to the task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, replace
from typing import Any, Generic, Self, TypeVar

from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.waiting.terms import Terms

E = TypeVar("E", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Wait(ABC, Generic[E]):
    """A wait for an end.

    :param started_at: when it began, in Unix seconds.
    :param deadline: when it must have ended, in Unix seconds: absolute, so that no restart begins it again.
    """

    started_at: float
    deadline: float

    def as_of(self, now: float) -> Self:
        """The wait by a clock that may have been set back since it began: then it began no later than now."""
        ahead = max(0.0, self.started_at - now)
        return replace(self, started_at=self.started_at - ahead, deadline=self.deadline - ahead)

    def to_json(self) -> dict[str, Any]:
        """The wait as a JSON object."""
        return asdict(self)

    @classmethod
    @abstractmethod
    def from_json(cls, payload: object) -> Self:
        """Read a wait. :raises ValueError: if the payload is not one."""

    @property
    @abstractmethod
    def what(self) -> str:
        """What is waited for, for the log."""

    @abstractmethod
    def until_end(self, *, terms: Terms, clock: Clock) -> Flow[E | None]:
        """Wait for the end; None if ``terms`` pause before it."""
