"""Which indexes lack a recent usable backup, since when, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies.outcome import Verdict, backup_outcome
from airflow_provider_pinecone.policies.selection import is_usable, newest_first
from airflow_provider_pinecone.policies.time_text import age

CLOCK_SKEW = timedelta(minutes=5)
"""By how much this clock may run behind Pinecone's. With more, ages mean nothing."""

MOST_NAMED = 10
"""How many stale indexes a message names."""


@dataclass(frozen=True, kw_only=True)
class Stale:
    """An index without a recent usable backup.

    :param usable_at: when its newest usable backup was made; None if it has none.
    :param why: what is wrong, and since when.
    """

    index_name: str
    why: str
    usable_at: datetime | None = None

    def __str__(self) -> str:
        """The index, and what is wrong."""
        return f"{self.index_name}: {self.why}"


def judge(index_name: str, backups: Sequence[Backup], *, max_age: timedelta, now: datetime) -> Backup | Stale:
    """The index's newest usable backup, or what is wrong if that is too old.

    :param backups: those that count of the index itself, not of an earlier one of its name.
    :param max_age: the age, by ``created_at``, up to which a backup counts as recent.
    """
    newest = newest_first(backups)
    if not newest:
        return Stale(index_name=index_name, why="never backed up")
    usable = next((backup for backup in newest if is_usable(backup)), None)
    if usable is None or usable.created_at is None:
        return Stale(index_name=index_name, why=f"no usable backup, {_trouble(newest)}")
    if usable.created_at - now > CLOCK_SKEW:
        ahead = _stamp(usable.created_at)
        return Stale(
            index_name=index_name, why=f"newest usable backup is from the future ({ahead}): check the clocks"
        )
    if now - usable.created_at <= max_age:
        return usable
    since = newest[: newest.index(usable)]
    old = age((now - usable.created_at).total_seconds())
    return Stale(
        index_name=index_name,
        why=f"newest usable backup is {old} old ({_stamp(usable.created_at)}), {_trouble(since)}",
        usable_at=usable.created_at,
    )


def by_urgency(stale: Sequence[Stale]) -> list[Stale]:
    """First those without any usable backup, then those with the oldest."""
    return sorted(stale, key=lambda one: (one.usable_at is not None, one.usable_at or 0, one.index_name))


def alarm(stale: Sequence[Stale], *, of: int, max_age: timedelta, deployment: str | None = None) -> str:
    """One line that names the stale indexes.

    :param stale: most urgent first.
    :param of: how many indexes were looked at.
    :param deployment: whose backups count; None: anyone's.
    """
    named = "; ".join(map(str, stale[:MOST_NAMED]))
    more = f"; and {len(stale) - MOST_NAMED} more" if len(stale) > MOST_NAMED else ""
    by = "" if deployment is None else f" by deployment {quoted(deployment)}"
    return (
        f"{named}{more}. Without a usable backup{by} from the {_last(max_age)}: {len(stale)} of {of} indexes."
    )


def all_clear(fresh: Sequence[Backup], *, max_age: timedelta, now: datetime) -> str:
    """One line that says that all indexes are fresh, and which is the least so."""
    oldest = newest_first(fresh)[-1]
    old = age((now - (oldest.created_at or now)).total_seconds())
    return (
        f"{len(fresh)} of {len(fresh)} indexes have a usable backup from the {_last(max_age)}. "
        f"The oldest: {oldest.source_index_name}, {old} old, {oldest.backup_id}."
    )


def _trouble(newest: Sequence[Backup]) -> str:
    """What became of the backups after the newest usable one, and since when.

    :param newest: those backups, newest first.
    """
    if not newest:
        return "none since"
    trouble = _trouble_of(newest[0])
    alike = list(takewhile(lambda backup: _trouble_of(backup) == trouble, newest))
    first = alike[-1].created_at
    return trouble if first is None else f"{trouble} since {_stamp(first)}"


def _trouble_of(backup: Backup) -> str:
    if is_usable(backup):
        return "without a time"
    if backup.status is BackupStatus.READY:
        return "empty"
    has_failed = backup.status.is_known and backup_outcome(backup).verdict is Verdict.FAILED
    return "failed" if has_failed else str(backup.status)


def _last(span: timedelta) -> str:
    return f"last {age(span.total_seconds())}"


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
