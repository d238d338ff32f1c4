"""The table in the log is what a person wants to read before and after backups are deleted."""

from __future__ import annotations

from datetime import timedelta

from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope, plan
from airflow_provider_pinecone.policies.retention.reasons import Fate
from airflow_provider_pinecone.policies.retention.table import table
from tests.unit.builders import NOON
from tests.unit.policies.retention.histories import own

POLICY = RetentionPolicy(keep_last=1, keep_daily=2, timezone="Europe/Berlin")
BACKUPS = [
    own(2),
    own(0),
    own(1),
    own(0.5, "hand", description=None, name="mine"),
    own(0, "other", source_index_name="songs", source_index_id="idx-2", record_count=None),
    own(3, status="Initializing"),
]
MADE = plan(
    BACKUPS,
    POLICY,
    now=NOON + timedelta(days=4),
    scope=Scope(deployment="prod"),
    deleted_at={"idx-2": NOON + timedelta(hours=15)},
)


def test_the_table_before() -> None:
    assert "\n".join(table(MADE)) == (
        "Retention for backups made by deployment 'prod': keep last 1, 2 daily. Times are in Europe/Berlin.\n"
        "6 backups of 2 indexes: keep 5, delete 1.\n"
        "\n"
        "movies (idx-1): keep 4, delete 1\n"
        "  made              decision       records  why                                      backup\n"
        "  2026-03-01 13:00  DELETE             100  beyond last 1, daily 2                   day-0\n"
        "  2026-03-02 01:00  keep               100  out of scope: made by hand               hand 'mine'\n"
        "  2026-03-02 13:00  keep               100  daily 2026-03-02                         day-1\n"
        "  2026-03-03 13:00  keep               100  newest usable; last 1; daily 2026-03-03  day-2\n"
        "  2026-03-04 13:00  keep      Initializing  unfinished                               day-3\n"
        "\n"
        "songs (idx-2), deleted on 2026-03-02: keep 1, delete 0\n"
        "  made              decision  records  why                                      backup\n"
        "  2026-03-01 13:00  keep      unknown  newest usable; last 1; daily 2026-03-01  other"
    )


def test_the_table_after_says_what_became_of_each() -> None:
    _, sums, _, heading, _, *rows = table(MADE, {"day-0": Fate.IN_USE})
    assert sums == "6 backups of 2 indexes: keep 5, in use by a restore 1."
    assert heading == "movies (idx-1): keep 4, in use by a restore 1"
    assert rows[0].startswith("  2026-03-01 13:00  in use by a restore           100  beyond last 1, daily 2")
    assert rows[2].startswith("  2026-03-02 13:00  keep                          100  daily 2026-03-02")


def test_no_backups_make_a_table_too() -> None:
    empty = plan([], POLICY, now=NOON, scope=Scope(everything=True))
    assert list(table(empty))[1:] == ["0 backups of 0 indexes: keep 0, delete 0."]


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
    assert policy.in_words == (
        "last 3, within 2 days 12 h 0 min of the newest, 24 hourly, 7 daily, 4 weekly, 12 monthly, "
        "2 yearly, newest 5 usable"
    )
