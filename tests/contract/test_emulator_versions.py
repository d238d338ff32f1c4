"""Each version of the API gets its own shapes and status codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.conftest import Emulator

CLASSIC = ("2025-04", "2025-10", "2026-04")
SERVERLESS = {"serverless": {"cloud": "aws", "region": "us-east-1"}}


def backup_of(emulator: Emulator, version: str) -> dict[str, Any]:
    with emulator.client(version) as client:
        answer = client.post("/indexes/docs/backups", json={"name": "nightly"})
        body: dict[str, Any] = answer.json()
        return body


@pytest.mark.parametrize("version", CLASSIC)
def test_a_classic_index_has_dimension_metric_and_spec(emulator: Emulator, version: str) -> None:
    body = {"name": "docs", "dimension": 3, "metric": "euclidean", "spec": SERVERLESS, "tags": {"team": "a"}}
    with emulator.client(version) as client:
        created = client.post("/indexes", json=body)
        described = client.get("/indexes/docs")

    assert created.status_code == 201
    index = described.json()
    assert index == created.json()
    assert (index["dimension"], index["metric"], index["vector_type"]) == (3, "euclidean", "dense")
    assert index["spec"]["serverless"]["cloud"] == "aws"
    assert ("read_capacity" in index["spec"]["serverless"]) == (version != "2025-04")
    assert index["status"] == {"ready": True, "state": "Ready"}
    assert index["deletion_protection"] == "disabled"
    assert index["tags"] == {"team": "a"}
    assert not {"schema", "deployment", "source_backup_id"} & index.keys()


def test_since_2026_07_an_index_has_schema_and_deployment(create_index: Callable[..., Any]) -> None:
    index = create_index("docs", dimension=3)

    assert index["schema"] == {
        "fields": {"_values": {"type": "dense_vector", "dimension": 3, "metric": "cosine"}}
    }
    assert index["deployment"]["deployment_type"] == "managed"
    assert index["deployment"]["region"] == "us-east-1"
    assert index["tags"] is None
    assert not {"dimension", "metric", "spec", "vector_type"} & index.keys()


def test_an_index_made_in_one_shape_is_seen_in_the_other(emulator: Emulator) -> None:
    spec = {"serverless": SERVERLESS["serverless"] | {"schema": {"fields": {"genre": {"filterable": True}}}}}
    with emulator.client("2025-10") as classic, emulator.client("2026-07") as new:
        classic.post("/indexes", json={"name": "docs", "dimension": 7, "spec": spec})

        assert new.get("/indexes/docs").json()["schema"]["fields"] == {
            "_values": {"type": "dense_vector", "dimension": 7, "metric": "cosine"},
            "genre": {"filterable": True},
        }
        assert classic.get("/indexes/docs").json()["spec"]["serverless"]["schema"] == {
            "fields": {"genre": {"filterable": True}}
        }


@pytest.mark.parametrize(
    ("kind", "place"),
    [("serverless", SERVERLESS["serverless"]), ("pod", {"environment": "us-east1-gcp", "pod_type": "p1.x1"})],
)
def test_an_index_shows_the_collection_it_came_from(
    emulator: Emulator, kind: str, place: dict[str, Any]
) -> None:
    spec = {kind: {**place, "source_collection": "old"}}
    with emulator.client("2025-10") as classic, emulator.client("2026-07") as new:
        classic.post("/indexes", json={"name": "docs", "dimension": 3, "spec": spec})

        assert classic.get("/indexes/docs").json()["spec"][kind]["source_collection"] == "old"
        assert new.get("/indexes/docs").json()["source_collection"] == "old"


@pytest.mark.parametrize(
    ("version", "created", "configured"),
    [("2025-04", 201, 202), ("2025-10", 201, 202), ("2026-04", 201, 202), ("2026-07", 200, 200)],
)
def test_status_codes_follow_the_version(
    emulator: Emulator, create_index: Callable[..., Any], version: str, created: int, configured: int
) -> None:
    create_index("docs")
    with emulator.client(version) as client:
        assert client.post("/indexes/docs/backups", json={}).status_code == created
        assert client.patch("/indexes/docs", json={"tags": {"a": "b"}}).status_code == configured
        assert client.delete("/indexes/docs").status_code == 202


@pytest.mark.parametrize("version", CLASSIC)
def test_a_classic_backup_has_dimension_and_metric(
    emulator: Emulator, create_index: Callable[..., Any], version: str
) -> None:
    create_index("docs", dimension=3)

    backup = backup_of(emulator, version)

    assert (backup["dimension"], backup["metric"], backup["tags"]) == (3, "cosine", {})
    assert "schema" not in backup


def test_at_2025_04_backups_and_restore_jobs_have_all_documented_fields(
    emulator: Emulator, create_index: Callable[..., Any]
) -> None:
    create_index("docs")
    with emulator.client("2025-04") as client:
        body = {"name": "nightly", "description": "weekly backup"}
        backup = client.post("/indexes/docs/backups", json=body).json()
        accepted = client.post(f"/backups/{backup['backup_id']}/create-index", json={"name": "copy"}).json()
        job = client.get(f"/restore-jobs/{accepted['restore_job_id']}").json()

    assert backup.keys() == {
        *("backup_id", "source_index_name", "source_index_id", "name", "description", "status"),
        *("cloud", "region", "dimension", "metric", "record_count", "namespace_count", "size_bytes"),
        *("tags", "created_at"),
    }
    assert job.keys() == {
        *("restore_job_id", "backup_id", "target_index_name", "target_index_id", "status"),
        *("created_at", "completed_at", "percent_complete"),
    }


def test_since_2026_07_a_backup_has_a_schema_and_null_for_no_tags(
    emulator: Emulator, create_index: Callable[..., Any]
) -> None:
    index = create_index("docs")

    backup = backup_of(emulator, "2026-07")

    assert backup["schema"] == index["schema"]
    assert backup["tags"] is None
    assert not {"dimension", "metric", "source_index_deleted_at"} & backup.keys()


def test_only_since_2026_07_backup_names_have_rules(
    emulator: Emulator, create_index: Callable[..., Any]
) -> None:
    create_index("docs")
    for version, status in (("2026-04", 201), ("2026-07", 400)):
        with emulator.client(version) as client:
            answer = client.post("/indexes/docs/backups", json={"name": "backup_2024_03_15"})
        assert answer.status_code == status, version


def test_no_version_means_the_newest(emulator: Emulator, create_index: Callable[..., Any]) -> None:
    create_index("docs")
    with emulator.client() as client:
        del client.headers["X-Pinecone-Api-Version"]
        assert "schema" in client.get("/indexes/docs").json()


def test_an_unknown_version_is_refused(emulator: Emulator) -> None:
    with emulator.client("1999-01") as client:
        answer = client.get("/indexes")
    assert answer.status_code == 400
    assert "'1999-01'" in answer.json()["error"]["message"]


@pytest.mark.parametrize("version", CLASSIC)
def test_a_wrong_key_was_an_error_in_json(emulator: Emulator, version: str) -> None:
    with emulator.client(version, api_key="wrong") as client:
        answer = client.get("/indexes")
    assert answer.status_code == 401
    assert answer.json() == {
        "error": {"code": "UNAUTHENTICATED", "message": "Invalid API key."},
        "status": 401,
    }


@pytest.mark.parametrize("version", CLASSIC)
def test_an_index_told_of_a_wrong_key_in_the_form_of_its_own_errors(emulator: Emulator, version: str) -> None:
    with emulator.client(version, api_key="wrong") as client:
        answer = client.get("/data/none/vectors/list")
    assert answer.status_code == 401
    assert answer.json() == {"code": 16, "message": "Invalid API key.", "details": []}


def test_a_wrong_key_is_now_an_error_in_plain_text(emulator: Emulator) -> None:
    with emulator.client(api_key="wrong") as client:
        for path in ("/indexes", "/backups/none", "/data/none/vectors/list"):
            answer = client.get(path)
            assert (answer.status_code, answer.text) == (401, "Invalid API key")
            assert answer.headers["content-type"].startswith("text/plain")
