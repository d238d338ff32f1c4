"""Judge whether a restored index holds as many records and namespaces as the backup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from airflow_provider_pinecone.api.models import Backup, IndexStats
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies.verification.fingerprint import Fingerprint
from airflow_provider_pinecone.policies.verification.levels import Level
from airflow_provider_pinecone.policies.verification.report import Check, Finding

MOST_NAMED = 20
"""How many namespaces a report names."""


def count_checks(stats: IndexStats, backup: Backup, fingerprint: Fingerprint | None) -> list[Check]:
    """Compare the counts with the backup's, and those of the namespaces with the fingerprint's."""
    total = _check("records", backup.record_count, stats.total_vector_count)
    number = _check("namespaces", backup.namespace_count, len(stats.namespaces))
    if number.finding is Finding.DAMAGED and total.finding is Finding.OK:
        number = replace(number, finding=Finding.UNKNOWN, note="the total is the backup's: some may be empty")
    if fingerprint is None:
        return [total, number, _unknown("records by namespace", "there is no fingerprint of this backup")]
    return [total, number, *_by_namespace(stats, fingerprint, total=total)]


def are_complete(stats: IndexStats, backup: Backup) -> bool:
    """Whether an index holds as much as the backup. A fresh one may report its counts late."""
    checks = count_checks(stats, backup, None)
    return all(check.finding is not Finding.DAMAGED for check in checks)


def _by_namespace(stats: IndexStats, fingerprint: Fingerprint, *, total: Check) -> Iterator[Check]:
    """Compare each namespace.

    A difference is damage only if the total differs, too. Otherwise, records may have been written to one
    namespace and deleted in another, and both undone, between the fingerprint and its confirmation.
    """
    known = sorted(fingerprint.counts.keys() | stats.namespaces.keys())
    differing = []
    unsettled = 0
    for namespace in known:
        expected, found = fingerprint.expected_count(namespace), stats.namespaces.get(namespace, 0)
        if expected is None:
            unsettled += 1
        elif expected != found:
            differing.append((namespace, expected, found))
    for namespace, expected, found in differing[:MOST_NAMED]:
        yield Check(
            level=Level.COUNTS,
            what=f"records in {quoted(namespace)}",
            finding=Finding.DAMAGED if total.finding is Finding.DAMAGED else Finding.UNKNOWN,
            expected=expected,
            found=found,
            note="the total is the backup's" if total.finding is Finding.OK else total.note,
        )
    if len(differing) > MOST_NAMED:
        yield _unknown("records by namespace", f"{len(differing) - MOST_NAMED:,} more namespaces differ")
    same = len(known) - len(differing) - unsettled
    if same:
        yield Check(
            level=Level.COUNTS,
            what="namespaces as in the fingerprint",
            finding=Finding.OK,
            found=same,
        )
    if unsettled:
        why = fingerprint.doubt or "they were written to around the backup"
        yield _unknown("records by namespace", f"not compared for {unsettled:,} namespaces: {why}")


def _check(what: str, expected: int | None, found: int) -> Check:
    if expected is None:
        return _unknown(what, "the backup does not tell", found=found)
    finding = Finding.OK if expected == found else Finding.DAMAGED
    return Check(level=Level.COUNTS, what=what, finding=finding, expected=expected, found=found)


def _unknown(what: str, why: str, *, found: int | None = None) -> Check:
    return Check(level=Level.COUNTS, what=what, finding=Finding.UNKNOWN, found=found, note=why)
