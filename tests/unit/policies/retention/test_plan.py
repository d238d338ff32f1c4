"""A retention plan says of each backup whether it stays, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope, plan
from airflow_provider_pinecone.policies.retention.reasons import Plan
from tests.unit.builders import NOON
from tests.unit.policies.retention.histories import own

PROD = Scope(deployment="prod")
A_WEEK = timedelta(days=7)


def planned(backups: list[Backup], *, on_day: float = 1000, **rules: Any) -> Plan:
    return plan(backups, RetentionPolicy(**rules), now=NOON + timedelta(days=on_day), scope=PROD)


def why(made: Plan) -> dict[str, str]:
    """What becomes of each backup, in words."""
    return {one.backup.backup_id: f"{'keep' if one.keep else 'delete'}: {one.why}" for one in made.decisions}


def kept(made: Plan) -> list[str]:
    return [decision.backup.backup_id for decision in made.kept]


def at(moment: str, **fields: Any) -> Backup:
    return own(0, moment, created_at=datetime.fromisoformat(moment).replace(tzinfo=UTC), **fields)


def test_the_last_ones_are_kept() -> None:
    assert why(planned([own(0), own(1), own(2)], keep_last=2)) == {
        "day-0": "delete: beyond last 2",
        "day-1": "keep: last 2",
        "day-2": "keep: newest usable; last 2",
    }


def test_rules_are_joined_by_or_and_each_gives_its_reason() -> None:
    assert why(planned([own(0), own(0.1), own(7), own(8)], keep_last=1, keep_daily=2, keep_weekly=3)) == {
        "day-0": "delete: beyond last 1, daily 2; not the newest of 2026-W09",
        "day-0.1": "keep: weekly 2026-W09",
        "day-7": "keep: daily 2026-03-08; weekly 2026-W10",
        "day-8": "keep: newest usable; last 1; daily 2026-03-09; weekly 2026-W11",
    }


def test_the_newest_of_a_period_is_kept() -> None:
    assert kept(planned([own(0), own(0.1), own(0.2)], keep_daily=1)) == ["day-0.2"]


def test_days_without_a_backup_are_not_counted() -> None:
    assert kept(planned([own(0), own(50), own(51), own(300)], keep_daily=3)) == [
        "day-50",
        "day-51",
        "day-300",
    ]


def test_a_day_with_nothing_but_unusable_backups_is_not_counted() -> None:
    backups = [own(0), own(1), own(2, record_count=0), own(3, status="InitializationFailed"), own(4)]
    assert kept(planned(backups, keep_daily=3)) == ["day-0", "day-1", "day-4"]


@pytest.mark.parametrize(
    ("timezone", "day"),
    [("UTC", "2026-03-01"), ("Pacific/Auckland", "2026-03-02"), ("America/New_York", "2026-03-01")],
)
def test_the_day_is_that_of_the_time_zone(timezone: str, day: str) -> None:
    assert f"daily {day}" in why(planned([own(0)], keep_daily=1, timezone=timezone))["day-0"]


def test_an_hour_that_the_clocks_repeat_is_two_hours() -> None:
    backups = [at("2026-10-25 00:30"), at("2026-10-25 01:30"), at("2026-10-25 02:30")]
    assert why(planned(backups, keep_hourly=3, timezone="Europe/Berlin")) == {
        "2026-10-25 00:30": "keep: hourly 2026-10-25T02+02:00",
        "2026-10-25 01:30": "keep: hourly 2026-10-25T02+01:00",
        "2026-10-25 02:30": "keep: newest usable; hourly 2026-10-25T03+01:00",
    }


def test_a_day_of_25_hours_is_one_day() -> None:
    backups = [at("2026-10-24 22:30"), at("2026-10-25 22:30"), at("2026-10-25 23:30")]
    assert why(planned(backups, keep_daily=2, timezone="Europe/Berlin")) == {
        "2026-10-24 22:30": "delete: not the newest of 2026-10-25",
        "2026-10-25 22:30": "keep: daily 2026-10-25",
        "2026-10-25 23:30": "keep: newest usable; daily 2026-10-26",
    }


def test_weeks_are_iso_weeks_also_around_new_year() -> None:
    backups = [at("2026-12-27 12:00"), at("2026-12-28 12:00"), at("2027-01-03 12:00"), at("2027-01-04 12:00")]
    assert why(planned(backups, keep_weekly=3)) == {
        "2026-12-27 12:00": "keep: weekly 2026-W52",
        "2026-12-28 12:00": "delete: not the newest of 2026-W53",
        "2027-01-03 12:00": "keep: weekly 2026-W53",
        "2027-01-04 12:00": "keep: newest usable; weekly 2027-W01",
    }


def test_within_counts_from_the_newest_so_nothing_ages_out_when_backups_stop() -> None:
    assert why(planned([own(0), own(3), own(10)], keep_within=A_WEEK)) == {
        "day-0": "delete: beyond 7 days before the newest",
        "day-3": "keep: within 7 days of the newest",
        "day-10": "keep: newest usable; within 7 days of the newest",
    }


def test_within_counts_from_the_newest_usable_so_empty_backups_push_nothing_out() -> None:
    backups = [own(0), own(5), *(own(day, record_count=0) for day in range(6, 40))]
    assert kept(planned(backups, keep_within=A_WEEK))[:2] == ["day-0", "day-5"]


def test_a_backup_from_the_future_stays_and_moves_no_window() -> None:
    backups = [own(0), own(1), own(500)]
    assert why(planned(backups, on_day=2, keep_within=timedelta(days=1), keep_last=1)) == {
        "day-0": "keep: within 1 day of the newest",
        "day-1": "keep: newest usable; last 1; within 1 day of the newest",
        "day-500": "keep: from the future",
    }


def test_what_nobody_can_judge_stays_and_takes_no_place() -> None:
    backups = [
        own(0),
        own(1, "undated", created_at=None),
        own(2, status="Initializing"),
        own(3, status="Archived"),
    ]
    assert why(planned(backups, keep_last=1)) == {
        "undated": "keep: without a time",
        "day-0": "keep: newest usable; last 1",
        "day-2": "keep: unfinished",
        "day-3": "keep: status 'Archived' is unknown",
    }


def test_an_empty_backup_goes_once_a_newer_one_is_usable() -> None:
    backups = [own(0, record_count=0), own(1), own(2, record_count=0), own(3, record_count=0)]
    assert why(planned(backups, keep_last=1)) == {
        "day-0": "delete: empty, and a newer one is usable",
        "day-1": "keep: newest usable; last 1",
        "day-2": "keep: empty, but no newer one is usable",
        "day-3": "keep: newest Ready, though empty",
    }


@pytest.mark.parametrize(
    ("rules", "becomes"),
    [
        ({}, "keep: failed, less than 7 days ago"),
        ({"delete_failed_after": timedelta(days=5)}, "delete: failed, at least 5 days ago"),
        ({"delete_failed_after": timedelta(days=5, hours=1)}, "keep: failed, less than 5 days 1 h 0 min ago"),
        ({"delete_failed_after": timedelta(0)}, "delete: failed, at least 0 s ago"),
        ({"delete_failed_after": None}, "keep: failed, kept for people to look at"),
    ],
)
@pytest.mark.parametrize("status", ["InitializationFailed", "Failed"])
def test_a_failed_backup_goes_by_its_age_alone(rules: dict[str, Any], becomes: str, status: str) -> None:
    assert why(planned([own(0, status=status)], on_day=5, keep_last=1, **rules))["day-0"] == becomes


def test_min_ready_keeps_more_than_the_rules_do() -> None:
    assert why(planned([own(0), own(0.1), own(0.2), own(0.3)], keep_daily=1, min_ready=3)) == {
        "day-0": "delete: not the newest of 2026-03-01",
        "day-0.1": "keep: newest 3 usable",
        "day-0.2": "keep: newest 3 usable",
        "day-0.3": "keep: newest usable; daily 2026-03-01",
    }


def test_each_index_has_its_own_history_also_after_it_was_made_again() -> None:
    backups = [own(0), own(1), own(2, source_index_id="idx-2"), own(3, source_index_name="songs")]
    assert kept(planned(backups, keep_last=1)) == ["day-1", "day-2", "day-3"]


def gone(backups: list[Backup], *, days_ago: float, **more: Any) -> Plan:
    policy = RetentionPolicy(keep_last=1, **{"deleted_index_grace": timedelta(days=30), **more})
    now = NOON + timedelta(days=100)
    deleted_at = {"idx-1": now - timedelta(days=days_ago)}
    scope = Scope(deployment="prod", pinned_ids=["pinned"])
    return plan(backups, policy, now=now, scope=scope, deleted_at=deleted_at)


def test_all_backups_of_a_deleted_index_go_after_the_grace() -> None:
    backups = [
        own(0),
        own(1, record_count=0),
        own(2, status="InitializationFailed"),
        own(3),
        own(4, "pinned"),
        own(5, status="Initializing"),
        own(6, "by hand", description=None),
        own(7, source_index_id="idx-2"),
    ]
    made = gone(backups, days_ago=30)
    assert kept(made) == ["pinned", "day-5", "by hand", "day-7"]
    assert why(made)["day-3"] == "delete: index deleted on 2026-05-10, at least 30 days ago"
    assert why(made)["pinned"] == "keep: pinned by id"
    assert made.survivors(("movies", "idx-1")) == ()


@pytest.mark.parametrize(
    ("days_ago", "grace"), [(29.9, timedelta(days=30)), (99, None), (-1, timedelta(days=30))]
)
def test_until_then_the_rules_hold_for_a_deleted_index(days_ago: float, grace: timedelta | None) -> None:
    made = gone([own(0), own(1)], days_ago=days_ago, deleted_index_grace=grace)
    assert why(made) == {"day-0": "delete: beyond last 1", "day-1": "keep: newest usable; last 1"}


def test_deletions_come_oldest_first_over_all_indexes() -> None:
    backups = [own(day, source_index_id=f"idx-{day % 2}") for day in (5, 4, 3, 2, 1, 0)]
    made = planned(backups, keep_last=1)
    assert [one.backup.backup_id for one in made.deletions] == ["day-0", "day-1", "day-2", "day-3"]


def test_what_must_survive_of_an_index_is_named() -> None:
    backups = [own(0), own(1), own(2), own(3, record_count=0), own(4, source_index_id="idx-2")]
    made = planned(backups, keep_last=1, min_ready=2)
    assert [one.backup_id for one in made.survivors(("movies", "idx-1"))] == ["day-1", "day-2", "day-3"]
    assert [one.backup_id for one in made.survivors(("movies", "idx-2"))] == ["day-4"]


def test_pinned_ids_that_no_backup_has_are_told() -> None:
    scope = Scope(deployment="prod", pinned_ids=["day-0", "dya-1"])
    made = plan([own(0), own(1)], RetentionPolicy(keep_last=1), now=NOON + A_WEEK, scope=scope)
    assert made.missing_pins == ("dya-1",)


def test_a_decision_is_fit_for_json() -> None:
    made = planned([own(0), own(1), own(2, "undated", created_at=None)], keep_last=1, on_day=2)
    undated, doomed, _ = json.loads(json.dumps([decision.as_dict() for decision in made.decisions]))
    assert doomed == {
        "backup_id": "day-0",
        "source_index_name": "movies",
        "source_index_id": "idx-1",
        "created_at": "2026-03-01T12:00:00+00:00",
        "record_count": 100,
        "reasons": [{"code": "beyond what a rule keeps", "text": "beyond last 1"}],
    }
    assert undated["created_at"] is None


def test_nothing_is_planned_for_no_backups() -> None:
    assert planned([], keep_last=1).decisions == ()


def test_a_backup_that_is_listed_twice_is_refused() -> None:
    with pytest.raises(PineconeInputError, match="each backup once, got 'day-0' twice"):
        planned([own(0), own(0)], keep_last=1)


@pytest.mark.parametrize("now", [datetime(2026, 3, 1), "2026-03-01", None])
def test_a_moment_without_a_time_zone_is_refused(now: Any) -> None:
    with pytest.raises(PineconeInputError, match="now must be a datetime with a time zone"):
        plan([], RetentionPolicy(keep_last=1), now=now, scope=PROD)


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ({}, "the policy keeps nothing: give keep_last"),
        ({"min_ready": 3, "delete_failed_after": A_WEEK}, "the policy keeps nothing"),
        ({"keep_last": 0, "keep_daily": 0}, "the policy keeps nothing"),
        ({"keep_last": -1}, "keep_last must be a whole number from 0 to 10000, got -1"),
        ({"keep_daily": True}, "keep_daily must be a whole number from 0 to 10000, got True"),
        ({"keep_weekly": "4"}, "keep_weekly must be a whole number from 0 to 10000, got '4'"),
        ({"keep_monthly": 1.5}, "keep_monthly must be a whole number"),
        ({"keep_yearly": None}, "keep_yearly must be a whole number"),
        ({"keep_hourly": float("nan")}, "keep_hourly must be a whole number"),
        ({"keep_within": 7}, "keep_within must be a timedelta"),
        ({"keep_within": timedelta(0)}, "keep_within must be a timedelta"),
        ({"keep_within": -A_WEEK}, "keep_within must be a timedelta"),
        ({"keep_last": 1, "min_ready": 0}, "min_ready must be a whole number from 1 to 10000, got 0"),
        ({"keep_last": 1, "min_ready": 10**20}, "min_ready must be a whole number from 1 to 10000, got 1000"),
        ({"keep_last": 1, "min_ready": True}, "min_ready must be a whole number"),
        (
            {"keep_last": 1, "timezone": "Europe/Atlantis"},
            "timezone must be an IANA name .* 'Europe/Atlantis'",
        ),
        ({"keep_last": 1, "timezone": "Europe"}, "timezone must be an IANA name"),
        ({"keep_last": 1, "timezone": "../etc/passwd"}, "timezone must be an IANA name"),
        ({"keep_last": 1, "timezone": "/etc/localtime"}, "timezone must be an IANA name"),
        ({"keep_last": 1, "timezone": "UTC\0"}, "timezone must be an IANA name"),
        ({"keep_last": 1, "timezone": ""}, "timezone must be a non-empty string"),
        ({"keep_last": 1, "timezone": UTC}, "timezone must be a non-empty string"),
        ({"keep_last": 1, "delete_failed_after": 7}, "delete_failed_after must be a timedelta of 0 or more"),
        (
            {"keep_last": 1, "delete_failed_after": -A_WEEK},
            "delete_failed_after must be a timedelta of 0 or more",
        ),
        ({"keep_last": 1, "deleted_index_grace": timedelta(0)}, "deleted_index_grace must be a timedelta"),
        ({"keep_last": 1, "deleted_index_grace": "30 days"}, "deleted_index_grace must be a timedelta"),
    ],
)
def test_an_invalid_policy_is_refused_with_one_line(rules: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PineconeInputError, match=complaint) as caught:
        RetentionPolicy(**rules)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("span", [timedelta.max, timedelta(days=10**6)])
def test_spans_of_any_length_do(span: timedelta) -> None:
    rules = {"keep_within": span, "delete_failed_after": span, "deleted_index_grace": span}
    backups = [own(0), own(1), own(2, status="Failed")]
    policy = RetentionPolicy(**rules)
    made = plan(backups, policy, now=NOON + A_WEEK, scope=PROD, deleted_at={"idx-1": NOON})
    assert not made.deletions
