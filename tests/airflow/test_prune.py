"""Pruning as Airflow runs it: which backups go, what the log and the XComs say, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException

from airflow_provider_pinecone.api.errors import PineconeInputError, PineconeServerError
from airflow_provider_pinecone.operators.retention import PineconePruneBackupsOperator
from airflow_provider_pinecone.policies.identity import Run
from airflow_provider_pinecone.policies.retention import RetentionPolicy
from tests.airflow.conftest import context_of, created
from tests.contract.conftest import Emulator

NOW = datetime.now(UTC)
LAST_2 = RetentionPolicy(keep_last=2)
OWN = Run(deployment="prod", dag_id="nightly", task_id="back_up", run_id="r", moment=NOW)


@pytest.fixture(autouse=True)
def _long_ago(connected: Emulator) -> None:
    """What the test makes first is made a year ago."""
    connected.freeze()
    connected.set_time((NOW - timedelta(days=365)).isoformat())


@pytest.fixture
def back_up(connected: Emulator) -> Callable[..., str]:
    """Make a backup of some days ago, and return its id."""

    def back_up(days_ago: float, *, text: str | None = None, by: Run | None = OWN, **fields: Any) -> str:
        description = by.description("movies", text=text) if by else text
        connected.set_time((NOW - timedelta(days=days_ago)).isoformat())
        with connected.client() as client:
            answer = client.post("/indexes/movies/backups", json={"description": description, **fields})
        assert answer.is_success, answer.text
        connected.set_time(NOW.isoformat())
        return str(answer.json()["backup_id"])

    return back_up


@pytest.fixture
def nights(movies: dict[str, Any], back_up: Callable[..., str]) -> list[str]:
    """Five nights of one index, the oldest first."""
    return [back_up(days_ago) for days_ago in (5, 4, 3, 2, 1)]


@pytest.fixture
def ids(read: Callable[[str], Any]) -> Callable[[], list[str]]:
    """The ids of the backups that there are, oldest first."""
    return lambda: [backup["backup_id"] for backup in read("/backups?limit=100")["data"]][::-1]


def prune(**arguments: Any) -> dict[str, Any]:
    task = PineconePruneBackupsOperator(task_id="prune", **{"policy": LAST_2, **arguments})
    pruned = task.execute(context_of(task))
    json.dumps(pruned)
    return pruned


def rendered(**arguments: Any) -> dict[str, Any]:
    """Prune with arguments that are templates, in a DAG that renders them as Python objects."""
    params = arguments.pop("params", {})
    with DAG("nightly", schedule=None, start_date=NOW, render_template_as_native_obj=True):
        task = PineconePruneBackupsOperator(task_id="prune", **{"policy": LAST_2, **arguments})
    context = {**context_of(task), "params": params}
    task.render_template_fields(context)
    return task.execute(context)


def test_what_the_policy_does_not_keep_is_deleted(nights: list[str], ids: Callable[[], list[str]]) -> None:
    pruned = prune()
    assert ids() == nights[3:]
    assert [one["backup_id"] for one in pruned["deletions"]] == nights[:3]
    assert {one["fate"] for one in pruned["deletions"]} == {"deleted"}
    assert (pruned["backups"], pruned["kept"], pruned["deleted"], pruned["left"]) == (5, 2, 3, 0)


def test_the_log_shows_the_table_before_and_after(nights: list[str], told: Callable[[], str]) -> None:
    prune()
    shown = told()
    assert "Retention for backups made by deployment 'prod': keep last 2. Times are in UTC." in shown
    assert "5 backups of 1 index: keep 2, delete 3." in shown
    assert f"DELETE          6  beyond last 2          {nights[0]}" in shown
    assert f"keep            6  newest usable; last 2  {nights[4]}" in shown
    assert "5 backups of 1 index: keep 2, deleted 3." in shown
    assert f"deleted         6  beyond last 2          {nights[0]}" in shown


def test_a_dry_run_deletes_nothing(
    nights: list[str], connected: Emulator, ids: Callable[[], list[str]], told: Callable[[], str]
) -> None:
    asked = len(created(connected))
    planned = prune(dry_run=True)
    assert created(connected)[asked:] == []
    assert ids() == nights
    assert [one["backup_id"] for one in planned["deletions"]] == nights[:3]
    assert "Dry run: nothing is deleted; 3 would be." in told()


def test_an_approved_plan_is_deleted_and_nothing_else(
    nights: list[str], back_up: Callable[..., str], ids: Callable[[], list[str]]
) -> None:
    planned = prune(dry_run=True)
    newest = back_up(0.5)
    prune(approved=planned)
    assert ids() == [*nights[3:], newest]


def test_of_an_approved_plan_only_what_is_still_to_be_deleted_goes(
    nights: list[str], ids: Callable[[], list[str]], connected: Emulator
) -> None:
    planned = prune(dry_run=True)
    with connected.client() as client:
        client.delete(f"/backups/{nights[-1]}")
    prune(approved=planned)
    assert ids() == nights[2:4]


@pytest.mark.parametrize(
    "approved",
    [
        None,
        "",
        "None",
        {},
        [],
        {"deletions": None},
        {"deletions": [{}]},
        {"deletions": ["an id"]},
        {"dry_run": True},
        {"dry_run": False, "deletions": []},
    ],
)
def test_an_approval_that_is_missing_approves_of_nothing(
    nights: list[str], ids: Callable[[], list[str]], connected: Emulator, approved: Any
) -> None:
    asked = len(connected.requests())
    with pytest.raises(AirflowFailException, match="approved must be what a dry run of this operator"):
        prune(approved=approved)
    assert len(connected.requests()) == asked
    assert ids() == nights


def test_no_more_than_max_deletions_are_deleted(nights: list[str], ids: Callable[[], list[str]]) -> None:
    assert prune(max_deletions=2)["left"] == 1
    assert ids() == nights[2:]


def test_a_hundred_are_deleted_by_default(movies: dict[str, Any], back_up: Callable[..., str]) -> None:
    for days_ago in range(103, 0, -1):
        back_up(days_ago)
    pruned = prune(policy=RetentionPolicy(keep_last=1))
    assert (pruned["deleted"], pruned["left"]) == (100, 2)


def test_only_this_deployments_backups_are_pruned_by_default(
    nights: list[str], back_up: Callable[..., str], ids: Callable[[], list[str]]
) -> None:
    by_hand = back_up(9, by=None)
    other = back_up(8, by=Run(deployment="staging", dag_id="d", task_id="t", run_id="r", moment=NOW))
    prune()
    assert ids() == [by_hand, other, *nights[3:]]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"policy": RetentionPolicy(keep_last=1)}, "approved was planned for another policy: 'last 2"),
        ({"name_prefix": "team-a-"}, "approved was planned for another scope"),
    ],
)
def test_a_plan_that_was_approved_for_something_else_deletes_nothing(
    nights: list[str], ids: Callable[[], list[str]], change: dict[str, Any], complaint: str
) -> None:
    planned = prune(dry_run=True)
    with pytest.raises(AirflowFailException, match=complaint):
        prune(approved=planned, **change)
    assert ids() == nights


def test_what_a_real_run_returned_approves_of_nothing(nights: list[str]) -> None:
    done = prune(max_deletions=1)
    with pytest.raises(
        AirflowFailException, match="approved must be what a dry run of this operator returned"
    ):
        prune(approved=done)


def test_a_name_prefix_or_everything_widens_the_scope(
    nights: list[str], back_up: Callable[..., str], ids: Callable[[], list[str]]
) -> None:
    by_hand = [back_up(days_ago, by=None, name=f"by-hand-{days_ago}") for days_ago in (9, 8)]
    prune(name_prefix="by-hand-", policy=RetentionPolicy(keep_last=1))
    assert ids() == [by_hand[1], *nights]
    prune(everything=True)
    assert ids() == nights[3:]


def test_backups_of_pinecones_schedules_are_pruned_only_if_that_is_said(
    nights: list[str], connected: Emulator, ids: Callable[[], list[str]]
) -> None:
    connected.set_time((NOW - timedelta(days=12)).isoformat())
    body = {
        "name": "native",
        "schedule": {"type": "time-based", "frequency": "daily"},
        "retention": {"expire_after_days": 60},
    }
    with connected.client() as client:
        client.post("/indexes/movies/backup-schedules", json=body).raise_for_status()
    connected.set_time(NOW.isoformat())
    before = len(ids())
    assert before > len(nights)
    prune(everything=True)
    assert len(ids()) == before - 3
    prune(everything=True, include_scheduled=True)
    assert len(ids()) == 2


def test_pins_keep_backups(
    nights: list[str], back_up: Callable[..., str], ids: Callable[[], list[str]]
) -> None:
    held = back_up(9, text="Legal-hold until May")
    prune(pinned_ids=[nights[0]], pinned_words=["legal-hold"])
    assert ids() == [held, nights[0], *nights[3:]]


def test_without_a_deployment_only_a_wider_scope_will_do(
    nights: list[str], connected: Emulator, connect: Callable[..., None], ids: Callable[[], list[str]]
) -> None:
    connect(host=connected.url, password=connected.api_key)
    asked = len(connected.requests())
    with pytest.raises(AirflowFailException, match="'pinecone_default' names no deployment") as caught:
        prune()
    assert "Set its field deployment" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(connected.requests()) == asked
    prune(everything=True)
    assert ids() == nights[3:]


def test_a_deployment_named_default_prunes_what_was_made_without_a_name(
    movies: dict[str, Any], connected: Emulator, connect: Callable[..., None], back_up: Any, ids: Any
) -> None:
    unnamed = Run(deployment="default", dag_id="d", task_id="t", run_id="r", moment=NOW)
    made = [back_up(days_ago, by=unnamed) for days_ago in (3, 2, 1)]
    connect(host=connected.url, password=connected.api_key, extra={"deployment": "default"})
    prune()
    assert ids() == made[1:]


def test_backups_of_a_deleted_index_go_after_the_grace(
    nights: list[str], connected: Emulator, ids: Callable[[], list[str]], told: Callable[[], str]
) -> None:
    with connected.client() as client:
        assert client.delete("/indexes/movies").is_success
    prune(policy=RetentionPolicy(keep_last=2, deleted_index_grace=timedelta(days=1)))
    assert ids() == nights[3:]
    assert f"deleted on {NOW:%Y-%m-%d}: keep 2, deleted 3" in told()
    prune(policy=RetentionPolicy(keep_last=2, deleted_index_grace=timedelta(seconds=0.001)))
    assert ids() == []


def test_a_grace_needs_an_api_that_tells_deletions(
    nights: list[str], connected: Emulator, connect: Callable[..., None], ids: Callable[[], list[str]]
) -> None:
    extra = {"deployment": "prod", "api_version": "2026-04"}
    connect(host=connected.url, password=connected.api_key, extra=extra)
    asked = len(connected.requests())
    with pytest.raises(AirflowFailException, match="deleted_index_grace needs API version 2026-07"):
        prune(policy=RetentionPolicy(keep_last=2, deleted_index_grace=timedelta(days=1)))
    assert len(connected.requests()) == asked
    prune()
    # It is not asked when indexes were deleted, either.
    assert not [entry for entry in connected.requests()[asked:] if entry["path"].startswith("/indexes")]
    assert ids() == nights[3:]


def test_a_backup_that_a_restore_needs_stays_until_the_next_run(
    nights: list[str], connected: Emulator, restore_of: Callable[..., str], ids: Callable[[], list[str]]
) -> None:
    connected.change_settings(restore_seconds=3600)
    restore_of(nights[1])
    pruned = prune()
    assert ids() == [nights[1], *nights[3:]]
    assert [one["fate"] for one in pruned["deletions"]] == ["deleted", "in use by a restore", "deleted"]
    connected.advance(3600)
    connected.change_settings(restore_seconds=0)
    prune()
    assert ids() == nights[3:]


def test_a_listing_that_breaks_off_deletes_nothing(
    nights: list[str], connected: Emulator, ids: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    connected.set_faults({"path": "/backups", "action": "status", "status": 503})
    with pytest.raises(PineconeServerError):
        prune()
    assert ids() == nights


def test_the_quota_is_told_and_warned_of(nights: list[str], told: Callable[[], str]) -> None:
    assert prune(project_quota=500, dry_run=True)["quota"] == {
        "project_quota": 500,
        "used": 5,
        "used_after": 2,
        "steady": 3,
        "days_left": None,
    }
    assert "5 of 500 backups are used, 2 after this plan." in told()
    assert "will not suffice" not in told()
    hourly = prune(project_quota=500, backups_per_day=24, dry_run=True)["quota"]
    assert hourly["steady"] == 2 + 24
    prune(project_quota=2, dry_run=True)
    assert "The project_quota of 2 backups will not suffice: it is full with the next night" in told()


def test_arguments_may_be_templates(nights: list[str], ids: Callable[[], list[str]]) -> None:
    planned = rendered(
        policy={"keep_last": "{{ params.keep }}"},
        dry_run="{{ params.dry_run }}",
        pinned_ids="{{ params.pins }}",
        params={"keep": 1, "dry_run": True, "pins": [nights[2]]},
    )
    assert [one["backup_id"] for one in planned["deletions"]] == [nights[0], nights[1], nights[3]]
    planned["deletions"] = planned["deletions"][1:]
    rendered(
        policy={"keep_last": 1},
        pinned_ids=[nights[2]],
        approved="{{ params.plan }}",
        params={"plan": planned},
    )
    assert ids() == [nights[0], nights[2], nights[4]]


def test_the_scope_and_pinned_words_may_be_templates(
    movies: dict[str, Any], back_up: Callable[..., str], ids: Callable[[], list[str]]
) -> None:
    made = [
        back_up(day, by=None, name=f"team-a-{day}", text=text)
        for day, text in ((4, "Keep"), (3, ""), (2, ""))
    ]
    rendered(
        name_prefix="{{ params.prefix }}",
        pinned_words=["{{ params.word }}"],
        policy={"keep_last": 1},
        params={"prefix": "team-a-", "word": "keep"},
    )
    assert ids() == [made[0], made[2]]


@pytest.mark.parametrize(("text", "deleted"), [("True", 0), ("False", 3)])
def test_a_flag_may_be_text_as_templates_make_it(nights: list[str], text: str, deleted: int) -> None:
    assert prune(dry_run=text)["deleted"] == deleted


def test_it_may_be_mapped_over_policies(nights: list[str], ids: Callable[[], list[str]]) -> None:
    policies = [{"keep_last": 3}, LAST_2]
    with DAG("nightly", schedule=None, start_date=NOW):
        mapped = PineconePruneBackupsOperator.partial(task_id="prune").expand(policy=policies)
    for policy, left in zip(policies, (nights[2:], nights[3:]), strict=True):
        task = mapped.unmap({"policy": policy})
        task.execute(context_of(task))
        assert ids() == left


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"policy": None}, "policy must map strings to values, got None"),
        ({"policy": "keep 7"}, "policy must map strings to values, got 'keep 7'"),
        ({"policy": {}}, "the policy keeps nothing: give keep_last"),
        (
            {"policy": {"keep_dayly": 7}},
            "policy has no keep_dayly; it has keep_last, keep_hourly",
        ),
        ({"policy": {"keep_daily": "7"}}, "keep_daily must be a whole number from 0 to 10000, got '7'"),
        ({"policy": {"keep_daily": True}}, "keep_daily must be a whole number from 0 to 10000, got True"),
        ({"policy": {"keep_daily": -1}}, "keep_daily must be a whole number from 0 to 10000, got -1"),
        ({"policy": {"keep_daily": 7, "timezone": "Europe/Atlantis"}}, "timezone must be an IANA name"),
        # An empty field of a form must not widen the scope to all that this Airflow made.
        *(
            ({"name_prefix": empty}, "name_prefix must be a non-empty string, got None")
            for empty in (None, "", "None")
        ),
        (
            {"name_prefix": "a", "everything": True},
            "the scope must be one of deployment, name_prefix",
        ),
        ({"everything": "yes"}, "everything must be True or False, got 'yes'"),
        ({"include_scheduled": 1}, "include_scheduled must be True or False, got 1"),
        ({"pinned_ids": "an-id"}, "pinned_ids must be a list of texts, got 'an-id'"),
        ({"pinned_ids": None}, "pinned_ids must be a list of texts, got None"),
        ({"pinned_words": ["two words"]}, "pinned_words must be single words, got 'two words'"),
        ({"dry_run": "perhaps"}, "dry_run must be True or False, got 'perhaps'"),
        ({"dry_run": ""}, "dry_run must be True or False, got ''"),
        ({"dry_run": 0}, "dry_run must be True or False, got 0"),
    ],
)
def test_what_cannot_be_right_gives_one_line_and_sends_nothing(
    connected: Emulator, arguments: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(AirflowFailException) as caught:
        prune(**arguments)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
    assert connected.requests() == []


@pytest.mark.parametrize("name", ["max_deletions", "project_quota", "backups_per_day"])
@pytest.mark.parametrize("value", [0, -1, True, "7", 1.5])
def test_a_wrong_number_does_not_even_parse(name: str, value: Any) -> None:
    with pytest.raises(PineconeInputError, match=f"{name} must be a whole number"):
        PineconePruneBackupsOperator(task_id="prune", policy=LAST_2, **{name: value})


def test_a_policy_that_keeps_nothing_does_not_even_parse() -> None:
    with pytest.raises(PineconeInputError, match="the policy keeps nothing"):
        PineconePruneBackupsOperator(task_id="prune", policy=RetentionPolicy())


def test_airflow_2_may_still_call_its_own_dry_run() -> None:
    PineconePruneBackupsOperator(task_id="prune", policy=LAST_2, dry_run=True).dry_run()
