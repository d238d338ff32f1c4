"""Schedules make backups as the clock moves, and delete them when they are old enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from tests.contract.conftest import Emulator

DAY = 86_400


@pytest.fixture(autouse=True)
def _docs(emulator: Emulator, create_index: Callable[..., Any]) -> None:
    """An index, at noon on the last day of a January."""
    emulator.freeze()
    emulator.set_time("2026-01-31T12:00:00Z")
    create_index("docs", tags={"team": "search"})


def body(name: str = "nightly", *, frequency: str = "daily", days: int = 7) -> dict[str, Any]:
    return {
        "name": name,
        "schedule": {"type": "time-based", "frequency": frequency},
        "retention": {"expire_after_days": days},
    }


def schedule(api: httpx.Client, index_name: str = "docs", **given: Any) -> Any:
    answer = api.post(f"/indexes/{index_name}/backup-schedules", json=body(**given))
    assert answer.status_code == 200, answer.text
    return answer.json()


def update(api: httpx.Client, made: dict[str, Any], **changes: Any) -> Any:
    answer = api.patch(f"/backup-schedules/{made['schedule_id']}", json=changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


def history(api: httpx.Client, made: dict[str, Any], **params: Any) -> Any:
    answer = api.get(f"/backup-schedules/{made['schedule_id']}/history", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def backups(api: httpx.Client) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.get("/backups").json()["data"]
    return rows


def days(api: httpx.Client) -> list[str]:
    """The days of all backups, such as 02-01, newest first."""
    return [row["created_at"][5:10] for row in backups(api)]


def error(answer: httpx.Response) -> tuple[int, str, str]:
    shown = answer.json()["error"]
    return answer.status_code, shown["code"], shown["message"]


def test_a_schedule_is_made_enabled_with_its_first_run_planned(emulator: Emulator, api: httpx.Client) -> None:
    made = schedule(api)

    rows = api.post("/indexes/docs/backups", json={}).json()
    assert made == {
        "schedule_id": made["schedule_id"],
        "name": "nightly",
        "index_id": rows["source_index_id"],
        "project_id": made["project_id"],
        "schedule_type": "time-based",
        "frequency": "daily",
        "retention_expire_after_days": 7,
        "enabled": True,
        "next_scheduled_run": "2026-02-01T06:00:00.000000Z",
        "created_at": emulator.now(),
    }
    assert api.get(f"/backup-schedules/{made['schedule_id']}").json() == made
    assert api.get("/indexes/docs/backup-schedules").json() == {"data": [made], "pagination": None}


def test_days_that_pass_make_their_backups(emulator: Emulator, api: httpx.Client) -> None:
    made = schedule(api)
    assert backups(api) == []

    emulator.advance(3 * DAY)

    rows = backups(api)
    assert [(row["name"], row["created_at"]) for row in rows] == [
        ("nightly-20260203T060000Z", "2026-02-03T06:00:00.000000Z"),
        ("nightly-20260202T060000Z", "2026-02-02T06:00:00.000000Z"),
        ("nightly-20260201T060000Z", "2026-02-01T06:00:00.000000Z"),
    ]
    assert {row["status"] for row in rows} == {"Ready"}
    assert rows[0]["tags"] == {"team": "search"}
    described = api.get(f"/backup-schedules/{made['schedule_id']}").json()
    assert described["next_scheduled_run"] == "2026-02-04T06:00:00.000000Z"


def test_each_index_has_its_own_backups(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    create_index("other")
    schedule(api)
    schedule(api, index_name="other")
    emulator.advance(DAY)
    assert sorted(row["source_index_name"] for row in backups(api)) == ["docs", "other"]


@pytest.mark.parametrize(
    ("frequency", "passed", "expected"),
    [
        ("weekly", 14, ["02-08", "02-01"]),
        ("monthly", 70, ["04-01", "03-01", "02-01"]),
    ],
)
def test_weekly_and_monthly_backups_are_a_week_or_a_month_apart(
    emulator: Emulator, api: httpx.Client, frequency: str, passed: int, expected: list[str]
) -> None:
    schedule(api, frequency=frequency, days=365)
    emulator.advance(passed * DAY)
    assert days(api) == expected


def test_a_scheduled_backup_takes_its_time_and_can_fail(emulator: Emulator, api: httpx.Client) -> None:
    emulator.change_settings(backup_seconds=3600, next_backups=["InitializationFailed"])
    schedule(api)

    emulator.set_time("2026-02-02T06:59:59Z")

    assert [row["status"] for row in backups(api)] == ["Initializing", "InitializationFailed"]
    emulator.advance(1)
    assert [row["status"] for row in backups(api)] == ["Ready", "InitializationFailed"]


def test_each_backup_holds_what_the_index_held_at_its_hour(
    emulator: Emulator, api: httpx.Client, upsert: Callable[..., None]
) -> None:
    emulator.change_settings(write_lag=900)
    index = api.get("/indexes/docs").json()
    schedule(api)
    upsert(index, {"a": [1, 2, 3], "b": [1, 2, 3]})
    emulator.set_time("2026-02-02T05:50:00Z")
    upsert(index, {"c": [1, 2, 3]})  # too young for the backup ten minutes later
    emulator.set_time("2026-02-02T06:10:00Z")
    api.post(f"{index['host']}/vectors/delete", json={"ids": ["a"]})
    emulator.set_time("2026-02-03T12:00:00Z")

    rows = backups(api)

    assert [(row["created_at"][:10], row["record_count"]) for row in rows] == [
        ("2026-02-03", 2),
        ("2026-02-02", 2),
        ("2026-02-01", 2),
    ]
    restored = {}
    for row in rows:
        name = f"copy-{row['created_at'][8:10]}"
        assert api.post(f"/backups/{row['backup_id']}/create-index", json={"name": name}).status_code == 202
        host = api.get(f"/indexes/{name}").json()["host"]
        ids = api.get(f"{host}/vectors/list").json()["vectors"]
        restored[name] = "".join(row["id"] for row in ids)
    assert restored == {"copy-01": "ab", "copy-02": "ab", "copy-03": "bc"}


def test_old_backups_are_deleted(emulator: Emulator, api: httpx.Client) -> None:
    by_hand = api.post("/indexes/docs/backups", json={}).json()["backup_id"]
    schedule(api, days=2)
    emulator.set_time("2026-02-03T05:59:59Z")
    assert days(api) == ["02-02", "02-01", "01-31"]
    expired = backups(api)[1]["backup_id"]

    emulator.advance(1)

    assert days(api) == ["02-03", "02-02", "01-31"]
    assert api.get(f"/backups/{expired}").status_code == 404
    emulator.advance(1000 * DAY)
    rows = backups(api)
    assert len(rows) == 3
    assert rows[-1]["backup_id"] == by_hand


def test_a_new_retention_holds_for_the_backups_that_are_there(emulator: Emulator, api: httpx.Client) -> None:
    made = schedule(api, days=7)
    emulator.advance(5 * DAY)
    assert len(days(api)) == 5

    changed = update(api, made, retention={"expire_after_days": 2})

    assert changed["retention_expire_after_days"] == 2
    assert changed["next_scheduled_run"] == "2026-02-06T06:00:00.000000Z"
    assert days(api) == ["02-05", "02-04"]


def test_a_new_frequency_plans_the_next_run_anew(emulator: Emulator, api: httpx.Client) -> None:
    made = schedule(api, frequency="weekly", days=365)
    emulator.advance(3 * DAY)
    changed = update(api, made, frequency="monthly")
    assert (changed["frequency"], changed["next_scheduled_run"][:10]) == ("monthly", "2026-02-04")
    emulator.advance(40 * DAY)
    assert days(api) == ["03-04", "02-04", "02-01"]


def test_a_disabled_schedule_rests_and_begins_anew(emulator: Emulator, api: httpx.Client) -> None:
    made = schedule(api)
    emulator.advance(DAY)

    disabled = update(api, made, enabled=False)
    emulator.advance(3 * DAY)
    assert (disabled["enabled"], disabled["next_scheduled_run"]) == (False, None)
    assert days(api) == ["02-01"]

    enabled = update(api, made, enabled=True)
    emulator.advance(DAY)
    assert enabled["next_scheduled_run"] == "2026-02-05T06:00:00.000000Z"
    assert days(api) == ["02-05", "02-01"]


def test_a_run_is_not_repeated_when_the_clock_is_set_back(emulator: Emulator, api: httpx.Client) -> None:
    made = schedule(api)
    emulator.advance(2 * DAY)
    before = backups(api)

    emulator.set_time("2026-01-31T12:00:00Z")
    assert backups(api) == []
    update(api, made, enabled=False)
    update(api, made, enabled=True)
    emulator.advance(2 * DAY)

    assert backups(api) == before


def test_an_index_has_one_enabled_schedule_at_most(
    api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    conflict = (
        409,
        "ALREADY_EXISTS",
        "This index already has an enabled backup schedule. Disable or delete it first.",
    )
    first = schedule(api)
    assert error(api.post("/indexes/docs/backup-schedules", json=body("second"))) == conflict

    update(api, first, enabled=False)
    second = schedule(api, name="second")

    refused = api.patch(f"/backup-schedules/{first['schedule_id']}", json={"enabled": True})
    assert error(refused) == conflict
    listed = api.get("/indexes/docs/backup-schedules").json()["data"]
    assert [(row["name"], row["enabled"]) for row in listed] == [("second", True), ("nightly", False)]
    update(api, second, enabled=True)  # it is
    create_index("other")
    schedule(api, index_name="other")


def test_deleting_a_schedule_keeps_its_backups_until_they_are_old(
    emulator: Emulator, api: httpx.Client
) -> None:
    made = schedule(api, days=3)
    emulator.advance(2 * DAY)

    deleted = api.delete(f"/backup-schedules/{made['schedule_id']}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    emulator.advance(DAY)
    assert days(api) == ["02-02", "02-01"]
    emulator.advance(DAY)
    assert days(api) == ["02-02"]
    for answer in (
        api.get(f"/backup-schedules/{made['schedule_id']}"),
        api.get(f"/backup-schedules/{made['schedule_id']}/history"),
        api.patch(f"/backup-schedules/{made['schedule_id']}", json={}),
        api.delete(f"/backup-schedules/{made['schedule_id']}"),
    ):
        assert error(answer) == (404, "NOT_FOUND", "Backup schedule not found.")


def test_deleting_an_index_deletes_its_schedules_and_keeps_their_backups(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    made = schedule(api)
    emulator.advance(2 * DAY)
    api.delete("/indexes/docs")
    create_index("docs")
    emulator.advance(2 * DAY)

    assert days(api) == ["02-02", "02-01"]
    assert api.get(f"/backup-schedules/{made['schedule_id']}").status_code == 404
    assert api.get("/indexes/docs/backup-schedules").json()["data"] == []
    schedule(api)


class TestHistory:
    """What a schedule has made, newest first, and what it will make next."""

    @pytest.fixture(autouse=True)
    def _made(self, emulator: Emulator, api: httpx.Client) -> None:
        self.made = schedule(api)
        emulator.advance(3 * DAY)

    def test_it_begins_with_the_next_run(self, api: httpx.Client) -> None:
        planned, *rows = history(api, self.made)["data"]

        assert rows == backups(api)
        assert (planned["name"], planned["status"]) == ("nightly-20260204T060000Z", "Scheduled")
        assert planned["scheduled_execution_at"] == "2026-02-04T06:00:00.000000Z"
        assert planned["created_at"] == "2026-02-03T06:00:00.000000Z"
        assert api.get(f"/backups/{planned['backup_id']}").status_code == 404

    def test_the_next_run_becomes_a_backup_of_the_same_id(
        self, emulator: Emulator, api: httpx.Client
    ) -> None:
        planned = history(api, self.made)["data"][0]
        emulator.advance(DAY)
        assert api.get(f"/backups/{planned['backup_id']}").json()["name"] == planned["name"]

    def test_a_disabled_schedule_has_no_next_run(self, api: httpx.Client) -> None:
        update(api, self.made, enabled=False)
        assert history(api, self.made)["data"] == backups(api)

    def test_deleted_backups_are_not_in_it(self, api: httpx.Client) -> None:
        gone = backups(api)[1]["backup_id"]
        api.delete(f"/backups/{gone}")
        assert gone not in [row["backup_id"] for row in history(api, self.made)["data"]]

    def test_it_comes_in_pages(self, api: httpx.Client) -> None:
        everything = history(api, self.made)
        first = history(api, self.made, limit=3)
        second = history(api, self.made, paginationToken=first["pagination"]["next"])
        assert first["data"] + second["data"] == everything["data"]
        assert second["pagination"] is everything["pagination"] is None

    def test_the_live_api_shows_the_next_run_as_a_backup_in_the_making(
        self, emulator: Emulator, api: httpx.Client
    ) -> None:
        emulator.change_settings(quirks="real")
        planned = history(api, self.made)["data"][0]
        assert (planned["status"], planned["record_count"]) == ("Initializing", None)
        assert "scheduled_execution_at" not in planned


def test_schedules_come_in_pages(api: httpx.Client) -> None:
    for number in range(3):
        update(api, schedule(api, name=f"number-{number}"), enabled=False)
    first = api.get("/indexes/docs/backup-schedules", params={"limit": 2}).json()
    params = {"paginationToken": first["pagination"]["next"]}
    second = api.get("/indexes/docs/backup-schedules", params=params).json()
    assert [row["name"] for row in first["data"] + second["data"]] == ["number-2", "number-1", "number-0"]
    assert second["pagination"] is None
    refused = api.get("/indexes/docs/backup-schedules", params={"paginationToken": "zzz"})
    assert refused.status_code == 400


def test_a_name_that_is_too_long_makes_backups_that_fail(emulator: Emulator, api: httpx.Client) -> None:
    schedule(api, name="n" * 29)
    emulator.advance(DAY)
    assert [row["status"] for row in backups(api)] == ["InitializationFailed"]


@pytest.mark.parametrize(
    "settings", [{"max_backups": 0}, {"plan_includes_backups": False}, {"past_due": True}]
)
def test_a_run_that_may_make_no_backup_makes_none(
    emulator: Emulator, api: httpx.Client, settings: dict[str, Any]
) -> None:
    schedule(api)
    emulator.change_settings(**settings)
    emulator.advance(DAY)
    assert backups(api) == []


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"schedule": {"type": "time-based", "frequency": "hourly"}}, 422),
        ({"schedule": {"type": "cron", "frequency": "daily"}}, 422),
        ({"schedule": None}, 422),
        ({"retention": {}}, 422),
        ({"retention": {"expire_after_days": "7"}}, 422),
        ({"retention": {"expire_after_days": 0}}, 400),
        ({"retention": {"expire_after_days": 366}}, 400),
        ({"name": 5}, 422),
        ({"name": ""}, 400),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(
    api: httpx.Client, changed: dict[str, Any], status: int
) -> None:
    assert api.post("/indexes/docs/backup-schedules", json=body() | changed).status_code == status
    made = schedule(api)
    if "retention" in changed:
        answer = api.patch(f"/backup-schedules/{made['schedule_id']}", json=changed)
        assert answer.status_code == status


def test_the_longest_retention_can_be_set(emulator: Emulator, api: httpx.Client) -> None:
    emulator.change_settings(max_backup_retention_days=30)
    answer = api.post("/indexes/docs/backup-schedules", json=body(days=31))
    assert error(answer)[2] == "retention.expire_after_days must be between 1 and 30, not 31."
    schedule(api, days=30)


def test_an_index_that_cannot_be_backed_up_has_no_schedules(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    create_index("secret", cmek_id="key-1")
    spec = {"pod": {"environment": "us-east1-gcp", "pod_type": "p1.x1"}}
    with emulator.client("2025-10") as classic:
        classic.post("/indexes", json={"name": "pods", "dimension": 3, "spec": spec})

    for name, status in (("secret", 400), ("pods", 400), ("none", 404)):
        answer = api.post(f"/indexes/{name}/backup-schedules", json=body())
        assert answer.status_code == status, name
    assert error(api.get("/indexes/none/backup-schedules"))[2] == "Index none not found."


def test_a_plan_without_schedules_is_told_so_whatever_it_asks_for(
    emulator: Emulator, api: httpx.Client
) -> None:
    emulator.change_settings(plan_includes_backups=False)
    for answer in (
        api.post("/indexes/none/backup-schedules", json={}),
        api.get("/indexes/none/backup-schedules"),
        api.get("/backup-schedules/none"),
        api.patch("/backup-schedules/none", json={"enabled": 5}),
        api.delete("/backup-schedules/none"),
        api.get("/backup-schedules/none/history"),
    ):
        assert error(answer) == (
            403,
            "PERMISSION_DENIED",
            "Scheduled backups are not available for your plan",
        )


def test_unpaid_invoices_stop_new_schedules(emulator: Emulator, api: httpx.Client) -> None:
    emulator.change_settings(past_due=True)
    assert api.post("/indexes/docs/backup-schedules", json=body()).status_code == 402


@pytest.mark.parametrize(
    ("version", "status"), [("2025-10", 404), ("2026-04", 404), ("2026-07", 200), ("unstable", 200)]
)
def test_schedules_came_with_2026_07(emulator: Emulator, version: str, status: int) -> None:
    with emulator.client(version) as client:
        assert client.get("/indexes/docs/backup-schedules").status_code == status


def test_schedules_are_stored(launch_emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    first = launch_emulator("--state", state)
    first.freeze()
    with first.client() as client:
        index = {"name": "docs", "schema": {"fields": {"_sparse_values": {"type": "sparse_vector"}}}}
        client.post("/indexes", json=index)
        made = schedule(client)
        first.advance(DAY)
        (before,) = backups(client)
    first.process.kill()
    first.process.wait()

    second = launch_emulator("--state", state)
    second.advance(DAY)

    with second.client() as client:
        assert [row["backup_id"] for row in backups(client)[1:]] == [before["backup_id"]]
        assert len(history(client, made)["data"]) == 3
