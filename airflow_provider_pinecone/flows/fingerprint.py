"""Take an index's fingerprint before a backup, and confirm it afterwards.

A backup lacks the writes of the 15 minutes before it. A record that was the same at least so long before the
backup and after it is in the backup as it was then. Only such records stay in the fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import groupby

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.errors import PineconeBackupNotReadyError, PineconeInputError
from airflow_provider_pinecone.api.models import BackupStatus
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.records import batches, drawn_ids, fetched
from airflow_provider_pinecone.flows.steps import Flow, Tell, send
from airflow_provider_pinecone.policies.time_text import amount, exact_time
from airflow_provider_pinecone.policies.verification.fingerprint import Fingerprint, Row, StoredFingerprint

Keep = Callable[[Row], None]
"""Takes a row, to store it."""


def take_fingerprint(
    index_name: str, *, records_per_namespace: int, seed: str, keep: Keep, clock: Clock
) -> Flow[Fingerprint]:
    """Draw records of each namespace and hash them.

    :param seed: draws the same records again, as long as the index has the same ones.
    :param keep: takes the rows, namespace by namespace.
    :raises PineconeNotFoundError: if there is no such index.
    """
    began = clock()
    index = yield from send(endpoints.describe_index(index_name))
    stats = yield from send(endpoints.describe_index_stats(index.host))
    sampled: dict[str, int] = {}
    for namespace, count in sorted(stats.namespaces.items()):
        size = records_per_namespace
        ids = yield from drawn_ids(index.host, namespace, size=size, seed=seed, count=count)
        sampled[namespace] = 0
        for batch in batches(((id, None) for id in ids), dimension=index.dimension):
            for vector in (yield from fetched(index.host, namespace, batch)):
                keep(Row.of(vector, namespace=namespace))
                sampled[namespace] += 1
    taken = sum(sampled.values())
    yield Tell(
        f"Fingerprint of index {index_name}: {amount(taken, 'record', 'records')} of "
        f"{stats.total_vector_count:,} in {amount(len(sampled), 'namespace', 'namespaces')}, read in "
        f"{exact_time(clock() - began)}, seed {quoted(seed)}."
    )
    return Fingerprint(
        index_name=index_name,
        host=index.host,
        taken_at=datetime.fromtimestamp(clock(), tz=UTC),
        seed=seed,
        counts=stats.namespaces,
        sampled=sampled,
    )


def confirm_fingerprint(taken: StoredFingerprint, *, backup_id: str, keep: Keep) -> Flow[Fingerprint]:
    """Read the records of a fingerprint again, and keep the rows of those that have not changed.

    :param keep: takes these rows, namespace by namespace.
    :raises PineconeBackupNotReadyError: if the backup may still take in what is written now.
    :raises PineconeInputError: if the fingerprint is of another index.
    :raises PineconeNotFoundError: if there is no such backup, or its index is gone.
    """
    first = taken.fingerprint
    backup = yield from send(endpoints.describe_backup(backup_id))
    if backup.source_index_name != first.index_name:
        raise PineconeInputError(
            f"The fingerprint is of index {first.index_name}, and backup {backup_id} of "
            f"{backup.source_index_name}."
        )
    if backup.status is not BackupStatus.READY:
        raise PineconeBackupNotReadyError(
            f"Backup {backup_id} is {backup.status}: confirm its fingerprint once it is Ready. Wait for it "
            f"with PineconeBackupSensor."
        )
    index = yield from send(endpoints.describe_index(first.index_name))
    if index.host != first.host:
        raise PineconeInputError(
            f"Index {first.index_name} was made again after its fingerprint was taken: take a new one before "
            f"the next backup."
        )
    sampled = dict.fromkeys(first.sampled, 0)
    for namespace, rows in groupby(taken.rows(), key=lambda row: row.namespace):
        for batch in batches(((row.id, row) for row in rows), dimension=index.dimension):
            for vector in (yield from fetched(index.host, namespace, batch)):
                row = Row.of(vector, namespace=namespace)
                if batch[vector.id] == row:
                    keep(row)
                    sampled[namespace] = sampled.get(namespace, 0) + 1
    stats = yield from send(endpoints.describe_index_stats(index.host))
    confirmed = first.confirmed_by(backup, counts_after=stats.namespaces, sampled=sampled)
    yield Tell(
        f"Fingerprint of backup {backup_id}: {amount(sum(sampled.values()), 'record', 'records')} of index "
        f"{first.index_name}; {confirmed.dropped:,} left out, since they were changed meanwhile."
    )
    if confirmed.doubt is not None:
        yield Tell(
            f"A difference from this fingerprint will prove no damage: {confirmed.doubt}. Back up with "
            f"settle=True and the fingerprint's data_written_at.",
            warning=True,
        )
    return confirmed
