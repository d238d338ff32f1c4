"""The table in the log is what a person wants to read before and after backups are deleted."""

from __future__ import annotations

from datetime import timedelta

from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope, plan
from airflow_provider_pinecone.policies.retention.quota import outlook
from airflow_provider_pinecone.policies.retention.table import in_words, table
from tests.unit.builders import NOON
from tests.unit.policies.retention.histories import own

POLICY = RetentionPolicy(keep_last=1, keep_daily=2, timezone="Europe/Berlin")
BACKUPS = [
    own(2),
    own(0),
    own(1),
    own(0.5, "hand", description=None, name="before-it"),
    own(0, "other", source_index_name="songs", source_index_id="idx-2", record_count=None),
    own(3, status="Initializing"),
]
MADE = plan(
    BACKUPS,
    POLICY,
    now=NOON + timedelta(days=4),
    scope=Scope(deployment="prod", pinned_ids=["typo"]),
    deleted_at={"idx-2": NOON + timedelta(hours=15)},
)


def test_the_table_before() -> None:
    shown = table(MADE, POLICY, outlook=outlook(MADE, POLICY, project_quota=5, indexes=3))
    assert shown == (
        "Retention: keep last 1, 2 daily. Times are in Europe/Berlin.\n"
        "6 backups of 2 indexes: keep 5, delete 1.\n"
        "WARNING: no backup has the pinned id 'typo'.\n"
        "\n"
        "movies (idx-1): keep 4, delete 1\n"
        "  2026-03-01 13:00  day-0             100 records   DELETE  beyond last 1, daily 2\n"
        "  2026-03-02 01:00  hand 'before-it'  100 records   keep    out of scope: made by hand\n"
        "  2026-03-02 13:00  day-1             100 records   keep    daily 2026-03-02\n"
        "  2026-03-03 13:00  day-2             100 records   keep    "
        "newest usable; last 1; daily 2026-03-03\n"
        "  2026-03-04 13:00  day-3             Initializing  keep    unfinished\n"
        "\n"
        "songs (idx-2), deleted on 2026-03-02: keep 1, delete 0\n"
        "  2026-03-01 13:00  other  records unknown  keep  newest usable; last 1; daily 2026-03-01\n"
        "\n"
        "Quota: 6 of 5 backups are used, 5 after this plan. The policy keeps at most 2 of each of 3 indexes; "
        "with 3 a night and 3 others, that is 12.\n"
        "WARNING: The project_quota of 5 backups will not suffice: it is full with the next night, and the "
        "policy may come to need 12. Keep fewer backups, or ask Pinecone for more quota."
    )


def test_the_table_after_says_what_became_of_each() -> None:
    shown = table(MADE, POLICY, outcomes={"day-0": "kept: a restore needs it"})
    assert "day-0             100 records   kept: a restore needs it  beyond last 1, daily 2\n" in shown
    assert "day-1             100 records   keep                      daily 2026-03-02\n" in shown


def test_no_backups_make_a_table_too() -> None:
    empty = plan([], POLICY, now=NOON, scope=Scope(everything=True))
    assert table(empty, POLICY).endswith("0 backups of 0 indexes: keep 0, delete 0.")


def test_a_policy_in_words() -> None:
    policy = RetentionPolicy(
        keep_last=3,
        keep_hourly=24,
        keep_daily=7,
        keep_weekly=4,
        keep_monthly=12,
        keep_yearly=2,
        keep_within=timedelta(days=2, hours=12),
        min_ready=5,
    )
    assert in_words(policy) == (
        "last 3, within 2 days 12 h 0 min of the newest, 24 hourly, 7 daily, 4 weekly, 12 monthly, "
        "2 yearly, newest 5 usable"
    )
