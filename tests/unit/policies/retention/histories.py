"""Random histories of backups, and random policies for them, with a taste for what is rare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope, plan
from airflow_provider_pinecone.policies.retention.reasons import Plan
from tests.unit.builders import NOON, a_backup

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # its clocks move by half an hour
    "America/St_Johns",  # until 2011 its clocks moved at 00:01, back into the day before
    "Pacific/Apia",  # had no 30 December 2011
]
MOMENTS = [
    datetime(2026, 10, 25, 0, tzinfo=UTC),  # Berlin's clocks go back
    datetime(2026, 3, 29, 0, tzinfo=UTC),  # and forth
    datetime(2026, 11, 1, 5, tzinfo=UTC),  # New York's clocks go back
    datetime(2026, 4, 4, 14, tzinfo=UTC),  # Lord Howe's
    datetime(2010, 11, 7, 2, tzinfo=UTC),  # St. John's
    datetime(2011, 12, 30, 9, tzinfo=UTC),
    datetime(2027, 1, 3, 22, tzinfo=UTC),  # the last Sunday of 2026-W53
    datetime(2026, 12, 31, 23, tzinfo=UTC),
    datetime(2024, 2, 29, 12, tzinfo=UTC),
]
SPANS = [timedelta(hours=3), timedelta(days=2), timedelta(days=20), timedelta(days=90), timedelta(days=1200)]
STATUSES = ["Ready"] * 20 + ["InitializationFailed", "Failed", "Initializing", "Archived"]
RECORDS = [100] * 12 + [None, 0, 0]
MARK = (
    "[airflow-provider-pinecone token={} deployment={} generation=0 dag=keep-alive task=t run=r map_index=-1]"
)
OWN, OTHER = (MARK.format("0" * 32, deployment) for deployment in ("prod", "stag%20ing"))
DESCRIPTIONS = [OWN] * 24 + [
    f"{OWN} Legal-hold until May",
    f"{OWN} keeper",
    OTHER,
    f"{OTHER} keep",
    None,
    "keep",
]
NAMES = [*["movies-0"] * 8, None, "movies-1", "movies-2", "songs-1", "daily-20261025T060000Z"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a plan is made from."""

    backups: list[Backup]
    policy: RetentionPolicy
    scope: Scope
    now: datetime
    scheduled: frozenset[str] = frozenset()
    deleted_at: Mapping[str, datetime]

    def plan(self, backups: list[Backup] | None = None, policy: RetentionPolicy | None = None) -> Plan:
        """The plan for all backups by this policy, or for other ones."""
        return plan(
            self.backups if backups is None else backups,
            policy or self.policy,
            now=self.now,
            scope=self.scope,
            scheduled=self.scheduled,
            deleted_at=self.deleted_at,
        )


def a_case(chance: Random, *, most: int = 16) -> Case:
    around, span = chance.choice(MOMENTS), chance.choice(SPANS)
    backups = [_backup(chance, number, around, span) for number in range(chance.randint(0, most))]
    return Case(
        backups=backups,
        policy=RetentionPolicy(**_policy(chance)),
        scope=Scope(**_scope(chance)),
        now=around + span * chance.choice([1, 1, 1, 0.5, 3]),
        scheduled=frozenset(backup.backup_id for backup in backups if chance.random() < 0.03),
        deleted_at={"idx-2": around + span * chance.choice([0, 0.5, 2])} if chance.random() < 0.3 else {},
    )


def _backup(chance: Random, number: int, around: datetime, span: timedelta) -> Backup:
    # Steps of a 24th make for times that are equal.
    steps = chance.randint(-24, 24) / 24
    return a_backup(
        f"bkp-{number:02}",
        status=chance.choice(STATUSES),
        source_index_name="songs" if chance.random() < 0.1 else "movies",
        source_index_id="idx-2" if chance.random() < 0.2 else "idx-1",
        record_count=chance.choice(RECORDS),
        created_at=None if chance.random() < 0.03 else around + span * steps,
        description=chance.choice(DESCRIPTIONS),
        name=chance.choice(NAMES),
    )


def _policy(chance: Random) -> dict[str, Any]:
    counts = ["keep_last", "keep_hourly", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"]
    chosen: dict[str, Any] = {name: chance.choice([1, 1, 2, 3]) for name in counts if chance.random() < 0.3}
    if chance.random() < 0.2 or not chosen:
        chosen["keep_within"] = chance.choice(SPANS) / chance.choice([1, 4])
    if chance.random() < 0.3:
        chosen["min_ready"] = chance.randint(1, 5)
    if chance.random() < 0.5:
        chosen["delete_failed_after"] = chance.choice([None, timedelta(0), timedelta(days=1)])
    if chance.random() < 0.5:
        chosen["deleted_index_grace"] = chance.choice([timedelta(hours=1), timedelta(days=30)])
    return {**chosen, "timezone": chance.choice(ZONES)}


def _scope(chance: Random) -> dict[str, Any]:
    which = chance.choice(
        [{"deployment": "prod"}] * 4
        + [{"deployment": "stag ing"}, {"name_prefix": "movies-"}, {"everything": True}]
    )
    return {
        **which,
        "include_scheduled": chance.random() < 0.2,
        "pinned_ids": ["bkp-03", "bkp-99"] if chance.random() < 0.2 else [],
        "pinned_words": ["keep", "legal-hold"] if chance.random() < 0.3 else [],
    }


def own(days: float, backup_id: str | None = None, **fields: Any) -> Backup:
    """A backup that this deployment made some days after noon of 2026-03-01, a Sunday, in UTC."""
    made = NOON + timedelta(days=days)
    return a_backup(backup_id or f"day-{days:g}", **{"created_at": made, "description": OWN, **fields})
