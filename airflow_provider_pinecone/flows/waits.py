"""What a task waits for, as values: a trigger is given one, and its event gives it back to the task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, replace
from typing import Any, Generic, Self, TypeVar

from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.once import Clock
from airflow_provider_pinecone.flows.steps import Flow, Ids
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.flows.waiting.wait import Restored, wait_for_backup, wait_for_restore
from airflow_provider_pinecone.policies.durations import Expectation

E = TypeVar("E", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Wait(ABC, Generic[E]):
    """A wait for an end.

    :param started_at: when it began, in Unix seconds.
    :param deadline: when it must have ended, in Unix seconds: absolute, so that no restart begins it again.
    """

    started_at: float
    deadline: float

    def to_json(self) -> dict[str, Any]:
        """The wait as a JSON object."""
        return asdict(self)

    @classmethod
    @abstractmethod
    def from_json(cls, payload: object) -> Self:
        """Read a wait. :raises ValueError: if the payload is not one."""

    @property
    @abstractmethod
    def ids(self) -> Ids:
        """The ids of what is waited for, by the API's names for them."""

    @property
    @abstractmethod
    def what(self) -> str:
        """What is waited for, for the log."""

    @abstractmethod
    def until_end(self, *, terms: Terms, clock: Clock) -> Flow[E | None]:
        """Wait for the end; None if ``terms`` pause before it."""


@dataclass(frozen=True, kw_only=True)
class BackupWait(Wait[Backup]):
    """A wait until a backup is Ready."""

    backup_id: str

    @classmethod
    def from_json(cls, payload: object) -> Self:
        """Read a wait. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a wait for a backup")
        return cls(
            started_at=read.number("started_at"),
            deadline=read.number("deadline"),
            backup_id=read.text("backup_id"),
        )

    @property
    def ids(self) -> Ids:
        """The backup's id."""
        return {"backup_id": self.backup_id}

    @property
    def what(self) -> str:
        """What is waited for, for the log."""
        return f"Backup {self.backup_id}"

    def until_end(self, *, terms: Terms, clock: Clock) -> Flow[Backup | None]:
        """Wait until the backup is Ready. See ``wait_for_backup``."""
        return wait_for_backup(self.backup_id, terms=replace(terms, wait_id=self.backup_id), clock=clock)


@dataclass(frozen=True, kw_only=True)
class RestoreWait(Wait[Restored]):
    """A wait until a restore job is Completed and its index ready, or until a part of the job is done.

    :param restore_job_id: the job; None if its id was lost and only the index can tell.
    :param index_name: the target index, which also tells if the job can no longer be read.
    :param percent_complete: wait only for this much of the job, from 0 to 100, and not for the index.
    :param expected: how long the restore may take, if that is known.
    """

    restore_job_id: str | None
    index_name: str | None = None
    percent_complete: float = 100.0
    expected: Expectation | None = None

    @classmethod
    def from_json(cls, payload: object) -> Self:
        """Read a wait. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a wait for a restore")
        expected = read.part("expected")
        return cls(
            started_at=read.number("started_at"),
            deadline=read.number("deadline"),
            restore_job_id=read.optional_text("restore_job_id"),
            index_name=read.optional_text("index_name"),
            percent_complete=read.number("percent_complete"),
            expected=Expectation(seconds=expected.number("seconds"), factor=expected.number("factor"))
            if expected.values
            else None,
        )

    @property
    def ids(self) -> Ids:
        """The restore job's id and its target's name."""
        return {"restore_job_id": self.restore_job_id, "index_name": self.index_name}

    @property
    def what(self) -> str:
        """What is waited for, for the log."""
        return f"Restore job {self.restore_job_id}" if self.restore_job_id else f"Index {self.index_name}"

    def until_end(self, *, terms: Terms, clock: Clock) -> Flow[Restored | None]:
        """Wait until the restore is done. See ``wait_for_restore``."""
        return wait_for_restore(
            self.restore_job_id,
            index_name=self.index_name,
            percent_complete=self.percent_complete,
            terms=replace(terms, expected=self.expected, wait_id=self.restore_job_id),
            clock=clock,
        )
