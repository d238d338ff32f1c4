"""The errors of the control plane, with the codes and messages that Pinecone sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.conftest import Emulator

SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": 3, "metric": "cosine"}}}
NAME_RULE = (
    "Index name must contain only lowercase alphanumeric characters or hyphens, "
    "and must not begin or end with a hyphen."
)
NO_QUOTA = "Increase your quota or upgrade to create more {}."
NO_PLAN = "Your organization's plan does not include backups. Upgrade your plan to create backups."
PAST_DUE = "Request failed. Pay all past due invoices to lift restrictions on your account."


def error(answer: httpx.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert body["status"] == answer.status_code
    return answer.status_code, body["error"]["code"], body["error"]["message"]


def make_backup(api: httpx.Client, index_name: str = "docs") -> str:
    answer = api.post(f"/indexes/{index_name}/backups", json={})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["backup_id"])


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("GET", "/indexes/none", "Index none"),
        ("PATCH", "/indexes/none", "Index none"),
        ("DELETE", "/indexes/none", "Index none"),
        ("POST", "/indexes/none/backups", "Index none"),
        ("GET", "/indexes/none/backups", "Index none"),
        ("GET", "/backups/none", "Backup none"),
        ("DELETE", "/backups/none", "Backup none"),
        ("GET", "/restore-jobs/none", "Restore job none"),
    ],
)
def test_what_is_not_there_is_named(api: httpx.Client, method: str, path: str, what: str) -> None:
    answer = api.request(method, path, json={} if method in ("POST", "PATCH") else None)
    assert error(answer) == (404, "NOT_FOUND", f"{what} not found.")


def test_a_restore_of_no_backup_is_not_found(api: httpx.Client) -> None:
    answer = api.post("/backups/none/create-index", json={"name": "restored"})
    assert error(answer) == (404, "NOT_FOUND", "Backup none not found.")


@pytest.mark.parametrize("name", ["Docs", "-docs", "docs-", "do_cs", "dôcs", "docs\n"])
def test_index_names_have_rules(api: httpx.Client, create_index: Callable[..., Any], name: str) -> None:
    create_index("source")
    backup_id = make_backup(api, "source")

    created = api.post("/indexes", json={"name": name, "schema": SCHEMA})
    restored = api.post(f"/backups/{backup_id}/create-index", json={"name": name})

    assert error(created) == (400, "INVALID_ARGUMENT", NAME_RULE)
    assert error(restored) == (400, "INVALID_ARGUMENT", NAME_RULE)
    assert [index["name"] for index in api.get("/indexes").json()["indexes"]] == ["source"]


@pytest.mark.parametrize(("length", "status"), [(0, 400), (1, 201), (45, 201), (46, 400)])
def test_index_names_have_1_to_45_characters(api: httpx.Client, length: int, status: int) -> None:
    assert api.post("/indexes", json={"name": "a" * length, "schema": SCHEMA}).status_code == status


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ({str(number): "v" for number in range(20)}, 201),
        ({str(number): "v" for number in range(21)}, 400),
        ({"k" * 80: "v" * 120}, 201),
        ({"k" * 81: "v"}, 400),
        ({"k": "v" * 121}, 400),
        ({"not a key": "v"}, 400),
        ({"k": 5}, 422),
    ],
)
def test_tags_have_rules(api: httpx.Client, tags: dict[str, Any], status: int) -> None:
    answer = api.post("/indexes", json={"name": "docs", "schema": SCHEMA, "tags": tags})
    assert answer.status_code == status


def test_a_name_that_is_taken_conflicts(api: httpx.Client, create_index: Callable[..., Any]) -> None:
    create_index("docs")
    backup_id = make_backup(api)

    created = api.post("/indexes", json={"name": "docs", "schema": SCHEMA})
    restored = api.post(f"/backups/{backup_id}/create-index", json={"name": "docs"})

    assert error(created) == (409, "ALREADY_EXISTS", "Resource already exists.")
    assert error(restored) == (409, "ALREADY_EXISTS", "Resource already exists.")
    assert api.get("/restore-jobs").json()["data"] == []


def test_a_protected_index_is_not_deleted(api: httpx.Client, create_index: Callable[..., Any]) -> None:
    create_index("docs", deletion_protection="enabled")

    assert error(api.delete("/indexes/docs")) == (
        403,
        "FORBIDDEN",
        "Deletion protection is enabled for this index. Disable deletion protection before retrying.",
    )
    api.patch("/indexes/docs", json={"deletion_protection": "disabled"})
    assert api.delete("/indexes/docs").status_code == 202


@pytest.mark.parametrize(
    ("body", "missing"),
    [({"name": "docs"}, "schema"), ({"name": "docs", "schema": {}}, "schema.fields")],
)
def test_a_missing_field_is_named(api: httpx.Client, body: dict[str, Any], missing: str) -> None:
    status, code, message = error(api.post("/indexes", json=body))
    assert (status, code) == (422, "UNPROCESSABLE_ENTITY")
    assert message.startswith(
        f"Failed to deserialize the JSON body into the target type: missing field `{missing}` at line 1"
    )


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b'{"name": 5}', b'{"description": []}'])
def test_a_body_of_the_wrong_type_is_unprocessable(
    api: httpx.Client, create_index: Callable[..., Any], raw: bytes
) -> None:
    create_index("docs")
    assert api.post("/indexes/docs/backups", content=raw).status_code == 422
    assert api.get("/backups").json()["data"] == []


def test_deletion_protection_is_enabled_or_disabled(
    api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    create_index("docs")
    backup_id = make_backup(api)
    body = {"name": "restored", "deletion_protection": "yes"}
    assert api.post(f"/backups/{backup_id}/create-index", json=body).status_code == 422


@pytest.mark.parametrize(
    "read_capacity",
    [
        "fast",
        {},
        {"mode": "Fast"},
        {"mode": "Dedicated"},
        {"mode": "Dedicated", "dedicated": {}},
        {"mode": "Dedicated", "dedicated": {"node_type": "z9", "scaling": "Manual"}},
        {"mode": "Dedicated", "dedicated": {"node_type": "b1", "scaling": "Manual", "manual": {"shards": 0}}},
    ],
)
def test_read_capacity_is_on_demand_or_dedicated(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any], read_capacity: Any
) -> None:
    create_index("docs")
    with emulator.client("2026-04") as classic:
        spec = {"serverless": {"read_capacity": read_capacity}}
        assert classic.patch("/indexes/docs", json={"spec": spec}).status_code == 422
    assert api.patch("/indexes/docs", json={"read_capacity": read_capacity}).status_code == 422
    assert api.get("/indexes/docs").json()["read_capacity"]["mode"] == "OnDemand"


@pytest.mark.parametrize(
    ("cloud", "region", "status"),
    [
        ("aws", "us-east-1", 201),
        ("aws", "ap-southeast-3", 201),
        ("gcp", "europe-west4", 201),
        ("azure", "eastus2", 201),
        ("aws", "us-west1", 404),
        ("gcp", "us-east-1", 404),
        ("azure", "us-central1", 404),
        ("aws", "", 404),
        ("oracle", "us-east-1", 404),
    ],
)
def test_a_region_is_one_as_its_cloud_names_them(
    api: httpx.Client, cloud: str, region: str, status: int
) -> None:
    deployment = {"deployment_type": "managed", "cloud": cloud, "region": region}
    answer = api.post("/indexes", json={"name": "docs", "schema": SCHEMA, "deployment": deployment})
    assert answer.status_code == status
    if status == 404:
        assert error(answer)[2] == f"Resource cloud: {cloud} region: {region} not found."


@pytest.mark.parametrize(
    ("version", "change"),
    [
        ("2026-04", {"embed": {"model": "multilingual-e5-large"}}),
        ("2026-04", {"spec": {"pod": {"replicas": 2}}}),
        ("2026-07", {"schema": {"fields": {}}}),
        ("2026-07", {"deployment": {"deployment_type": "pod", "replicas": 2}}),
    ],
)
def test_a_change_that_is_not_made_is_refused(
    emulator: Emulator, create_index: Callable[..., Any], version: str, change: dict[str, Any]
) -> None:
    create_index("docs")
    with emulator.client(version) as client:
        answer = client.patch("/indexes/docs", json=change)
    assert error(answer)[:2] == (400, "INVALID_ARGUMENT")
    assert error(answer)[2].endswith("the emulator cannot change it.")


def test_full_text_search_and_a_key_of_ones_own_exclude_each_other(api: httpx.Client) -> None:
    schema = {"fields": {"chunk": {"type": "string", "full_text_search": {}}}}
    answer = api.post("/indexes", json={"name": "docs", "schema": schema, "cmek_id": "key-1"})
    assert error(answer)[:2] == (412, "FAILED_PRECONDITION")


def test_there_are_no_collections(emulator: Emulator, api: httpx.Client) -> None:
    with emulator.client("2026-04") as classic:
        assert classic.get("/collections").json() == {"collections": []}
        assert error(classic.get("/collections/films")) == (404, "NOT_FOUND", "Collection films not found.")
        assert error(classic.delete("/collections/films"))[0] == 404
        body = {"name": "films", "source": "docs"}
        assert error(classic.post("/collections", json=body))[:2] == (400, "INVALID_ARGUMENT")
    assert api.get("/collections").status_code == 404


def test_pod_indexes_have_no_backups(emulator: Emulator, api: httpx.Client) -> None:
    spec = {"pod": {"environment": "us-east1-gcp", "pod_type": "p1.x1"}}
    with emulator.client("2025-10") as classic:
        created = classic.post("/indexes", json={"name": "pods", "dimension": 3, "spec": spec})
    assert created.json()["spec"]["pod"]["pods"] == 1

    status, code, message = error(api.post("/indexes/pods/backups", json={}))

    assert (status, code) == (400, "INVALID_ARGUMENT")
    assert "pod" in message
    assert api.get("/backups").json()["data"] == []


def test_indexes_with_a_key_of_their_own_have_no_backups(
    api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    create_index("secret", cmek_id="key-1")
    assert error(api.post("/indexes/secret/backups", json={}))[:2] == (400, "INVALID_ARGUMENT")


def test_a_plan_without_backups_is_told_so_before_the_index_is_looked_for(
    emulator: Emulator, api: httpx.Client
) -> None:
    emulator.change_settings(plan_includes_backups=False)
    answer = api.post("/indexes/none/backups", json={})
    assert error(answer) == (403, "PERMISSION_DENIED", NO_PLAN)


def test_quotas_are_kept(emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]) -> None:
    create_index("docs")
    backup_id = make_backup(api)
    emulator.change_settings(max_backups=1, max_indexes=1)

    more_backups = api.post("/indexes/docs/backups", json={})
    more_indexes = api.post("/indexes", json={"name": "more", "schema": SCHEMA})
    restored = api.post(f"/backups/{backup_id}/create-index", json={"name": "restored"})

    assert error(more_backups) == (403, "FORBIDDEN", NO_QUOTA.format("backups"))
    assert error(more_indexes) == (403, "FORBIDDEN", NO_QUOTA.format("indexes"))
    assert error(restored) == (403, "FORBIDDEN", NO_QUOTA.format("indexes"))

    api.delete(f"/backups/{backup_id}")
    assert api.post("/indexes/docs/backups", json={}).status_code == 200


def test_a_project_has_up_to_500_backups_of_all_kinds_unless_set_otherwise(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    for name in ("docs", "gone"):
        create_index(name)
    made = [make_backup(api, name) for name in ("docs", "gone") for _ in range(249)]
    api.delete("/indexes/gone")
    emulator.change_settings(next_backups=["InitializationFailed"], backup_seconds=60)
    made += [make_backup(api), make_backup(api)]

    refused = api.post("/indexes/docs/backups", json={})
    api.delete(f"/backups/{made[0]}")
    allowed = api.post("/indexes/docs/backups", json={})
    emulator.change_settings(max_backups=None)
    unlimited = api.post("/indexes/docs/backups", json={})

    assert len(made) == 500
    assert error(refused) == (403, "FORBIDDEN", NO_QUOTA.format("backups"))
    assert (allowed.status_code, unlimited.status_code) == (200, 200)


def test_unpaid_invoices_stop_what_costs(
    emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    create_index("docs")
    backup_id = make_backup(api)
    emulator.change_settings(past_due=True)

    restored = api.post(f"/backups/{backup_id}/create-index", json={"name": "restored"})

    assert error(restored) == (402, "PAYMENT_REQUIRED", PAST_DUE)


def test_an_unknown_path_is_an_error_in_json(api: httpx.Client) -> None:
    assert error(api.get("/none"))[:2] == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"description": "\\ud800"}'],
    ids=lambda body: body[:20],
)
def test_a_body_that_cannot_be_read_is_the_clients_fault(
    api: httpx.Client, create_index: Callable[..., Any], body: bytes
) -> None:
    create_index("docs")
    assert error(api.post("/indexes/docs/backups", content=body))[:2] == (422, "UNPROCESSABLE_ENTITY")
