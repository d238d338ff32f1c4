"""Wait until a restore is done and its index ready."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Any, Self

from airflow_provider_pinecone.api.errors import (
    PineconeRestoreFailedError,
)
from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models import Index, RestoreJob, RestoreJobStatus
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.kinds import INDEX, RESTORE_JOB
from airflow_provider_pinecone.flows.steps import AwaitChange, Flow, or_none, read
from airflow_provider_pinecone.flows.waiting.look import Reading
from airflow_provider_pinecone.flows.waiting.loop import LookLoop
from airflow_provider_pinecone.flows.waiting.measure import Meter
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.flows.waiting.value import Wait
from airflow_provider_pinecone.policies.durations import Expectation
from airflow_provider_pinecone.policies.outcome import (
    Outcome,
    Verdict,
    restore_job_outcome,
    restored_index_outcome,
)


@dataclass(frozen=True, kw_only=True)
class Restored:
    """The end of a restore. ``job`` is None if it could not be read, and only the index told."""

    restore_job_id: str | None
    job: RestoreJob | None
    index: Index | None

    def as_dict(self) -> dict[str, Any]:
        """The restore job's fields, fit for JSON; without a job, those that its index has."""
        if self.job is not None:
            return self.job.as_dict()
        return {
            "restore_job_id": self.restore_job_id,
            "backup_id": self.index.source_backup_id if self.index else None,
            "target_index_name": self.index.name if self.index else None,
            "status": str(RestoreJobStatus.COMPLETED),
        }


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
            # A short part of a wait counts only for the threshold: it sees nothing grow.
            is_worth_it = terms.pause_at is None or percent_complete < 100.0
            is_measured = job.status is RestoreJobStatus.PENDING and is_worth_it
            if is_measured:
                yield from meter.measure(job, began=terms.began(job.created_at))
            outcome = restore_job_outcome(job, percent_complete=percent_complete, measured=meter.part)
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
        is_final = job is not None or restore_job_id is None
        rest = partial(AwaitChange, INDEX, target, index) if index and is_final else None
        end = Restored(restore_job_id=restore_job_id, job=job, index=index)
        return Reading(end, restored_index_outcome(index), rest=rest)

    what = f"Restore job {restore_job_id}" if restore_job_id else f"The restore of index {index_name}"
    loop = LookLoop(what, failure=PineconeRestoreFailedError, terms=terms, clock=clock)
    return (yield from loop.until_done(look))
