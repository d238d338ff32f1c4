"""Wait for a backup or a restore to end: read, judge, sleep, until it has or the time is up.

Faults that pass never end a wait; a key that is refused is given time to be replaced; what cannot be found
is looked for again. Deadlines are absolute, so a wait that moves between worker and triggerer, or is begun
anew by another triggerer, ends when it was to end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from airflow_provider_pinecone.api.errors import (
    PineconeBackupFailedError,
    PineconeError,
    PineconeRestoreFailedError,
)
from airflow_provider_pinecone.api.models import Backup, Index, RestoreJob, RestoreJobStatus
from airflow_provider_pinecone.flows.kinds import BACKUP, INDEX, RESTORE_JOB
from airflow_provider_pinecone.flows.measure import Meter
from airflow_provider_pinecone.flows.once import Clock
from airflow_provider_pinecone.flows.steps import Flow, or_none, read
from airflow_provider_pinecone.flows.watch import Look, Reading, Terms, Watch
from airflow_provider_pinecone.policies.outcome import (
    Outcome,
    Verdict,
    backup_outcome,
    restore_job_outcome,
    restored_index_outcome,
)

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Restored:
    """The end of a restore. ``job`` is None where the API could not tell of it, and only the index could."""

    job: RestoreJob | None
    index: Index | None


def wait_for_backup(backup_id: str, *, terms: Terms, clock: Clock) -> Flow[Backup | None]:
    """Wait until a backup is Ready, and return it; None where ``terms`` said to stop for now.

    :raises PineconeBackupFailedError: where it ends in another status.
    :raises PineconeGoneError: where it is not found.
    :raises PineconeWaitTimeoutError: at the deadline.
    """
    watch = Watch(what=f"Backup {backup_id}", failure=PineconeBackupFailedError, terms=terms, clock=clock)

    def look() -> Flow[Reading[Backup | None]]:
        backup = yield from or_none(read(BACKUP, backup_id))
        if backup is not None:
            watch.learn_of_backup(backup)
        return Reading(backup, backup_outcome(backup))

    return (yield from _wait(look, watch))


def wait_for_restore(
    restore_job_id: str | None,
    *,
    index_name: str | None = None,
    enough_percent: float = 100.0,
    terms: Terms,
    clock: Clock,
) -> Flow[Restored | None]:
    """Wait until a restore job is done and its index ready; None where ``terms`` said to stop for now.

    :param restore_job_id: the job; None where its id was lost, and the index alone must tell.
    :param index_name: the target index, which also tells when the job can no longer be read.
    :param enough_percent: wait only for this much of the job, and not for the index.
    :raises PineconeRestoreFailedError: where the job or its index fails.
    :raises PineconeGoneError: where neither is found.
    :raises PineconeWaitTimeoutError: at the deadline.
    """
    target = index_name
    what = f"Restore job {restore_job_id}" if restore_job_id else f"The restore of index {index_name}"
    watch = Watch(what=what, failure=PineconeRestoreFailedError, terms=terms, clock=clock)
    meter = Meter()

    def look() -> Flow[Reading[Restored | None]]:
        nonlocal target
        job = None
        if restore_job_id is not None:
            job = yield from or_none(read(RESTORE_JOB, restore_job_id))
        if job is not None:
            target = job.target_index_name
            watch.begun_at = job.created_at.timestamp() if job.created_at else None
            if job.status is RestoreJobStatus.PENDING and terms.pause_at is None:
                # Who looks once, or soon hands the wait over, sees nothing grow.
                yield from meter.measure(job, age=watch.age)
                watch.progress = meter.progress
            outcome = restore_job_outcome(job, enough_percent=enough_percent, measured=meter.percent)
            if outcome.verdict is not Verdict.DONE or enough_percent < 100.0:
                return Reading(Restored(job=job, index=None), outcome)
        if target is None:
            return Reading(None, Outcome(verdict=Verdict.GONE, seen="not found"))
        index = yield from or_none(read(INDEX, target))
        return Reading(Restored(job=job, index=index), restored_index_outcome(index))

    return (yield from _wait(look, watch))


def patiently(work: Callable[[], Flow[T]], *, what: str, terms: Terms, clock: Clock) -> Flow[T | None]:
    """Do something else while waiting: faults that pass are waited out; None where ``terms`` pause.

    :raises PineconeWaitTimeoutError: at the deadline.
    """
    watch = Watch(what=what, failure=PineconeError, terms=terms, clock=clock)

    def look() -> Flow[Reading[T]]:
        value = yield from work()
        return Reading(value, Outcome(verdict=Verdict.DONE, seen="read"))

    while True:
        reading = yield from watch.read(look)
        if reading is not None:
            return reading.value
        if watch.is_to_pause():
            return None
        yield watch.rest()


def _wait(look: Look[T], watch: Watch) -> Flow[T | None]:
    while True:
        reading = yield from watch.read(look)
        if reading is not None and (yield from watch.is_done(reading.outcome)):
            return reading.value
        if watch.is_to_pause():
            return None
        yield from watch.tell_progress()
        yield watch.rest()
