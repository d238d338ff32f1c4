"""Verify a restored index: read as much of it as the level asks for, and judge that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.errors import PineconeInputError, PineconeWaitTimeoutError
from airflow_provider_pinecone.api.models import Backup, Index, IndexStats, RestoreJob
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.compare import Comparison
from airflow_provider_pinecone.flows.records import batches, drawn_ids, fetched
from airflow_provider_pinecone.flows.steps import Flow, Sleep, Tell, or_none, send
from airflow_provider_pinecone.policies.arguments import WRITE_LAG
from airflow_provider_pinecone.policies.outcome import Verdict, restored_index_outcome
from airflow_provider_pinecone.policies.time_text import exact_time
from airflow_provider_pinecone.policies.verification.counts import are_complete, count_checks
from airflow_provider_pinecone.policies.verification.definition import definition_checks
from airflow_provider_pinecone.policies.verification.fingerprint import Row, StoredFingerprint
from airflow_provider_pinecone.policies.verification.levels import Level
from airflow_provider_pinecone.policies.verification.report import Check, Finding, Report, Sampled
from airflow_provider_pinecone.policies.verification.sampling import drawn_first

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 30.0
"""Seconds between two looks at counts that are not yet complete."""

WRITTEN_SINCE = "there is no fingerprint of this backup, so the source may have been written to since"


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What to verify, and how thoroughly.

    :param restore_job_id: the restore, whose time is reported; None if it is not known.
    :param records_per_namespace: how many records of each namespace to compare.
    :param seed: draws them.
    :param counts_timeout: seconds to wait for a fresh index, and then for its counts.
    :param expected_tags: what the restore was to give the index in place of the backup's tags.
    """

    index_name: str
    backup_id: str
    level: Level
    records_per_namespace: int
    seed: str
    counts_timeout: float
    restore_job_id: str | None = None
    expected_tags: Mapping[str, str] | None = None


def verify(asked: Verification, stored: StoredFingerprint | None, *, clock: Clock) -> Flow[Report]:
    """Verify a restored index.

    :param stored: the fingerprint of the backup, if there is one.
    :raises PineconeInputError: if the index, the restore job or the fingerprint belongs to another backup.
    :raises PineconeNotFoundError: if there is no such index or backup.
    :raises PineconeWaitTimeoutError: if the index is still in the making.
    """
    _check_fingerprint(asked, stored)
    backup = yield from send(endpoints.describe_backup(asked.backup_id))
    index = yield from _settled_index(asked, clock=clock)
    job = yield from _restore_job(asked)
    _check_source(asked, index, job)
    checks = definition_checks(index, backup, expected_tags=asked.expected_tags)
    sampled = None
    if not index.ready:
        checks.append(_unchecked(Level.COUNTS, "all else", "the index is not ready"))
    else:
        if asked.level.includes(Level.COUNTS):
            stats = yield from _complete_stats(index, backup, timeout=asked.counts_timeout, clock=clock)
            checks += count_checks(stats, backup, stored.fingerprint if stored else None)
        if asked.level.includes(Level.SAMPLE):
            sampled = yield from _sample(asked, stored, backup, index, stats, checks)
    now = datetime.fromtimestamp(clock(), tz=UTC)
    return Report(
        index_name=asked.index_name,
        backup_id=asked.backup_id,
        source_index_name=backup.source_index_name,
        level=asked.level,
        verified_at=now,
        checks=checks,
        sample=sampled,
        restore_seconds=job.seconds if job else None,
        data_age_seconds=_data_age(backup, job, now=now),
    )


def _check_fingerprint(asked: Verification, stored: StoredFingerprint | None) -> None:
    if stored is not None and stored.fingerprint.backup_id != asked.backup_id:
        raise PineconeInputError(
            f"The fingerprint is of backup {quoted(stored.fingerprint.backup_id)}, not of {asked.backup_id}."
        )


def _settled_index(asked: Verification, *, clock: Clock) -> Flow[Index]:
    """The index, once it is ready or has failed. One that is in the making is not damaged."""
    began = clock()
    while True:
        index = yield from send(endpoints.describe_index(asked.index_name))
        if restored_index_outcome(index).verdict is not Verdict.WAITING:
            return index
        left = began + asked.counts_timeout - clock()
        if left <= 0:
            raise PineconeWaitTimeoutError(
                f"{asked.index_name} is still {index.state}: verify it once it is ready. Wait for it with "
                f"PineconeRestoreJobSensor."
            )
        yield Sleep(min(FIRST_PAUSE, left))


def _restore_job(asked: Verification) -> Flow[RestoreJob | None]:
    if asked.restore_job_id is None:
        return None
    job = yield from or_none(send(endpoints.describe_restore_job(asked.restore_job_id)))
    if job is None:
        yield Tell(f"Restore job {asked.restore_job_id} is not found; its time is unknown.", warning=True)
    return job


def _check_source(asked: Verification, index: Index, job: RestoreJob | None) -> None:
    if index.source_backup_id not in (None, asked.backup_id):
        raise PineconeInputError(
            f"Index {asked.index_name} was restored from backup {index.source_backup_id}, not from "
            f"{asked.backup_id}."
        )
    if job is not None and (job.backup_id, job.target_index_name) != (asked.backup_id, asked.index_name):
        raise PineconeInputError(
            f"Restore job {job.restore_job_id} made index {job.target_index_name} from backup "
            f"{job.backup_id}, not {asked.index_name} from {asked.backup_id}."
        )


def _complete_stats(index: Index, backup: Backup, *, timeout: float, clock: Clock) -> Flow[IndexStats]:
    """The counts of an index, once they are the backup's, or at the end of the time."""
    began, pause = clock(), FIRST_PAUSE
    while True:
        stats = yield from send(endpoints.describe_index_stats(index.host))
        left = began + timeout - clock()
        if are_complete(stats, backup) or left <= 0:
            return stats
        if pause == FIRST_PAUSE:
            yield Tell(
                f"Index {index.name} counts {stats.total_vector_count:,} records in "
                f"{len(stats.namespaces):,} namespaces, the backup {_told(backup.record_count)} in "
                f"{_told(backup.namespace_count)}: waiting up to {exact_time(timeout)} for the index."
            )
        yield Sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _sample(
    asked: Verification,
    stored: StoredFingerprint | None,
    backup: Backup,
    index: Index,
    stats: IndexStats,
    checks: list[Check],
) -> Flow[Sampled]:
    """Compare records with the fingerprint, or else with the source, and query them if that is asked for."""
    doubt = WRITTEN_SINCE if stored is None else stored.fingerprint.doubt
    comparison = Comparison(index, doubt=doubt, queries=asked.level.includes(Level.QUERY))
    against = "fingerprint"
    if stored is not None:
        yield from _against_fingerprint(asked, stored, index, comparison)
    else:
        source = yield from _source_index(asked, backup)
        against = "source" if source is not None else "nothing"
        if source is not None or comparison.queries is not None:
            yield from _against_index(asked, source or index, comparison)
    if against == "nothing":
        why = "there is no fingerprint of this backup, and no source index to compare with"
        checks.append(_unchecked(Level.SAMPLE, "records", why))
    else:
        checks += comparison.records.checks()
    if comparison.queries is not None:
        checks += comparison.queries.checks()
    return Sampled(
        against=against,
        seed=asked.seed,
        fingerprint_seed=stored.fingerprint.seed if stored else None,
        records_per_namespace=asked.records_per_namespace,
        records=stats.total_vector_count,
        checked=0 if against == "nothing" else comparison.records.checked,
        certain=comparison.records.certain,
        examples=comparison.examples,
    )


def _source_index(asked: Verification, backup: Backup) -> Flow[Index | None]:
    """The index that was backed up; None if it is gone. One restored under its name would match itself."""
    if asked.index_name == backup.source_index_name:
        return None
    return (yield from or_none(send(endpoints.describe_index(backup.source_index_name))))


def _against_fingerprint(
    asked: Verification, stored: StoredFingerprint, index: Index, comparison: Comparison
) -> Flow[None]:
    for namespace, rows in groupby(stored.rows(), key=lambda row: row.namespace):
        found = stored.fingerprint.sampled.get(namespace, 0)
        drawn: Iterable[tuple[str, Row]] = ((row.id, row) for row in rows)
        # All of them need not be held in memory to draw from.
        if found > asked.records_per_namespace:
            drawn = drawn_first(drawn, asked.records_per_namespace, namespace=namespace, seed=asked.seed)
        for batch in batches(drawn, dimension=index.dimension):
            yield from comparison.compare(namespace, list(batch.values()))


def _against_index(asked: Verification, reference: Index, comparison: Comparison) -> Flow[None]:
    stats = yield from send(endpoints.describe_index_stats(reference.host))
    for namespace, count in sorted(stats.namespaces.items()):
        ids = yield from drawn_ids(
            reference.host, namespace, size=asked.records_per_namespace, seed=asked.seed, count=count
        )
        for batch in batches(((id, None) for id in ids), dimension=reference.dimension):
            vectors = yield from fetched(reference.host, namespace, batch)
            rows = [Row.of(vector, namespace=namespace) for vector in vectors]
            yield from comparison.compare(namespace, rows)


def _data_age(backup: Backup, job: RestoreJob | None, *, now: datetime) -> float | None:
    if backup.created_at is None:
        return None
    began = job.created_at if job is not None and job.created_at is not None else now
    return max(0.0, (began - backup.created_at).total_seconds()) + WRITE_LAG


def _unchecked(level: Level, what: str, why: str) -> Check:
    return Check(level=level, what=what, finding=Finding.UNKNOWN, note=f"not checked: {why}")


def _told(number: int | None) -> str:
    return "an unknown number" if number is None else f"{number:,}"
