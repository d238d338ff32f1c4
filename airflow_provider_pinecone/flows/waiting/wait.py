"""Wait for a backup or a restore to end: look, judge, sleep, until it has ended or the time is up.

Faults that pass never end a wait. Deadlines are absolute, so a wait that moves between worker and triggerer,
or begins anew in another triggerer, ends when it was to end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import inf
from typing import Any, TypeVar

from airflow_provider_pinecone.api.errors import (
    PineconeBackupFailedError,
    PineconeError,
    PineconeRestoreFailedError,
    PineconeWaitTimeoutError,
)
from airflow_provider_pinecone.api.models import Backup, Index, RestoreJob, RestoreJobStatus
from airflow_provider_pinecone.flows.kinds import BACKUP, INDEX, RESTORE_JOB
from airflow_provider_pinecone.flows.once import Clock
from airflow_provider_pinecone.flows.steps import AwaitChange, Flow, Sleep, or_none, read
from airflow_provider_pinecone.flows.waiting.look import Look, Reading
from airflow_provider_pinecone.flows.waiting.measure import Meter
from airflow_provider_pinecone.flows.waiting.pace import Pace
from airflow_provider_pinecone.flows.waiting.patience import Patience
from airflow_provider_pinecone.flows.waiting.teller import NOTHING, Teller
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.policies import polling
from airflow_provider_pinecone.policies.outcome import (
    Outcome,
    Verdict,
    backup_outcome,
    restore_job_outcome,
    restored_index_outcome,
)
from airflow_provider_pinecone.policies.time_text import exact_time

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Restored:
    """The end of a restore. ``job`` is None if it could not be read, and only the index told."""

    restore_job_id: str | None
    job: RestoreJob | None
    index: Index | None

    def as_dict(self) -> dict[str, Any]:
        """The restore job's fields, fit for JSON; without a job, what its index tells of them."""
        if self.job is not None:
            return self.job.as_dict()
        return {
            "restore_job_id": self.restore_job_id,
            "backup_id": self.index.source_backup_id if self.index else None,
            "target_index_name": self.index.name if self.index else None,
            "status": str(RestoreJobStatus.COMPLETED),
        }


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

    wait = _Wait(f"Backup {backup_id}", failure=PineconeBackupFailedError, terms=terms, clock=clock)
    return (yield from wait.until_done(look))


def wait_for_restore(
    restore_job_id: str | None,
    *,
    index_name: str | None = None,
    percent_complete: float = 100.0,
    terms: Terms,
    clock: Clock,
) -> Flow[Restored | None]:
    """Wait until a restore job is done and its index ready; None if ``terms`` say to stop for now.

    :param restore_job_id: the job; None if its id was lost, and the index alone must tell.
    :param index_name: the target index, which also tells when the job can no longer be read.
    :param percent_complete: wait only for this much of the job, and not for the index.
    :raises PineconeRestoreFailedError: if the job or its index fails.
    :raises PineconeGoneError: if neither is found.
    :raises PineconeWaitTimeoutError: at the deadline.
    """
    target = index_name
    meter = Meter(clock)

    def look() -> Flow[Reading[Restored | None]]:
        nonlocal target
        job = None
        if restore_job_id is not None:
            job = yield from or_none(read(RESTORE_JOB, restore_job_id))
        if job is not None:
            target = job.target_index_name
            # Who looks once, or soon hands the wait over, sees nothing grow.
            is_measured = job.status is RestoreJobStatus.PENDING and terms.pause_at is None
            if is_measured:
                yield from meter.measure(job, began=terms.began(job.created_at))
            outcome = restore_job_outcome(job, percent_complete=percent_complete, measured=meter.percent)
            if outcome.verdict is not Verdict.DONE or percent_complete < 100.0:
                return Reading(
                    Restored(restore_job_id=restore_job_id, job=job, index=None),
                    outcome,
                    created_at=job.created_at,
                    progress=meter.progress,
                    rest=partial(AwaitChange, RESTORE_JOB, job.restore_job_id, job),
                    stale_at=meter.due_at if is_measured else inf,
                )
        if target is None:
            return Reading(None, Outcome(verdict=Verdict.GONE, seen="not found"))
        index = yield from or_none(read(INDEX, target))
        # A job that cannot be read now may be read the next time, and may have failed.
        is_settled = job is not None or restore_job_id is None
        rest = partial(AwaitChange, INDEX, target, index) if index and is_settled else None
        end = Restored(restore_job_id=restore_job_id, job=job, index=index)
        return Reading(end, restored_index_outcome(index), rest=rest)

    what = f"Restore job {restore_job_id}" if restore_job_id else f"The restore of index {index_name}"
    wait = _Wait(what, failure=PineconeRestoreFailedError, terms=terms, clock=clock)
    return (yield from wait.until_done(look))


def patiently(work: Callable[[], Flow[T]], *, what: str, terms: Terms, clock: Clock) -> Flow[T | None]:
    """Do something else while waiting, and wait out faults that pass; None if ``terms`` say to stop for now.

    :raises PineconeWaitTimeoutError: at the deadline.
    """

    def look() -> Flow[Reading[T]]:
        value = yield from work()
        return Reading(value, Outcome(verdict=Verdict.DONE, seen=NOTHING))

    return (yield from _Wait(what, failure=PineconeError, terms=terms, clock=clock).until_done(look))


class _Wait:
    """One wait.

    :param what: what is waited for.
    :param failure: what to raise if it ends badly.
    """

    def __init__(self, what: str, *, failure: type[PineconeError], terms: Terms, clock: Clock) -> None:
        self._what = what
        self._failure = failure
        self._terms = terms
        self._clock = clock
        self._patience = Patience(what, terms, clock)
        self._pace = Pace(terms, clock)
        self._teller = Teller(what)

    def until_done(self, look: Look[T]) -> Flow[T | None]:
        """Look until it has ended, and return what was read; None if the terms say to stop for now."""
        while True:
            rest = None
            try:
                reading = yield from look()
            except PineconeError as error:
                yield from self._patience.bear(error)
            else:
                if (yield from self._is_done(reading)):
                    return reading.value
                rest = reading.rest
            if self._is_to_pause():
                return None
            if rest is None:
                yield Sleep(self._pause())
            else:
                yield rest(partial(self._pause_again, reading.stale_at))

    @property
    def _elapsed(self) -> float:
        return self._clock() - self._terms.started_at

    def _is_done(self, reading: Reading[object]) -> Flow[bool]:
        self._patience.relax()
        self._pace.learn(reading)
        yield from self._teller.tell(reading, elapsed=self._elapsed, age=self._pace.age)
        match reading.outcome:
            case Outcome(verdict=Verdict.FAILED, seen=seen):
                took = exact_time(self._elapsed)
                raise self._failure(f"{self._what} ended as {seen} after {took}. Pinecone gives no reason.")
            case Outcome(verdict=Verdict.GONE, seen=seen):
                yield from self._patience.miss(seen)
            case _:
                self._patience.find()
        return reading.outcome.verdict is Verdict.DONE

    def _is_to_pause(self) -> bool:
        """Whether to stop for now. :raises PineconeWaitTimeoutError: if it is to stop for good."""
        if self._clock() >= self._terms.deadline:
            deadline = datetime.fromtimestamp(self._terms.deadline, tz=UTC)
            raise PineconeWaitTimeoutError(
                f"{self._what} had not ended by {deadline:%Y-%m-%d %H:%M:%S} UTC, "
                f"{exact_time(self._elapsed)} after the wait began. "
                f"Last seen: {self._teller.seen}.{self._patience.fault} It goes on in Pinecone."
            )
        return self._clock() >= self._ends_at

    @property
    def _ends_at(self) -> float:
        """When this part of the wait ends. Not amid misses: the next part would count them from 0."""
        if self._terms.pause_at is None or self._patience.misses:
            return self._terms.deadline
        return min(self._terms.pause_at, self._terms.deadline)

    def _pause_again(self, stale_at: float) -> float | None:
        """Seconds until the look after one that found nothing new; None if it is time for another reason."""
        now = self._clock()
        if now >= self._ends_at or now >= stale_at:
            return None
        self._pace.unfinished_at = now
        return min(self._pace.pause, self._ends_at - now)

    def _pause(self) -> float:
        """Seconds until the next look, which comes no later than this part of the wait ends."""
        since = self._patience.troubled_since
        usual = self._pace.pause if since is None else polling.pause(self._clock() - since)
        left = self._ends_at - self._clock()
        return max(0.0, min(max(usual, self._patience.asked_to_wait), left))
