"""Restores make real new indexes, and their jobs move as the API's do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.contract.conftest import Emulator


@pytest.fixture
def backup_id(api: httpx.Client, create_index: Callable[..., Any], upsert: Callable[..., None]) -> str:
    """A backup of one record, of an index with tags."""
    upsert(create_index("docs", tags={"team": "a", "stage": "b"}), {"a": [0.1, 0.2, 0.3]}, namespace="one")
    return str(api.post("/indexes/docs/backups", json={}).json()["backup_id"])


def restore(api: httpx.Client, backup_id: str, name: str = "restored", **body: Any) -> dict[str, Any]:
    answer = api.post(f"/backups/{backup_id}/create-index", json={"name": name, **body})
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def total(api: httpx.Client, index: dict[str, Any]) -> int:
    return int(api.post(f"{index['host']}/describe_index_stats", json={}).json()["totalVectorCount"])


def test_the_index_is_there_at_once_and_ready_with_its_job(
    emulator: Emulator, api: httpx.Client, backup_id: str
) -> None:
    emulator.freeze()
    emulator.change_settings(restore_seconds=100)

    accepted = restore(api, backup_id)
    index = api.get("/indexes/restored").json()
    job = api.get(f"/restore-jobs/{accepted['restore_job_id']}").json()

    assert accepted.keys() == {"restore_job_id", "index_id"}
    assert index["status"] == {"ready": False, "state": "Initializing"}
    assert index["source_backup_id"] == backup_id
    assert total(api, index) == 0
    assert (job["status"], job["completed_at"]) == ("Pending", None)
    assert (job["backup_id"], job["target_index_name"]) == (backup_id, "restored")
    assert job["target_index_id"] == accepted["index_id"]
    assert "percent_complete" not in job

    emulator.advance(100)
    index = api.get("/indexes/restored").json()
    job = api.get(f"/restore-jobs/{accepted['restore_job_id']}").json()

    assert index["status"] == {"ready": True, "state": "Ready"}
    assert total(api, index) == 1
    assert (job["status"], job["percent_complete"]) == ("Completed", 100)
    assert job["completed_at"] == emulator.now()


def test_the_restored_records_are_the_same_to_the_bit(api: httpx.Client, backup_id: str) -> None:
    restore(api, backup_id)
    params = {"ids": "a", "namespace": "one"}
    docs, copy = (api.get(f"/indexes/{name}").json() for name in ("docs", "restored"))

    original = api.get(f"{docs['host']}/vectors/fetch", params=params).json()["vectors"]
    restored = api.get(f"{copy['host']}/vectors/fetch", params=params).json()["vectors"]

    assert original == restored
    assert original["a"]["values"] == [0.10000000149011612, 0.20000000298023224, 0.30000001192092896]


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, {"team": "a", "stage": "b"}), ({"tags": {"new": "c"}}, {"new": "c"}), ({"tags": {}}, None)],
)
def test_tags_are_copied_unless_others_are_given(
    api: httpx.Client, backup_id: str, given: dict[str, Any], expected: dict[str, str] | None
) -> None:
    restore(api, backup_id, **given)
    assert api.get("/indexes/restored").json()["tags"] == expected


def test_tags_are_those_of_the_index_when_it_was_backed_up(api: httpx.Client, backup_id: str) -> None:
    api.patch("/indexes/docs", json={"tags": {"team": "changed", "stage": ""}})
    restore(api, backup_id)
    assert api.get(f"/backups/{backup_id}").json()["tags"] == {"team": "a", "stage": "b"}
    assert api.get("/indexes/docs").json()["tags"] == {"team": "changed"}
    assert api.get("/indexes/restored").json()["tags"] == {"team": "a", "stage": "b"}


def test_deletion_protection_is_never_inherited(api: httpx.Client, backup_id: str) -> None:
    api.patch("/indexes/docs", json={"deletion_protection": "enabled"})
    protected_backup = api.post("/indexes/docs/backups", json={}).json()["backup_id"]

    restore(api, protected_backup, "one")
    restore(api, protected_backup, "two", deletion_protection="enabled")

    assert api.get("/indexes/one").json()["deletion_protection"] == "disabled"
    assert api.get("/indexes/two").json()["deletion_protection"] == "enabled"


def test_read_capacity_can_be_given(api: httpx.Client, backup_id: str) -> None:
    dedicated = {
        "mode": "Dedicated",
        "dedicated": {"node_type": "b1", "scaling": "Manual", "manual": {"shards": 2, "replicas": 1}},
    }
    restore(api, backup_id, read_capacity=dedicated)
    shown = api.get("/indexes/restored").json()["read_capacity"]
    assert shown == dedicated | {"status": {"state": "Ready"}}


def test_a_backup_that_is_not_ready_cannot_be_restored(
    emulator: Emulator, api: httpx.Client, backup_id: str
) -> None:
    emulator.change_settings(backup_seconds=60)
    young = api.post("/indexes/docs/backups", json={}).json()["backup_id"]

    answer = api.post(f"/backups/{young}/create-index", json={"name": "restored"})

    assert answer.status_code == 412
    assert answer.json()["error"] == {
        "code": "FAILED_PRECONDITION",
        "message": f"Backup {young} is not completed",
    }
    assert api.get("/indexes/restored").status_code == 404


def test_a_backup_with_a_pending_restore_cannot_be_deleted(
    emulator: Emulator, api: httpx.Client, backup_id: str
) -> None:
    emulator.freeze()
    emulator.change_settings(restore_seconds=60)
    job_id = restore(api, backup_id)["restore_job_id"]

    refused = api.delete(f"/backups/{backup_id}")
    emulator.advance(60)

    assert refused.status_code == 412
    assert refused.json()["error"]["message"] == (
        f"Unable to delete backup. There are pending restore jobs for this backup: ['{job_id}']"
    )
    assert api.delete(f"/backups/{backup_id}").status_code == 202


@pytest.mark.parametrize("outcome", ["Failed", "Cancelled"])
def test_a_restore_can_be_made_to_fail(
    emulator: Emulator, api: httpx.Client, backup_id: str, outcome: str
) -> None:
    emulator.change_settings(next_restores=[outcome])

    job_id = restore(api, backup_id)["restore_job_id"]

    job = api.get(f"/restore-jobs/{job_id}").json()
    index = api.get("/indexes/restored").json()
    assert job["status"] == outcome
    assert "percent_complete" not in job
    assert index["status"] == {"ready": False, "state": "InitializationFailed"}
    assert total(api, index) == 0


def test_deleting_the_target_too_early_cancels_the_restore(
    emulator: Emulator, api: httpx.Client, backup_id: str
) -> None:
    emulator.freeze()
    emulator.change_settings(restore_seconds=60)
    job_id = restore(api, backup_id)["restore_job_id"]
    emulator.advance(1)

    assert api.delete("/indexes/restored").status_code == 202

    job = api.get(f"/restore-jobs/{job_id}").json()
    assert (job["status"], job["completed_at"]) == ("Cancelled", emulator.now())
    assert api.delete(f"/backups/{backup_id}").status_code == 202


def test_deleting_the_target_later_leaves_the_restore_completed(api: httpx.Client, backup_id: str) -> None:
    job_id = restore(api, backup_id)["restore_job_id"]
    api.delete("/indexes/restored")
    assert api.get(f"/restore-jobs/{job_id}").json()["status"] == "Completed"


@pytest.mark.parametrize(
    ("version", "quirks", "percent"),
    [("2025-04", "off", 25.0), ("2026-04", "off", 25.0), ("2026-04", "real", None), ("2026-07", "off", None)],
)
def test_progress_is_reported_only_where_the_specs_allow_it(
    emulator: Emulator, api: httpx.Client, backup_id: str, version: str, quirks: str, percent: float | None
) -> None:
    emulator.freeze()
    emulator.change_settings(restore_seconds=80, quirks=quirks)
    job_id = restore(api, backup_id)["restore_job_id"]
    emulator.advance(20)
    with emulator.client(version) as client:
        job = client.get(f"/restore-jobs/{job_id}").json()
    assert job.get("percent_complete") == percent


@pytest.mark.parametrize(("restore_stats", "shown"), [("empty", {}), ("growing", {"one": 3})])
def test_stats_of_an_index_that_is_being_restored_can_grow(
    emulator: Emulator,
    api: httpx.Client,
    create_index: Callable[..., Any],
    upsert: Callable[..., None],
    restore_stats: str,
    shown: dict[str, int],
) -> None:
    emulator.freeze()
    index = create_index("many")
    upsert(index, {str(number): [1, 2, 3] for number in range(7)}, namespace="one")
    upsert(index, {"a": [1, 2, 3]}, namespace="two")
    backup_id = api.post("/indexes/many/backups", json={}).json()["backup_id"]
    emulator.change_settings(restore_seconds=100, restore_stats=restore_stats)
    restore(api, backup_id)
    host = api.get("/indexes/restored").json()["host"]

    def counts() -> dict[str, int]:
        stats = api.post(f"{host}/describe_index_stats", json={}).json()
        assert stats["totalVectorCount"] == sum(row["vectorCount"] for row in stats["namespaces"].values())
        return {name: row["vectorCount"] for name, row in stats["namespaces"].items()}

    emulator.advance(50)
    assert counts() == shown
    assert api.get(f"{host}/vectors/list", params={"namespace": "one"}).json()["vectors"] == []
    emulator.advance(50)
    assert counts() == {"one": 7, "two": 1}


def test_a_backup_of_an_index_that_is_still_being_restored_is_empty(
    emulator: Emulator, api: httpx.Client, backup_id: str
) -> None:
    emulator.change_settings(restore_seconds=60)
    restore(api, backup_id)
    assert api.post("/indexes/restored/backups", json={}).json()["record_count"] == 0


def test_jobs_are_listed_newest_first(api: httpx.Client, backup_id: str) -> None:
    made = [restore(api, backup_id, name)["restore_job_id"] for name in ("one", "two", "three")]
    jobs = api.get("/restore-jobs").json()
    assert [job["restore_job_id"] for job in jobs["data"]] == made[::-1]
    assert jobs["pagination"] is None
