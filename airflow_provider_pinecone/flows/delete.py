"""Delete backups and indexes: never an index's last good backup unasked, and never trust a single 404.

Each flow raises a PineconeError if the API refuses, or keeps failing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import (
    PineconeError,
    PineconeGoneError,
    PineconeLastBackupError,
    PineconeNotFoundError,
)
from airflow_provider_pinecone.api.models import Backup, BackupStatus, Index, IndexState
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.kinds import K
from airflow_provider_pinecone.flows.listing import all_backups
from airflow_provider_pinecone.flows.steps import Flow, Tell, or_none, send
from airflow_provider_pinecone.flows.waiting.loop import patiently
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.policies.guards import held
from airflow_provider_pinecone.policies.identity import RUN_TAG, bears
from airflow_provider_pinecone.policies.selection import is_last_good, is_usable, last_good

DELETE_PATIENCE = 300.0
"""Seconds after which a duplicate that cannot be deleted is left to people."""


def delete_backup(
    backup_id: str, *, allow_last: bool = False, missing_ok: bool = False
) -> Flow[Backup | None]:
    """Delete a backup, and return it; None if there is none and ``missing_ok``.

    :param allow_last: delete it even if it is the last good backup of its index.
    :raises PineconeLastBackupError: if it is, and that was not allowed.
    """
    look = send(endpoints.describe_backup(backup_id))
    backup = yield from or_none(look) if missing_ok else look
    if backup is not None:
        if not allow_last:
            yield from _check_not_last(backup)
        yield from delete_seen_backup(backup_id)
    return backup


def delete_seen_backup(backup_id: str) -> Flow[bool]:
    """Delete a backup that was seen a moment ago, whatever it is. :return: whether it was still there.

    :raises PineconeGoneError: on a 404 although it is still there.
    """
    return _delete(endpoints.delete_backup(backup_id), seen_by=endpoints.describe_backup(backup_id))


def delete_index(index_name: str, *, missing_ok: bool = False) -> Flow[Index | None]:
    """Delete an index with all its records, and return it; None if there is none and ``missing_ok``."""
    look = send(endpoints.describe_index(index_name))
    index = yield from or_none(look) if missing_ok else look
    if index is not None:
        yield from delete_seen_index(index_name)
    return index


def delete_seen_index(index_name: str) -> Flow[bool]:
    """Delete an index that was seen a moment ago. :return: whether it was still there.

    :raises PineconeGoneError: on a 404 although it is still there.
    """
    return _delete(endpoints.delete_index(index_name), seen_by=endpoints.describe_index(index_name))


def delete_duplicate(duplicate: Backup, *, kept: Backup, terms: Terms, clock: Clock) -> Flow[None]:
    """Delete a run's second backup. A failure is only logged: the run has the backup it wanted."""
    what = f"Backup {duplicate.backup_id}, a duplicate of {kept.backup_id}"
    if is_usable(duplicate) and not is_usable(kept):
        yield Tell(f"{what}, stays: it holds records and the other none.", warning=True)
        return
    # Not for long, and without patience for a role that may not delete: the run has its backup.
    deadline = min(terms.deadline, clock() + DELETE_PATIENCE)
    brief = replace(terms, pause_at=None, key_patience=0.0, deadline=deadline)
    try:
        deletion = partial(delete_seen_backup, duplicate.backup_id)
        yield from patiently(deletion, what=what, terms=brief, clock=clock)
    except PineconeError as error:
        yield Tell(f"{what}, could not be deleted: {error} Delete it by hand.", warning=True)
    else:
        yield Tell(f"{what}, is deleted.", warning=True)


def abandon(ids: Mapping[str, Any], *, tokens: Collection[str]) -> Flow[str]:
    """Leave what a run has begun, since its task is given up; with ``tokens``, delete what is unfinished.

    :param ids: holds its ``backup_id``, or the ``index_name`` that a restore makes; whatever else is ignored.
    :param tokens: the run's; what carries none of them is never deleted.
    :return: what becomes of it, in one line.
    """
    backup_id, index_name = ids.get("backup_id"), ids.get("index_name")
    what = f"Index {index_name}" if backup_id is None else f"Backup {backup_id}"
    if not tokens:
        made = "is still being restored" if backup_id is None else "goes on"
        return f"{what} {made} in Pinecone, which has no call to cancel that."
    try:
        if backup_id is None:
            seen = yield from _delete_unfinished_index(str(index_name), tokens=tokens)
        else:
            seen = yield from _delete_unfinished_backup(backup_id, tokens=tokens)
    except PineconeError as error:
        return f"{what} was not deleted: {error}"
    return f"{what} {seen}."


def _delete_unfinished_backup(backup_id: str, *, tokens: Collection[str]) -> Flow[str]:
    backup = yield from or_none(send(endpoints.describe_backup(backup_id)))
    if backup is None:
        return "is gone already"
    if backup.status is not BackupStatus.INITIALIZING or not bears(backup, tokens=tokens):
        return f"is {backup.status}, and stays"
    yield from delete_seen_backup(backup_id)
    return "was still Initializing, and is deleted"


def _delete_unfinished_index(index_name: str, *, tokens: Collection[str]) -> Flow[str]:
    index = yield from or_none(send(endpoints.describe_index(index_name)))
    if index is None:
        return "is gone already"
    if index.state is not IndexState.INITIALIZING or index.tags.get(RUN_TAG) not in tokens:
        return f"is {index.state}, and stays"
    yield from delete_seen_index(index_name)
    return "was still Initializing, and is deleted"


def _check_not_last(backup: Backup) -> Flow[None]:
    others = [
        other
        for other in (yield from all_backups())
        if other.source_index_id == backup.source_index_id and other.backup_id != backup.backup_id
    ]
    while not is_last_good(backup, backups=others):
        # Listings lag: what is to survive is read by its id before anything is deleted.
        for survivor in last_good(others):
            if (yield from or_none(send(endpoints.describe_backup(survivor.backup_id)))) is None:
                others.remove(survivor)
                break
        else:
            return
    raise PineconeLastBackupError(
        f"{backup.source_index_name}: its last good backup is not deleted: {held(backup)}. "
        f"Pass allow_last=True to delete it anyway. "
        f"Backup {backup.backup_id} of the index with the id {backup.source_index_id}."
    )


def _delete_index(index_name: str) -> Flow[bool]:
    return _delete(endpoints.delete_index(index_name), seen_by=endpoints.describe_index(index_name))


def _delete(call: Call[None], *, seen_by: Call[K]) -> Flow[bool]:
    """Delete what was seen a moment ago. A 404 may be a passing fault, so the flow looks again after it.

    :return: whether it was still there.
    """
    try:
        yield from send(call)
    except PineconeNotFoundError as error:
        left = yield from or_none(send(seen_by))
        if left is not None and not (isinstance(left, Index) and left.state is IndexState.TERMINATING):
            raise PineconeGoneError(f"The {call.subject} still exists. Pinecone answered: {error}") from None
        return False
    return True
