"""Start a restore exactly once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import (
    DELETION_PROTECTION,
    check_choice,
    check_mapping,
    check_name,
    check_tags,
)
from airflow_provider_pinecone.api.errors import PineconeNameTakenError
from airflow_provider_pinecone.api.models import (
    Backup,
    Index,
    IndexState,
    RestoreJob,
    RestoreJobStatus,
    StartedRestore,
)
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.flows.attempt import Submitted
from airflow_provider_pinecone.flows.choose import Source, choose
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.estimate import estimate_restore
from airflow_provider_pinecone.flows.kinds import INDEX, RESTORE_JOB
from airflow_provider_pinecone.flows.listing import all_restore_jobs
from airflow_provider_pinecone.flows.once import LOOK_PAUSES, Found, look_with_patience, once
from airflow_provider_pinecone.flows.steps import Flow, Remember, Sleep, Tell, or_none, read
from airflow_provider_pinecone.flows.waiting.restore import RestoreWait
from airflow_provider_pinecone.policies.identity import RUN_TAG, check_room_for_mark, restore_tags

TERMINATING_PAUSES = (5.0, 10.0, 15.0, 30.0, 60.0, 60.0, 60.0, 60.0)
"""Seconds before each new look at an index that is being deleted, five minutes in all: a DAG may drop an
index and restore into its name."""

CLOCK_SKEW = timedelta(minutes=5)
"""By how much Pinecone's clock may be behind Airflow's."""


@dataclass(frozen=True, kw_only=True)
class RestorePlan:
    """The one index that a run makes from a backup.

    :param token: marks the index, as a tag.
    :param earlier: the tokens of generations before this one, whose unfinished index is the run's, too.
    :param since: when the run began; older jobs, such as last night's into the same name, stay listed.
        None if unknown.
    :param tags: the new index's, in place of the backup's. The run adds its own.
    :param remembered: the restore job that an earlier try put on record: the listing leaves some out.
    :raises PineconeInputError: if one of them cannot be.
    """

    index_name: str
    source: Source
    token: str
    earlier: frozenset[str] = frozenset()
    since: datetime | None = None
    tags: Mapping[str, str] | None = None
    deletion_protection: str | None = None
    read_capacity: Mapping[str, Any] | None = None
    remembered: str | None = None

    @property
    def tokens(self) -> frozenset[str]:
        """The run's tokens, of all its generations so far."""
        return self.earlier | {self.token}

    def __post_init__(self) -> None:
        """Refuse what cannot be before anything is sent."""
        check_name("index_name", self.index_name)
        if self.tags is not None:
            check_tags("tags", self.tags)
            check_room_for_mark(self.tags)
        if self.deletion_protection is not None:
            check_choice("deletion_protection", self.deletion_protection, choices=DELETION_PROTECTION)
        if self.read_capacity is not None:
            check_mapping("read_capacity", self.read_capacity)


def submit_restore(plan: RestorePlan, *, timeout: float | None, clock: Clock) -> Flow[Submitted[RestoreWait]]:
    """Start to create an index from a backup, or find the one that this run started.

    :param timeout: the longest wait for its end, in seconds; None if the task does not wait.
    :raises PineconeNameTakenError: if this run did not create the index of that name.
    :raises PineconeInputError: if there is no backup to restore.
    :raises PineconeError: if the API refuses, or keeps failing.
    """

    def look() -> Flow[Index | None]:
        index = yield from _index_that_stays(plan.index_name)
        if index is None:
            return None
        if (yield from _is_own(index, plan)):
            return index
        raise PineconeNameTakenError(
            f"index_name {quoted(plan.index_name)} is taken. Choose another name, or delete that index "
            f"first: this run did not make it of this backup, or made it before the task was cleared."
        )

    backup: Backup | None = None

    def prepare() -> Flow[Call[StartedRestore]]:
        nonlocal backup
        backup = yield from choose(plan.source)
        return endpoints.create_index_from_backup(
            backup.backup_id,
            name=plan.index_name,
            tags=restore_tags(backup, given=plan.tags, token=plan.token),
            deletion_protection=plan.deletion_protection,
            read_capacity=plan.read_capacity,
        )

    result = yield from once(look, prepare, clock=clock)
    if isinstance(result, Found):
        job_id, backup_id, index_id = yield from _ids_of(result.value, plan)
    else:
        job_id, index_id = result.restore_job_id, result.index_id
        backup_id = backup.backup_id if backup else None
        yield Tell(f"Restore job {job_id}: started, from backup {backup_id} into index {plan.index_name}.")
    yield Remember({"restore_job_id": job_id, "index_name": plan.index_name, "index_id": index_id})
    now = clock()
    expected = None
    if timeout is not None and backup_id is not None:
        expected = yield from estimate_restore(backup_id, known=backup)
    return Submitted(
        wait=RestoreWait(
            started_at=now,
            deadline=now + (timeout or 0.0),
            restore_job_id=job_id,
            index_name=plan.index_name,
            expected=expected,
        ),
        is_found=isinstance(result, Found),
        result={
            "restore_job_id": job_id,
            "backup_id": backup_id,
            "target_index_name": plan.index_name,
            "target_index_id": index_id,
            "status": str(RestoreJobStatus.PENDING),
        },
    )


def _index_that_stays(index_name: str) -> Flow[Index | None]:
    """The index of that name; None if there is none, or once its deletion is complete."""
    index: Index | None = None
    for pause in (*TERMINATING_PAUSES, None):
        index = yield from or_none(read(INDEX, index_name))
        if index is None or index.state is not IndexState.TERMINATING or pause is None:
            break
        yield Tell(f"Index {index_name} is being deleted: waiting for the name, {pause:g} s.")
        yield Sleep(pause)
    return index


def _is_own(index: Index, plan: RestorePlan) -> Flow[bool]:
    """Whether this run made an index: by its tag."""
    tag = index.tags.get(RUN_TAG)
    if tag in plan.earlier and index.ready and plan.remembered is not None:
        # An earlier try of this generation adopted it while it was not ready.
        job = yield from _find_job(index, plan)
        return job is not None and job.restore_job_id == plan.remembered
    return tag == plan.token or (tag in plan.earlier and index.state is IndexState.INITIALIZING)


def _ids_of(index: Index, plan: RestorePlan) -> Flow[tuple[str | None, str | None, str | None]]:
    """The ids of the job, backup and index of the restore that made an index; None if not found again."""
    job = yield from _find_job(index, plan)
    told = f"by restore job {job.restore_job_id}" if job else "its restore job is not listed"
    source = index.source_backup_id or (job.backup_id if job else None)
    yield Tell(
        f"Index {index.name}: found, started by this run earlier from backup {source or 'unknown'}, {told}."
    )
    return (job.restore_job_id, source, job.target_index_id) if job else (None, source, None)


def _find_job(index: Index, plan: RestorePlan) -> Flow[RestoreJob | None]:
    def look() -> Flow[RestoreJob | None]:
        return _job_into(index, plan)

    return (yield from look_with_patience(look, pauses=LOOK_PAUSES))


def _job_into(index: Index, plan: RestorePlan) -> Flow[RestoreJob | None]:
    """The restore job that made an index in the time of this run: the one on record, or the newest listed."""
    if plan.remembered is not None:
        job = yield from or_none(read(RESTORE_JOB, plan.remembered))
        if job is not None and job.target_index_name == index.name:
            return job
    jobs = yield from all_restore_jobs()
    fitting = [
        job
        for job in jobs
        if job.target_index_name == index.name
        and index.source_backup_id in (None, job.backup_id)
        and (plan.since is None or job.created_at is None or job.created_at >= plan.since - CLOCK_SKEW)
    ]
    return max(fitting, key=lambda job: str(job.created_at), default=None)
