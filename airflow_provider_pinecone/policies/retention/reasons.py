"""Why a backup is kept or deleted: codes for programs, texts for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from airflow_provider_pinecone.api.models import Backup
    from airflow_provider_pinecone.policies.retention.policy import RetentionPolicy
    from airflow_provider_pinecone.policies.retention.scope import Scope


class Keep(StrEnum):
    """What keeps a backup."""

    LAST = "last"
    WITHIN = "within"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"

    NEWEST_USABLE = "newest usable"
    NEWEST_READY = "newest Ready"
    MIN_READY = "min_ready"

    PINNED_BY_ID = "pinned by id"
    PINNED_BY_WORD = "pinned by word"

    MADE_BY_HAND = "out of scope: made by hand"
    OTHER_DEPLOYMENT = "out of scope: another deployment"
    SCHEDULED = "out of scope: made by a schedule"
    OTHER_NAME = "out of scope: another name"

    UNFINISHED = "unfinished"
    UNKNOWN_STATUS = "unknown status"
    UNDATED = "without a time"
    FUTURE = "from the future"
    FAILED = "failed"
    EMPTY_AND_LATEST = "empty, no newer usable"


class Delete(StrEnum):
    """What speaks against a backup. It is deleted if nothing keeps it."""

    BEYOND = "beyond what a rule keeps"
    NOT_NEWEST = "not the newest of its period"
    EMPTY = "empty"
    FAILED = "failed"
    INDEX_DELETED = "index deleted"


RULES = frozenset({Keep.LAST, Keep.WITHIN, Keep.HOURLY, Keep.DAILY, Keep.WEEKLY, Keep.MONTHLY, Keep.YEARLY})
"""What a policy's ``keep_...`` arguments ask for."""

UNUSABLE = frozenset({Delete.FAILED, Delete.EMPTY})
"""What is deleted for what it is, not for its age."""

SURVIVORS = frozenset({Keep.NEWEST_USABLE, Keep.NEWEST_READY, Keep.MIN_READY})
"""What no policy can give up while the index exists."""


OUT_OF_SCOPE = frozenset({Keep.MADE_BY_HAND, Keep.OTHER_DEPLOYMENT, Keep.SCHEDULED, Keep.OTHER_NAME})
"""What keeps a backup that the policy does not apply to."""


class Fate(StrEnum):
    """What became of a backup that the plan deletes."""

    DELETED = "deleted"
    GONE = "already gone"
    IN_USE = "in use by a restore"
    STILL_THERE = "not found, but still there"
    USABLE = "usable, other than listed"
    NOT_APPROVED = "not approved"
    LEFT = "left for later"


class Reason(NamedTuple):
    """One reason, as a code that stays the same between releases, and in words that may not."""

    code: Keep | Delete
    text: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What becomes of a backup. ``reasons`` holds all that keep it, or else all that speak against it."""

    backup: Backup
    keep: bool
    reasons: tuple[Reason, ...]

    @property
    def codes(self) -> frozenset[Keep | Delete]:
        """The reasons' codes."""
        return frozenset(reason.code for reason in self.reasons)

    @property
    def why(self) -> str:
        """The reasons on one line."""
        return "; ".join(reason.text for reason in self.reasons)

    def as_dict(self) -> dict[str, Any]:
        """The decision, fit for JSON."""
        made = self.backup.created_at
        return {
            "backup_id": self.backup.backup_id,
            "source_index_name": self.backup.source_index_name,
            "source_index_id": self.backup.source_index_id,
            "created_at": made and made.isoformat(),
            "record_count": self.backup.record_count,
            "reasons": [{"code": str(reason.code), "text": reason.text} for reason in self.reasons],
        }


IndexKey = tuple[str, str]
"""``source_index_name`` and ``source_index_id``: an index may be created again under its name."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What becomes of each backup.

    :param policy: what it follows.
    :param scope: which backups that applies to.
    :param now: the moment for which it was made.
    :param decisions: one per backup, by index and in the order of time; undated ones first.
    :param deleted_at: when indexes were deleted, by their ids, as far as that was known.
    :param missing_pins: pinned ids that no backup has.
    """

    policy: RetentionPolicy
    scope: Scope
    now: datetime
    decisions: tuple[Decision, ...]
    deleted_at: Mapping[str, datetime]
    missing_pins: tuple[str, ...] = ()

    @cached_property
    def deletions(self) -> tuple[Decision, ...]:
        """What to delete, of all indexes, oldest first. To delete only the first few is safe."""
        # Undated backups are kept.
        dated = [(one.backup.created_at, one.backup.backup_id, one) for one in self.decisions if not one.keep]
        return tuple(decision for *_, decision in sorted(dated, key=lambda row: row[:2]))

    @property
    def kept(self) -> tuple[Decision, ...]:
        """What stays."""
        return tuple(decision for decision in self.decisions if decision.keep)

    @cached_property
    def doomed(self) -> frozenset[str]:
        """The ids of what to delete."""
        return frozenset(decision.backup.backup_id for decision in self.decisions if not decision.keep)

    def survivors(self, index: IndexKey) -> tuple[Backup, ...]:
        """What must survive of an index: to be read by id before anything of it is deleted.

        If one is gone, plan again without it: that deletes nothing that this plan keeps.
        """
        return tuple(
            decision.backup for decision in self.by_index.get(index, ()) if decision.codes & SURVIVORS
        )

    @cached_property
    def by_index(self) -> dict[IndexKey, tuple[Decision, ...]]:
        """The decisions of each index."""
        grouped = groupby(self.decisions, key=lambda decision: index_of(decision.backup))
        return {index: tuple(decisions) for index, decisions in grouped}


def index_of(backup: Backup) -> IndexKey:
    """The index that a backup belongs to."""
    return backup.source_index_name, backup.source_index_id
