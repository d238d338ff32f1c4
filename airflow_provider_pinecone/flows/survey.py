"""What a project holds, as a retention plan needs to know it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.listing import all_backups
from airflow_provider_pinecone.flows.scheduled import scheduled_backup_ids
from airflow_provider_pinecone.flows.steps import Flow, or_none, send


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A project's backups.

    :param scheduled: the ids of those that Pinecone's schedules made, as far as that was asked.
    :param deleted_at: when indexes were deleted, by their ids, as far as that is known.
    """

    backups: Sequence[Backup]
    scheduled: frozenset[str]
    deleted_at: Mapping[str, datetime]


def survey(*, knows_schedules: bool, knows_deletions: bool) -> Flow[Survey]:
    """List all backups.

    :param knows_schedules: read the schedules' histories, too, in case that a schedule names its backups in
        a way of its own.
    :param knows_deletions: read when indexes were deleted, which the API tells since 2026-07.
    :raises PineconeError: if a page cannot be read.
    """
    backups = yield from all_backups()
    scheduled = (yield from scheduled_backup_ids(backups)) if knows_schedules else frozenset()
    deleted_at = (yield from _deletions(backups)) if knows_deletions else {}
    return Survey(backups=backups, scheduled=scheduled, deleted_at=deleted_at)


def _deletions(backups: Iterable[Backup]) -> Flow[dict[str, datetime]]:
    """When indexes were deleted: only listings by name tell."""
    existing = {index.name for index in (yield from send(endpoints.list_indexes()))}
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for backup in backups:
        ids[backup.source_index_name].add(backup.source_index_id)
    deleted_at = {}
    for name, index_ids in ids.items():
        # If that one was deleted and its successor has no backup yet, it counts as existing until then.
        if name in existing and len(index_ids) == 1:
            continue
        for row in (yield from or_none(all_backups(name, include_deleted=True))) or ():
            if row.source_index_deleted_at is not None:
                deleted_at[row.source_index_id] = row.source_index_deleted_at
    return deleted_at
