"""Backups are real snapshots, listed and deleted as the API does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.contract.conftest import Emulator

COUNTS = ("record_count", "namespace_count", "size_bytes")


def make_backup(api: httpx.Client, index_name: str = "docs", **body: str) -> dict[str, Any]:
    answer = api.post(f"/indexes/{index_name}/backups", json=body)
    assert answer.status_code == 200, answer.text
    backup: dict[str, Any] = answer.json()
    return backup


def listed(api: httpx.Client, path: str, **params: str) -> list[str]:
    answer = api.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return [row["backup_id"] for row in answer.json()["data"]]


def restored(api: httpx.Client, backup_id: str, name: str = "restored") -> dict[str, Any]:
    """Restore a backup that is done at once, and give the index."""
    assert api.post(f"/backups/{backup_id}/create-index", json={"name": name}).status_code == 202
    index: dict[str, Any] = api.get(f"/indexes/{name}").json()
    return index


def counts(api: httpx.Client, index: dict[str, Any]) -> dict[str, int]:
    stats = api.post(f"{index['host']}/describe_index_stats", json={}).json()
    return {name: summary["vectorCount"] for name, summary in stats["namespaces"].items()}


def test_a_backup_takes_its_time(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any], upsert: Callable[..., None]
) -> None:
    emulator.freeze()
    emulator.change_settings(backup_seconds=60)
    upsert(create_index("docs"), {"a": [1, 2, 3], "b": [4, 5, 6]}, namespace="one")

    created = make_backup(api, name="nightly", description="of the docs")
    emulator.advance(59.9)
    waiting = api.get(f"/backups/{created['backup_id']}").json()
    emulator.advance(0.1)
    ready = api.get(f"/backups/{created['backup_id']}").json()

    assert created["status"] == waiting["status"] == "Initializing"
    assert not set(COUNTS) & waiting.keys()
    assert ready["status"] == "Ready"
    assert (ready["record_count"], ready["namespace_count"]) == (2, 1)
    assert ready["size_bytes"] == 2 * (1 + 3 * 4)
    assert (ready["name"], ready["description"]) == ("nightly", "of the docs")
    assert (ready["cloud"], ready["region"]) == ("aws", "us-east-1")


def test_a_backup_can_be_made_to_fail(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    create_index("docs")
    emulator.change_settings(next_backups=["InitializationFailed"])

    failed, good = make_backup(api), make_backup(api)

    assert [failed["status"], good["status"]] == ["InitializationFailed", "Ready"]
    answer = api.post(f"/backups/{failed['backup_id']}/create-index", json={"name": "restored"})
    assert answer.status_code == 412


def test_a_backup_holds_the_records_as_they_were(
    api: httpx.Client, create_index: Callable[..., Any], upsert: Callable[..., None]
) -> None:
    index = create_index("docs")
    upsert(index, {"a": [1, 1, 1], "b": [2, 2, 2]})
    backup = make_backup(api)
    upsert(index, {"a": [9, 9, 9], "c": [3, 3, 3]})
    api.post(f"{index['host']}/vectors/delete", json={"ids": ["b"]})

    copy = restored(api, backup["backup_id"])

    fetched = api.get(f"{copy['host']}/vectors/fetch", params={"ids": ["a", "b", "c"]}).json()["vectors"]
    assert {id_: vector["values"] for id_, vector in fetched.items()} == {"a": [1, 1, 1], "b": [2, 2, 2]}


def test_records_younger_than_the_write_lag_are_not_in_a_backup(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any], upsert: Callable[..., None]
) -> None:
    emulator.freeze()
    emulator.change_settings(write_lag=900)
    index = create_index("docs")
    upsert(index, {"old": [1, 1, 1]})
    emulator.advance(1)
    upsert(index, {"young": [2, 2, 2]})

    too_early = make_backup(api)
    emulator.advance(899)
    in_between = make_backup(api)
    emulator.advance(1)
    late = make_backup(api)

    assert [backup["record_count"] for backup in (too_early, in_between, late)] == [0, 1, 2]


def test_backups_outlive_their_index_and_the_records_with_them(
    api: httpx.Client, create_index: Callable[..., Any], upsert: Callable[..., None]
) -> None:
    upsert(create_index("docs"), {"a": [1, 2, 3]}, namespace="one")
    backup = make_backup(api)
    api.delete("/indexes/docs")

    copy = restored(api, backup["backup_id"], "docs")

    assert counts(api, copy) == {"one": 1}
    assert listed(api, "/backups") == [backup["backup_id"]]


def test_deleting_a_backup_leaves_the_indexes_alone(
    api: httpx.Client, create_index: Callable[..., Any], upsert: Callable[..., None]
) -> None:
    index = create_index("docs")
    upsert(index, {"a": [1, 2, 3]})
    backup = make_backup(api)
    copy = restored(api, backup["backup_id"])

    deleted = api.delete(f"/backups/{backup['backup_id']}")

    assert (deleted.status_code, deleted.content) == (202, b"")
    assert api.get(f"/backups/{backup['backup_id']}").status_code == 404
    assert listed(api, "/backups") == []
    assert counts(api, index) == counts(api, copy) == {"": 1}


class TestListingByName:
    """The four states that the name of an index can be in."""

    @pytest.fixture(autouse=True)
    def _client(self, api: httpx.Client, create_index: Callable[..., Any]) -> None:
        self.api = api
        self.create_index = create_index

    def test_an_active_index_has_its_own_or_all_of_its_name(self) -> None:
        self.create_index("docs")
        old = make_backup(self.api)
        self.api.delete("/indexes/docs")
        self.create_index("docs")
        new = make_backup(self.api)

        assert listed(self.api, "/indexes/docs/backups") == [new["backup_id"]]
        assert listed(self.api, "/indexes/docs/backups", include_deleted="false") == [new["backup_id"]]
        everything = self.api.get("/indexes/docs/backups", params={"include_deleted": "true"}).json()["data"]
        assert [row["backup_id"] for row in everything] == [new["backup_id"], old["backup_id"]]
        assert ["source_index_deleted_at" in row for row in everything] == [False, True]
        assert len({row["source_index_id"] for row in everything}) == 2

    def test_a_deleted_index_shows_its_backups_only_when_asked(self) -> None:
        self.create_index("docs")
        backup = make_backup(self.api)
        self.api.delete("/indexes/docs")

        assert self.api.get("/indexes/docs/backups").status_code == 404
        assert listed(self.api, "/indexes/docs/backups", include_deleted="true") == [backup["backup_id"]]
        assert "source_index_deleted_at" not in self.api.get("/backups").json()["data"][0]

    def test_a_name_that_never_was_is_not_found(self) -> None:
        for asked in ("true", "false"):
            answer = self.api.get("/indexes/docs/backups", params={"include_deleted": asked})
            assert answer.status_code == 404

    def test_an_index_without_backups_has_an_empty_list(self) -> None:
        self.create_index("docs")
        assert listed(self.api, "/indexes/docs/backups") == []
        assert listed(self.api, "/indexes/docs/backups", include_deleted="true") == []

    def test_include_deleted_is_true_or_false(self) -> None:
        self.create_index("docs")
        answer = self.api.get("/indexes/docs/backups", params={"include_deleted": "maybe"})
        assert answer.status_code == 400


def test_an_index_in_the_users_own_cloud_has_backups(emulator: Emulator, api: httpx.Client) -> None:
    spec = {"byoc": {"environment": "aws-us-east-1-b921"}}
    with emulator.client("2026-04") as classic:
        body = {"name": "docs", "dimension": 3, "spec": spec}
        assert classic.post("/indexes", json=body).status_code == 201
        backup = classic.post("/indexes/docs/backups", json={}).json()
        restored(api, backup["backup_id"])
        copy = classic.get("/indexes/restored").json()

    assert (backup["status"], backup["cloud"], backup["region"]) == ("Ready", "aws", "us-east-1-b921")
    assert copy["spec"]["byoc"]["environment"] == "aws-us-east-1-b921"
    assert api.get("/indexes/restored").json()["deployment"] == {
        "deployment_type": "byoc",
        "environment": "aws-us-east-1-b921",
    }


def test_with_its_quirks_the_live_api_sends_null_for_unknown_counts(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    emulator.change_settings(quirks="real", backup_seconds=60)
    create_index("docs", dimension=3)

    backup = make_backup(api)

    assert [backup[name] for name in COUNTS] == [None, None, None]
    assert (backup["dimension"], backup["metric"]) == (3, "cosine")
