"""The plan: a decision on each backup of a project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from airflow_provider_pinecone.api.checks import check_moment
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted

if TYPE_CHECKING:
    # Parsing a DAG builds policies, and should not pay for the models.
    from airflow_provider_pinecone.api.models import Backup
    from airflow_provider_pinecone.policies.retention.policy import RetentionPolicy
    from airflow_provider_pinecone.policies.retention.reasons import Decision, IndexKey, Plan
    from airflow_provider_pinecone.policies.retention.scope import Scope


def plan(
    backups: Iterable[Backup],
    policy: RetentionPolicy,
    *,
    now: datetime,
    scope: Scope,
    scheduled: Collection[str] = (),
    deleted_at: Mapping[str, datetime] | None = None,
) -> Plan:
    """Decide on each backup.

    :param backups: all of the project, or at least all of each index, each once and whoever made it.
    :param now: the moment for which to decide.
    :param scope: which backups the policy applies to.
    :param scheduled: the ids of backups that are known to come from Pinecone's schedules. Those named as
        schedules name theirs are recognised without.
    :param deleted_at: when indexes were deleted, by ``source_index_id``; an index that is not in there counts
        as existing. ``source_index_deleted_at`` of a listing by name with ``include_deleted`` tells it.
    :raises PineconeInputError: if ``now`` has no time zone, or a backup comes twice.
    """
    from airflow_provider_pinecone.policies.retention.history import decide
    from airflow_provider_pinecone.policies.retention.reasons import Plan, index_of

    check_moment("now", now)
    deleted_at = deleted_at or {}
    listed = list(backups)
    known_ids = Counter(backup.backup_id for backup in listed)
    if len(known_ids) < len(listed):
        # Counted twice, a backup would take the place of another.
        twice = known_ids.most_common(1)[0][0]
        raise PineconeInputError(f"backups must hold each backup once, got {quoted(twice)} twice.")
    histories: dict[IndexKey, list[Backup]] = {}
    for backup in listed:
        histories.setdefault(index_of(backup), []).append(backup)
    by_schedules = frozenset(scheduled)
    decisions: list[Decision] = []
    for key in sorted(histories):
        decisions += decide(
            histories[key],
            policy,
            now=now,
            scope=scope,
            scheduled=by_schedules,
            deleted_at=deleted_at.get(key[1]),
        )
    return Plan(
        policy=policy,
        scope=scope,
        now=now,
        decisions=tuple(decisions),
        deleted_at=deleted_at,
        missing_pins=tuple(pin for pin in scope.pinned_ids if pin not in known_ids),
    )
