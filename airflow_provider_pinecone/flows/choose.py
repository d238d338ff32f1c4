"""Which backup a restore takes: the given one, or the newest usable one of an index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.checks import check_id
from airflow_provider_pinecone.api.errors import (
    PineconeBackupNotReadyError,
    PineconeNoUsableBackupError,
)
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.flows.listing import all_backups
from airflow_provider_pinecone.flows.once import LOOK_PAUSES, look_with_patience
from airflow_provider_pinecone.flows.steps import Flow, Tell, or_none, send
from airflow_provider_pinecone.policies.outcome import Verdict, backup_outcome
from airflow_provider_pinecone.policies.selection import choose_backup, is_usable


@dataclass(frozen=True, kw_only=True)
class Source:
    """What to restore: a backup given by its id, or by its index's name.

    :param source_index_id: which of the indexes of that name.
    :param before: ignore backups created after this time.
    """

    backup_id: str | None = None
    source_index_name: str | None = None
    source_index_id: str | None = None
    before: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what no backup or index can be called. :raises PineconeInputError: if there is any."""
        for field in ("backup_id", "source_index_name", "source_index_id"):
            if getattr(self, field) is not None:
                check_id(field, getattr(self, field))


def choose(source: Source) -> Flow[Backup]:
    """Choose the backup.

    :raises PineconeNotFoundError: if there is no backup of that id.
    :raises PineconeInputError: if it is not Ready, or no backup of the name is usable.
    """
    if source.backup_id is None:
        return (yield from _newest_usable(source))
    backup = yield from _named(source.backup_id)
    match backup_outcome(backup).verdict:
        case Verdict.WAITING:
            raise PineconeBackupNotReadyError(
                f"{backup.source_index_name}: the backup to restore is still {backup.status}. "
                f"Wait for it with PineconeBackupSensor. backup_id {quoted(backup.backup_id)}."
            )
        case Verdict.FAILED:
            raise PineconeNoUsableBackupError(
                f"{backup.source_index_name}: the backup to restore is {backup.status}. "
                f"Choose another. backup_id {quoted(backup.backup_id)}."
            )
    if not is_usable(backup):
        yield Tell(f"Backup {backup.backup_id} is empty: so will be the restored index.", warning=True)
    return backup


def _named(backup_id: str) -> Flow[Backup]:
    """Read a backup. The API answers 404 on passing faults, too."""
    call = endpoints.describe_backup(backup_id)
    found = yield from look_with_patience(lambda: or_none(send(call)), pauses=LOOK_PAUSES)
    return found or (yield from send(call))


def _newest_usable(source: Source) -> Flow[Backup]:
    # The project's listing also shows the backups of deleted indexes.
    backups = yield from all_backups()
    backup = choose_backup(
        backups,
        source_index_name=source.source_index_name or "",
        source_index_id=source.source_index_id,
        before=source.before,
    )
    records = "unknown" if backup.record_count is None else f"{backup.record_count:,}"
    yield Tell(
        f"Backup {backup.backup_id} chosen: the newest usable one of {backup.source_index_name}, "
        f"made at {backup.created_at}, {records} records."
    )
    return backup
