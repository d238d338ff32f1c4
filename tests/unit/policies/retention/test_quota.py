"""A policy that does not fit into the quota is told in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope, plan
from airflow_provider_pinecone.policies.retention.quota import Outlook, most_kept, outlook
from tests.unit.builders import NOON
from tests.unit.policies.retention.histories import own

PROD = Scope(deployment="prod")
RULES = st.fixed_dictionaries(
    {f"keep_{period}": st.integers(0, 9) for period in ("last", "hourly", "daily", "weekly", "monthly")}
).filter(lambda rules: any(rules.values()))


def on_day(day: float) -> datetime:
    return NOON + timedelta(days=day, hours=1)


def nights(count: int, *, indexes: int = 1, per_day: int = 1) -> list[Backup]:
    return [
        own(turn / per_day, f"{turn}-{index}", source_index_id=f"idx-{index}")
        for turn in range(count * per_day)
        for index in range(indexes)
    ]


def told(backups: list[Backup], *, day: float = 30, per_day: int = 1, **given: Any) -> Outlook:
    quota, policy = given.pop("quota", 500), RetentionPolicy(**given)
    deleted_at = {"idx-gone": NOON}
    made = plan(backups, policy, now=on_day(day), scope=PROD, deleted_at=deleted_at)
    return outlook(made, project_quota=quota, backups_per_day=per_day)


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        ({"keep_last": 5}, 5),
        ({"keep_daily": 7}, 7),
        ({"keep_daily": 7, "keep_last": 5, "keep_hourly": 24}, 24),
        ({"keep_daily": 7, "keep_weekly": 4}, 10),
        ({"keep_daily": 7, "keep_weekly": 4, "keep_monthly": 12, "keep_yearly": 3}, 23),
        ({"keep_within": timedelta(days=7)}, 8),
        ({"keep_within": timedelta(hours=30)}, 2),
        ({"keep_yearly": 1}, 1),
        ({"keep_yearly": 1, "min_ready": 3}, 3),
    ],
)
def test_the_most_that_a_policy_keeps_of_nightly_backups(rules: dict[str, Any], most: int) -> None:
    assert most_kept(RetentionPolicy(**rules)) == most


def test_more_frequent_backups_make_more_of_within_and_share_days() -> None:
    policy = RetentionPolicy(keep_within=timedelta(days=1), keep_daily=7)
    assert most_kept(policy, backups_per_day=24) == 25 + 6


@given(RULES, st.sampled_from([1, 2, 24]), st.integers(0, 90))
def test_no_steady_run_of_backups_is_kept_in_greater_number(
    rules: dict[str, int], per_day: int, extra: int
) -> None:
    policy = RetentionPolicy(**rules)
    history = nights(60 + extra, per_day=per_day)
    made = plan(history, policy, now=on_day(1000), scope=PROD)
    assert len(made.kept) <= most_kept(policy, backups_per_day=per_day)


def test_the_most_is_reached() -> None:
    policy = RetentionPolicy(keep_daily=7, keep_weekly=4, keep_monthly=12)
    kept = {len(plan(nights(count), policy, now=on_day(1000), scope=PROD).kept) for count in range(400, 460)}
    assert max(kept) == most_kept(policy) == 21


def test_a_quota_that_suffices_is_no_warning() -> None:
    seen = told(nights(30, indexes=2), quota=16, keep_daily=7)
    assert seen == Outlook(
        quota=16, used=60, left=14, indexes=2, per_index=7, night=2, others=0, days_left=None
    )
    assert (seen.steady, seen.warning) == (16, None)


def test_one_backup_too_many_is_a_warning() -> None:
    seen = told(nights(30, indexes=2), quota=15, keep_daily=7)
    assert seen.days_left == 0
    assert seen.warning == (
        "The project_quota of 15 backups will not suffice: it is full with the next night, and the policy "
        "may come to need 16. Keep fewer backups, or ask Pinecone for more quota."
    )


def test_backups_that_no_rule_keeps_and_those_of_deleted_indexes_take_room() -> None:
    backups = [
        *nights(30),
        own(0.5, "by hand", description=None),
        own(0.6, "undated", created_at=None),
        *(own(day, f"gone-{day}", source_index_id="idx-gone") for day in (0, 1, 2)),
    ]
    assert told(backups, keep_daily=7).others == 5


def test_a_quota_that_lasts_for_more_than_a_year_says_so() -> None:
    seen = told(nights(30), quota=12, keep_daily=7, keep_yearly=9)
    assert seen.days_left is None
    assert "it is full in more than a year" in (seen.warning or "")


@pytest.mark.parametrize("seed", range(20))
def test_the_days_left_are_those_that_pass_when_the_nights_come(seed: int) -> None:
    """Backups are made and pruned night after night, until a night does not fit."""
    chance = Random(seed)
    indexes, quota = chance.randint(1, 3), chance.randint(10, 60)
    rules = {"keep_daily": chance.randint(1, 9), "keep_weekly": chance.randint(0, 9), "keep_monthly": 12}
    policy = RetentionPolicy(**rules)
    history = nights(chance.randint(1, 40), indexes=indexes)
    start = max(backup.created_at or NOON for backup in history)
    predicted = told(history, day=(start - NOON) / timedelta(days=1), quota=quota, **rules).days_left
    held = [one.backup for one in plan(history, policy, now=start, scope=PROD).kept]
    full_on: int | None = None
    for day in range(367):
        if len(held) + indexes > quota:
            full_on = day
            break
        moment = start + timedelta(days=day + 1)
        held += [
            own(0, f"new-{day}-{index}", created_at=moment, source_index_id=f"idx-{index}")
            for index in range(indexes)
        ]
        held = [one.backup for one in plan(held, policy, now=moment, scope=PROD).kept]
    # A week more or less: the number kept goes up and down with the calendar.
    assert predicted == full_on or (predicted and full_on and abs(predicted - full_on) <= 7)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"quota": 0}, "project_quota must be a whole number of at least 1, got 0"),
        ({"quota": "500"}, "project_quota must be a whole number"),
        ({"quota": True}, "project_quota must be a whole number"),
        ({"per_day": 0}, "backups_per_day must be a whole number of at least 1"),
    ],
)
def test_wrong_numbers_are_refused(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PineconeInputError, match=complaint):
        told([], keep_last=1, **wrong)


def test_the_summary_tells_the_figures() -> None:
    seen = told(nights(30, indexes=3), keep_daily=7, keep_weekly=4)
    assert seen.summary == (
        "90 of 500 backups are used, 27 after this plan. The policy keeps up to 10 per index: "
        "with 3 indexes, 3 more a night and 0 others, that is up to 33."
    )


def test_a_project_without_indexes_needs_no_room() -> None:
    seen = told([], quota=1, keep_last=1)
    assert (seen.steady, seen.warning) == (0, None)
