"""The decisions on the backups of one index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies.identity import deployment_of
from airflow_provider_pinecone.policies.retention.reasons import Decision, Delete, Keep, Reason
from airflow_provider_pinecone.policies.retention.rules import Ruling, rulings
from airflow_provider_pinecone.policies.retention.scope import Scope
from airflow_provider_pinecone.policies.scheduled import is_named_by_schedule
from airflow_provider_pinecone.policies.selection import is_usable, newest_first
from airflow_provider_pinecone.policies.time_text import days

if TYPE_CHECKING:
    from airflow_provider_pinecone.policies.retention.policy import RetentionPolicy

_UNFINISHED = Reason(Keep.UNFINISHED, "unfinished")
_UNDATED = Reason(Keep.UNDATED, "without a time")
_FUTURE = Reason(Keep.FUTURE, "from the future")
_NEWEST_READY = Reason(Keep.NEWEST_READY, "newest Ready, though empty")
_EMPTY_AND_LATEST = Reason(Keep.EMPTY_AND_LATEST, "empty, but no newer one is usable")
_EMPTY = Reason(Delete.EMPTY, "empty, and a newer one is usable")


def decide(
    history: Sequence[Backup],
    policy: RetentionPolicy,
    *,
    now: datetime,
    scope: Scope,
    scheduled: Collection[str],
    deleted_at: datetime | None,
) -> list[Decision]:
    """Decide on each backup of one index, and return that in the order of time.

    :param history: all its backups, in any order.
    :param deleted_at: when the index was deleted; None if it exists, or if nobody knows.
    """
    newest = newest_first(history)
    pins: dict[str, tuple[Reason, ...]] = {}
    decided: dict[str, Ruling] = {}
    governed: list[Backup] = []
    for backup in newest:
        maker = deployment_of(backup)
        is_scheduled = backup.backup_id in scheduled or (maker is None and is_named_by_schedule(backup))
        pins[backup.backup_id] = scope.pins(backup, maker=maker)
        untouched = scope.exclusion(backup, maker=maker, is_scheduled=is_scheduled) or _untouched(backup, now)
        if untouched is None:
            governed.append(backup)
        else:
            decided[backup.backup_id] = (True, (untouched,))
    if (deleted := _index_deleted(policy, now, deleted_at)) is not None:
        decided |= {backup.backup_id: (False, (deleted,)) for backup in governed}
    else:
        decided |= _governed(governed, policy, now)
    return [
        _decision(backup, decided[backup.backup_id], pins=pins[backup.backup_id])
        for backup in reversed(newest)
    ]


def _decision(backup: Backup, ruling: Ruling, *, pins: tuple[Reason, ...]) -> Decision:
    keep, reasons = ruling
    if pins:
        keep, reasons = True, (*pins, *reasons) if keep else pins
    return Decision(backup=backup, keep=keep, reasons=reasons)


def _untouched(backup: Backup, now: datetime) -> Reason | None:
    """Why no policy may judge a backup: nobody can tell yet what it is worth, or how old it is."""
    if backup.status is BackupStatus.INITIALIZING:
        return _UNFINISHED
    if backup.status is not BackupStatus.READY and not backup.status.is_known:
        return Reason(Keep.UNKNOWN_STATUS, f"status {quoted(str(backup.status))} is unknown")
    if backup.created_at is None:
        return _UNDATED
    return _FUTURE if backup.created_at > now else None


def _governed(backups: Sequence[Backup], policy: RetentionPolicy, now: datetime) -> dict[str, Ruling]:
    """The rulings on the finished, dated backups in scope.

    :param backups: newest first.
    """
    usable = [backup for backup in backups if is_usable(backup)]
    moments = [backup.created_at for backup in usable if backup.created_at is not None]
    ruled = dict(zip((backup.backup_id for backup in usable), rulings(moments, policy), strict=True))
    has_newer_usable = has_newer_ready = False
    for backup in backups:
        if backup.backup_id in ruled:
            has_newer_usable = True
        elif backup.status is BackupStatus.READY:
            ruled[backup.backup_id] = _empty(has_newer_usable, has_newer_ready)
            has_newer_ready = True
        else:
            ruled[backup.backup_id] = _failed(backup, policy.delete_failed_after, now)
    return ruled


def _empty(has_newer_usable: bool, has_newer_ready: bool) -> Ruling:
    if has_newer_usable:
        return False, (_EMPTY,)
    return True, (_EMPTY_AND_LATEST if has_newer_ready else _NEWEST_READY,)


def _failed(backup: Backup, delete_after: timedelta | None, now: datetime) -> Ruling:
    if delete_after is None:
        return True, (Reason(Keep.FAILED, "failed, kept for people to look at"),)
    if backup.created_at is not None and now - backup.created_at < delete_after:
        return True, (Reason(Keep.FAILED, f"failed, less than {days(delete_after)} ago"),)
    return False, (Reason(Delete.FAILED, f"failed, at least {days(delete_after)} ago"),)


def _index_deleted(policy: RetentionPolicy, now: datetime, deleted_at: datetime | None) -> Reason | None:
    """Why all backups of an index may go; None if they may not."""
    grace = policy.deleted_index_grace
    if grace is None or deleted_at is None or now - deleted_at < grace:
        return None
    day = f"{deleted_at.astimezone(policy.zone):%Y-%m-%d}"
    return Reason(Delete.INDEX_DELETED, f"index deleted on {day}, at least {days(grace)} ago")
