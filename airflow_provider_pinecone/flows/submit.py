"""Make a backup, or an index from one, exactly once.

The API takes the same backup twice and knows no idempotency key. So: look for what this run's token marks; if
it is not there, ask for it; where the outcome stays open, look again before asking again. Nothing needs to be
remembered between two tries of a task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.checks import check_name
from airflow_provider_pinecone.api.errors import (
    PineconeAlreadyExistsError,
    PineconeError,
    PineconeForeignAnswerError,
    PineconeNameTakenError,
    PineconeNotFoundError,
    PineconeTlsError,
)
from airflow_provider_pinecone.api.models import Backup, Index, RestoreJob, StartedRestore
from airflow_provider_pinecone.flows.listing import all_backups, all_restore_jobs
from airflow_provider_pinecone.flows.steps import Flow, Kind, Read, Send, Sleep, Tell
from airflow_provider_pinecone.policies.identity import made_by_run
from airflow_provider_pinecone.policies.selection import backup_of_run

T = TypeVar("T")
Clock = Callable[[], float]

LOOK_PAUSES = (1.0, 3.0, 6.0)
"""Seconds before each look for what a request without an answer may have made: listings lag."""

SUBMIT_PATIENCE = 300.0
"""Seconds after which a request that keeps failing is left to the task's next try."""

LONGEST_PAUSE = 30.0

WRONG_HOST = (PineconeForeignAnswerError, PineconeTlsError)
"""What a wrong host answers. Before anything was asked for, it is not worth waiting for a better answer."""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """A restore that was begun. The ids are None where they could not be found again."""

    restore_job_id: str | None
    backup_id: str | None
    index_id: str | None


def submit_backup(index_name: str, *, name: str, description: str, token: str, clock: Clock) -> Flow[Backup]:
    """Begin a backup of an index, or find the one that this run began.

    :param token: what ``description`` bears, and marks the run's backup.
    :raises PineconeNotFoundError: where there is no such index.
    :raises PineconeError: where the API refuses, or keeps failing.
    """
    call = endpoints.create_backup(index_name, name=name, description=description)

    def look() -> Flow[Backup | None]:
        backups = yield from all_backups(index_name)
        return backup_of_run(backups, token=token)

    backup: Backup
    backup, is_found = yield from _once(look, call, clock=clock)
    how = "found, begun by this run before" if is_found else "begun"
    yield Tell(f"Backup {backup.backup_id} of index {index_name}: {how}, named {backup.name}.")
    return backup


def submit_restore(
    backup: Backup,
    *,
    index_name: str,
    tags: Mapping[str, str],
    deletion_protection: str | None = None,
    read_capacity: Mapping[str, Any] | None = None,
    clock: Clock,
) -> Flow[Submitted]:
    """Begin to make an index from a backup, or find the one that this run has begun.

    :param tags: from ``policies.identity.restore_tags``: they mark the run's index.
    :raises PineconeNameTakenError: where an index of that name exists that this run did not make.
    :raises PineconeError: where the API refuses, or keeps failing.
    """
    call = endpoints.create_index_from_backup(
        backup.backup_id,
        name=check_name("index_name", index_name),
        tags=tags,
        deletion_protection=deletion_protection,
        read_capacity=read_capacity,
    )

    def look() -> Flow[Index | None]:
        try:
            index: Index = yield Read(Kind.INDEX, index_name)
        except PineconeNotFoundError:
            return None
        if made_by_run(index, backup_id=backup.backup_id, tags=tags):
            return index
        raise PineconeNameTakenError(
            f"index_name {index_name!r} is taken by an index that this run did not make of this backup, or "
            f"made before the task was cleared. Choose another name, or delete that index first."
        )

    started, _ = yield from _once(look, call, clock=clock)
    if isinstance(started, StartedRestore):
        yield Tell(
            f"Restore job {started.restore_job_id}: begun, from backup {backup.backup_id} "
            f"into index {index_name}."
        )
        return Submitted(
            restore_job_id=started.restore_job_id, backup_id=backup.backup_id, index_id=started.index_id
        )
    return (yield from _found(started))


def _found(index: Index) -> Flow[Submitted]:
    """The restore that made an index which was found. The API's listing leaves some jobs out."""

    def look() -> Flow[RestoreJob | None]:
        jobs = yield from all_restore_jobs()
        into_it = [job for job in jobs if job.target_index_name == index.name]
        ours = [job for job in into_it if index.source_backup_id in (None, job.backup_id)]
        return max(ours, key=lambda job: str(job.created_at), default=None)

    job = yield from _look_with_patience(look, pauses=LOOK_PAUSES)
    told = f"by restore job {job.restore_job_id}" if job else "its restore job is not listed"
    source = index.source_backup_id or (job.backup_id if job else None)
    yield Tell(
        f"Index {index.name}: found, begun by this run before from backup {source or 'unknown'}, {told}."
    )
    return Submitted(
        restore_job_id=job.restore_job_id if job else None,
        backup_id=source,
        index_id=job.target_index_id if job else None,
    )


def _once(
    look: Callable[[], Flow[T | None]], call: endpoints.Call[Any], *, clock: Clock
) -> Flow[tuple[Any, bool]]:
    """Look, ask, and look again before asking again.

    :return: what was found or made, and whether it was found.
    """
    give_up_at = clock() + SUBMIT_PATIENCE
    pause = 1.0
    look_pauses: tuple[float, ...] = ()
    is_asked = False
    conflict: PineconeAlreadyExistsError | None = None
    while True:
        try:
            found = yield from _look_with_patience(look, pauses=look_pauses)
            if found is not None:
                return found, True
            if conflict is not None:
                raise conflict
            look_pauses = ()
            is_asked = True
            return (yield Send(call)), False
        except PineconeAlreadyExistsError as error:
            if conflict is not None:
                raise
            conflict = error
        except PineconeError as error:
            rest = max(pause, getattr(error, "retry_after", None) or 0.0)
            is_wrong_host = isinstance(error, WRONG_HOST) and not is_asked
            if not error.passing or is_wrong_host or clock() + rest > give_up_at:
                raise
            if is_asked and error.may_have_acted:
                look_pauses = LOOK_PAUSES
            todo = "Looking whether it was done all the same" if is_asked else "Trying again"
            yield Tell(f"{error} {todo}, in {rest:g} s.", warning=True)
            yield Sleep(rest)
            pause = min(pause * 2, LONGEST_PAUSE)


def _look_with_patience(look: Callable[[], Flow[T | None]], *, pauses: tuple[float, ...]) -> Flow[T | None]:
    found = yield from look()
    for seconds in pauses:
        if found is not None:
            break
        yield Sleep(seconds)
        found = yield from look()
    return found
