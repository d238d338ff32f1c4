"""What becomes of a backup, worked out by brute force from what the policy promises.

One question about one backup at a time, answered by counting through all others. It shares no code with the
planner and knows none of its tricks: no sorting once, no going from new to old, no stopping early.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from airflow_provider_pinecone.api.models import Backup
from tests.unit.policies.retention.histories import Case

Expected = tuple[bool, frozenset[str]]
"""Whether the backup is kept, and the codes of all reasons."""

FAILED = ("Failed", "InitializationFailed")

# Two moments are in the same period if these give the same.
PERIODS: dict[str, Callable[[datetime], Any]] = {
    "hourly": lambda t: (t.toordinal(), t.hour, t.utcoffset()),
    "daily": lambda t: t.toordinal(),
    "weekly": lambda t: (t.toordinal() - 1) // 7,  # the first day of the calendar was a Monday
    "monthly": lambda t: t.year * 12 + t.month,
    "yearly": lambda t: t.year,
}


def agree(case: Case) -> None:
    """Assert that the plan decides as the oracle does, for the same reasons."""
    decided = {
        decision.backup.backup_id: (decision.keep, frozenset(map(str, decision.codes)))
        for decision in case.plan().decisions
    }
    assert decided == expected(case)


def expected(case: Case) -> dict[str, Expected]:
    """What becomes of each backup."""
    backups, policy, scope, now = case.backups, case.policy, case.scope, case.now
    scheduled, deleted_at = case.scheduled, case.deleted_at

    def outside(b: Backup) -> str | None:
        marked = re.match(r"\[airflow-provider-pinecone token=\w+ deployment=(\S+)", b.description or "")
        by_schedule = b.backup_id in scheduled or (
            not marked and bool(re.search(r".-[0-9]{8}T[0-9]{6}Z$", b.name or ""))
        )
        if by_schedule and not scope.include_scheduled:
            return "out of scope: made by a schedule"
        if scope.name_prefix:
            fits = b.name is not None and b.name[: len(scope.name_prefix)] == scope.name_prefix
            return None if fits else "out of scope: another name"
        if by_schedule or scope.everything:
            return None
        if not marked:
            return "out of scope: made by hand"
        mine = unquote(marked.group(1)) == scope.deployment
        return None if mine else "out of scope: another deployment"

    def pins(b: Backup) -> set[str]:
        found = set()
        if b.backup_id in scope.pinned_ids:
            found.add("pinned by id")
        text = re.sub(r"^\[airflow-provider-pinecone [^]]*\]", "", b.description or "")
        words = re.findall(r"[\w-]+|\w+", text.lower()) + re.findall(r"\w+", text.lower())
        if any(word.lower() in words for word in scope.pinned_words):
            found.add("pinned by word")
        return found

    def untouchable(b: Backup) -> str | None:
        if b.status == "Initializing":
            return "unfinished"
        if b.status not in ("Ready", *FAILED):
            return "unknown status"
        if b.created_at is None:
            return "without a time"
        return "from the future" if b.created_at > now else None

    def governed(b: Backup) -> bool:
        return outside(b) is None and untouchable(b) is None

    def usable(b: Backup) -> bool:
        return b.status == "Ready" and b.record_count != 0

    def newer(b: Backup) -> list[Backup]:
        """The backups of the same index, in scope, that are newer."""
        assert b.created_at
        return [
            o
            for o in backups
            if (o.source_index_name, o.source_index_id) == (b.source_index_name, b.source_index_id)
            and governed(o)
            and o.created_at is not None
            and (o.created_at > b.created_at or (o.created_at == b.created_at and o.backup_id > b.backup_id))
        ]

    def rules(b: Backup) -> Expected:
        assert b.created_at
        better = [o for o in newer(b) if usable(o)]
        keep, against = set(), set()
        if not better:
            keep.add("newest usable")
        elif len(better) < policy.min_ready:
            keep.add("min_ready")
        if policy.keep_last:
            if len(better) < policy.keep_last:
                keep.add("last")
            else:
                against.add("beyond what a rule keeps")
        if policy.keep_within:
            latest = max([o.created_at for o in better if o.created_at], default=b.created_at)
            if latest - policy.keep_within <= b.created_at:
                keep.add("within")
            else:
                against.add("beyond what a rule keeps")
        for period, key in PERIODS.items():
            count = getattr(policy, f"keep_{period}")
            if not count:
                continue
            here = ZoneInfo(policy.timezone)
            mine = key(b.created_at.astimezone(here))
            latest_of: dict[Any, tuple[datetime, str]] = {}
            for o in better:
                assert o.created_at
                place = key(o.created_at.astimezone(here))
                latest_of[place] = max(
                    latest_of.get(place, (o.created_at, o.backup_id)), (o.created_at, o.backup_id)
                )
            first = sorted(latest_of, key=lambda place: latest_of[place], reverse=True)[:count]
            if mine in first:
                against.add("not the newest of its period")
            elif len(latest_of) < count:
                keep.add(period)
            else:
                against.add("beyond what a rule keeps")
        return (True, frozenset(keep)) if keep else (False, frozenset(against))

    def judged(b: Backup) -> Expected:
        assert b.created_at
        gone = deleted_at.get(b.source_index_id)
        if gone is not None and policy.deleted_index_grace and gone + policy.deleted_index_grace <= now:
            return False, frozenset({"index deleted"})
        if usable(b):
            return rules(b)
        if b.status == "Ready":
            if any(usable(o) for o in newer(b)):
                return False, frozenset({"empty"})
            is_newest = not any(o.status == "Ready" for o in newer(b))
            return True, frozenset({"newest Ready" if is_newest else "empty, no newer usable"})
        patience = policy.delete_failed_after
        return patience is None or b.created_at + patience > now, frozenset({"failed"})

    def fate(b: Backup) -> Expected:
        reason = outside(b) or untouchable(b)
        if reason is not None:
            return True, frozenset({reason, *pins(b)})
        keep, codes = judged(b)
        if not pins(b):
            return keep, codes
        return True, frozenset(pins(b)) | (codes if keep else frozenset())

    return {b.backup_id: fate(b) for b in backups}
