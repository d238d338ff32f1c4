"""Wait until a backup is Ready."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from airflow_provider_pinecone.api.errors import (
    PineconeBackupFailedError,
)
from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.kinds import BACKUP
from airflow_provider_pinecone.flows.steps import AwaitChange, Flow, or_none, read
from airflow_provider_pinecone.flows.waiting.look import Reading
from airflow_provider_pinecone.flows.waiting.loop import LookLoop
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.flows.waiting.value import Wait
from airflow_provider_pinecone.policies.outcome import (
    backup_outcome,
)


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
    def what(self) -> str:
        """What is waited for, for the log."""
        return f"Backup {self.backup_id}"

    def until_end(self, *, terms: Terms, clock: Clock) -> Flow[Backup | None]:
        """Wait until the backup is Ready. See ``wait_for_backup``."""
        return wait_for_backup(self.backup_id, terms=replace(terms, wait_id=self.backup_id), clock=clock)


def wait_for_backup(backup_id: str, *, terms: Terms, clock: Clock) -> Flow[Backup | None]:
    """Wait until a backup is Ready, and return it; None if ``terms`` say to stop for now.

    :raises PineconeBackupFailedError: if it ends in another status.
    :raises PineconeGoneError: if it is not found.
    :raises PineconeWaitTimeoutError: at the deadline.
    """

    def look() -> Flow[Reading[Backup | None]]:
        backup = yield from or_none(read(BACKUP, backup_id))
        created_at = backup.created_at if backup else None
        rest = partial(AwaitChange, BACKUP, backup_id, backup) if backup else None
        return Reading(backup, backup_outcome(backup), created_at=created_at, rest=rest)

    loop = LookLoop(f"Backup {backup_id}", failure=PineconeBackupFailedError, terms=terms, clock=clock)
    return (yield from loop.until_done(look))
