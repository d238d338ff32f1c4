"""What is out of scope, or pinned, is never deleted, and takes no place of what is in scope."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.identity import Run
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope, plan
from tests.unit.builders import NOON, a_backup
from tests.unit.policies.retention.histories import own


def by(deployment: str, day: float, *, text: str | None = None, dag_id: str = "nightly") -> Backup:
    run = Run(deployment=deployment, dag_id=dag_id, task_id="back_up", run_id="r", moment=NOON)
    return own(day, description=run.description("movies", text=text), name=run.backup_name("movies"))


def by_hand(day: float, **fields: Any) -> Backup:
    return own(day, **{"description": "before the migration", "name": "movies-migration", **fields})


SCHEDULES = own(2, description=None, name="daily-20260303T060000Z")
MIXED = [by("prod", 0), by("staging", 1), SCHEDULES, by_hand(3), by("prod", 4)]


def why(backups: list[Backup], *, scheduled: list[str] | None = None, **scope: Any) -> dict[str, str]:
    now = NOON + timedelta(days=100)
    policy = RetentionPolicy(keep_last=1)
    made = plan(backups, policy, now=now, scope=Scope(**scope), scheduled=scheduled or [])
    return {one.backup.backup_id: f"{'keep' if one.keep else 'delete'}: {one.why}" for one in made.decisions}


def test_a_deployment_deletes_its_own_backups_alone() -> None:
    assert why(MIXED, deployment="prod") == {
        "day-0": "delete: beyond last 1",
        "day-1": "keep: out of scope: made by deployment 'staging'",
        "day-2": "keep: out of scope: made by a schedule of Pinecone's",
        "day-3": "keep: out of scope: made by hand",
        "day-4": "keep: newest usable; last 1",
    }


def test_a_newer_backup_out_of_scope_replaces_none_in_scope() -> None:
    """It may be gone tomorrow, by its schedule or at its owner's hand."""
    assert why([by("prod", 0), by_hand(1)], deployment="prod")["day-0"] == "keep: newest usable; last 1"


def test_everything_is_in_scope_by_explicit_choice_but_for_scheduled_ones() -> None:
    assert why(MIXED, everything=True) == {
        "day-0": "delete: beyond last 1",
        "day-1": "delete: beyond last 1",
        "day-2": "keep: out of scope: made by a schedule of Pinecone's",
        "day-3": "delete: beyond last 1",
        "day-4": "keep: newest usable; last 1",
    }


def test_scheduled_ones_are_in_scope_by_explicit_choice() -> None:
    assert why(MIXED, everything=True, include_scheduled=True)["day-2"] == "delete: beyond last 1"
    assert why(MIXED, deployment="prod", include_scheduled=True)["day-2"] == "delete: beyond last 1"
    assert why(MIXED, name_prefix="daily-", include_scheduled=True)["day-2"].startswith("keep: newest usable")


def test_a_name_prefix_takes_backups_of_that_name_whoever_made_them() -> None:
    backups = [by_hand(0), by("staging", 1), by_hand(2, name=None), by_hand(3, name="old-movies-1")]
    assert why(backups, name_prefix="movies-") == {
        "day-0": "delete: beyond last 1",
        "day-1": "keep: newest usable; last 1",
        "day-2": "keep: out of scope: without a name",
        "day-3": "keep: out of scope: named 'old-movies-1'",
    }


def test_a_backup_known_to_come_from_a_schedule_is_left_alone_whatever_its_name() -> None:
    backups = [by_hand(0), by_hand(1)]
    assert "schedule" in why(backups, everything=True, scheduled=["day-0"])["day-0"]


def test_a_backup_of_a_run_is_not_a_schedules_whatever_its_name() -> None:
    backups = [a_backup("ours", name=SCHEDULES.name, description=by("prod", 0).description), by("prod", 1)]
    assert why(backups, deployment="prod")["ours"] == "delete: beyond last 1"


@pytest.mark.parametrize(
    "name",
    [
        "daily-20260303T060000",
        "20260303T060000Z",
        "daily-20260303T060000Z-2",
        "daily-2026-03-03",
        "daily",
        "",
    ],
)
def test_other_names_are_not_those_of_schedules(name: str) -> None:
    assert why([by_hand(0, name=name), by_hand(1)], everything=True)["day-0"].startswith("delete")


def test_a_pinned_id_stays() -> None:
    assert why(MIXED, deployment="prod", pinned_ids=["day-0", "day-1"]) == {
        "day-0": "keep: pinned by id",
        "day-1": "keep: pinned by id; out of scope: made by deployment 'staging'",
        "day-2": "keep: out of scope: made by a schedule of Pinecone's",
        "day-3": "keep: out of scope: made by hand",
        "day-4": "keep: newest usable; last 1",
    }


@pytest.mark.parametrize(
    ("text", "is_pinned"),
    [
        ("keep", True),
        ("please KEEP, until May", True),
        ("(legal-hold)", True),
        ("keeper", False),
        ("upkeep", False),
        ("legal hold", False),
        (None, False),
    ],
)
def test_a_word_in_the_description_pins(text: str | None, is_pinned: bool) -> None:
    backups = [by("prod", 0, text=text), by("prod", 1)]
    decided = why(backups, deployment="prod", pinned_words=["keep", "Legal-Hold"])["day-0"]
    assert decided.startswith("keep: pinned by word" if is_pinned else "delete: ")


def test_a_word_in_the_mark_does_not_pin() -> None:
    backups = [by("prod", 0, dag_id="keep"), by("prod", 1)]
    assert why(backups, deployment="prod", pinned_words=["keep"])["day-0"] == "delete: beyond last 1"


def test_the_description_of_a_backup_made_by_hand_pins_as_a_whole() -> None:
    backups = [by_hand(0, description="keep] this"), by_hand(1)]
    assert why(backups, everything=True, pinned_words=["keep"])["day-0"] == "keep: pinned by word 'keep'"


def test_a_pinned_backup_takes_part_in_the_rules() -> None:
    backups = [by("prod", 0), by("prod", 1)]
    assert why(backups, deployment="prod", pinned_ids=["day-1"]) == {
        "day-0": "delete: beyond last 1",
        "day-1": "keep: pinned by id; newest usable; last 1",
    }


@pytest.mark.parametrize(
    ("scope", "complaint"),
    [
        ({}, "the scope must be one of deployment, name_prefix and everything, got none of them"),
        ({"everything": False}, "got none of them"),
        (
            {"name_prefix": "movies-", "everything": True},
            "one of .*, got name_prefix='movies-' and everything=True",
        ),
        ({"deployment": "prod", "everything": True}, "got deployment='prod' and everything=True"),
        ({"deployment": "prod", "name_prefix": "m"}, "got deployment='prod' and name_prefix='m'"),
        ({"deployment": ""}, "deployment must be a non-empty string"),
        ({"deployment": 7}, "deployment must be a non-empty string"),
        ({"name_prefix": ""}, "name_prefix must be a non-empty string"),
        ({"name_prefix": True}, "name_prefix must be a non-empty string"),
        ({"everything": "yes"}, "everything must be True or False, got 'yes'"),
        ({"everything": 1}, "everything must be True or False, got 1"),
        ({"everything": True, "include_scheduled": "no"}, "include_scheduled must be True or False"),
        ({"everything": True, "pinned_ids": "bkp-1"}, "pinned_ids must be a list of texts, got 'bkp-1'"),
        ({"everything": True, "pinned_ids": None}, "pinned_ids must be a list of texts"),
        ({"everything": True, "pinned_ids": [1]}, "each of pinned_ids must be a non-empty string"),
        (
            {"everything": True, "pinned_words": ["keep", " "]},
            "each of pinned_words must be a non-empty string",
        ),
        ({"everything": True, "pinned_words": ["legal hold"]}, "pinned_words must be single words"),
        ({"everything": True, "pinned_words": {"keep": 1}}, "pinned_words must be a list of texts"),
    ],
)
def test_an_invalid_scope_is_refused_with_one_line(scope: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PineconeInputError, match=complaint) as caught:
        Scope(**scope)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope(deployment="prod"), "backups made by deployment 'prod'"),
        (Scope(name_prefix="movies-"), "backups named 'movies-...'"),
        (Scope(everything=True), "all backups but scheduled ones"),
        (
            Scope(deployment="prod", include_scheduled=True),
            "backups made by deployment 'prod', scheduled ones included",
        ),
        (Scope(everything=True, include_scheduled=True), "all backups"),
    ],
)
def test_a_scope_in_words(scope: Scope, words: str) -> None:
    assert scope.in_words == words
