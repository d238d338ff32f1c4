"""Restores that go wrong on purpose: seen in the restored index alone, never in the source or the backup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.records import fetched, ok, restored, scores, sparse, upsert

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.contract.conftest import Emulator

RECORDS = {"": 60, "new": 20}
"""How many records each namespace holds. Only those of the default one have metadata."""


@pytest.fixture
def docs(api: httpx.Client, create_index: Callable[..., Any]) -> str:
    """Where an index with two namespaces is."""
    host = str(create_index("docs")["host"])
    for namespace, count in RECORDS.items():
        metadata = {} if namespace else {"metadata": {"year": 1999, "genre": "drama", "new": False}}
        vectors = [
            {"id": f"{number:02}", "values": [number, 0.0, 0.5], **metadata} for number in range(count)
        ]
        ok(api.post(f"{host}/vectors/upsert", json={"vectors": vectors, "namespace": namespace}))
    return host


@pytest.fixture
def backup(api: httpx.Client, docs: str) -> dict[str, Any]:
    """A backup of that index."""
    made: dict[str, Any] = ok(api.post("/indexes/docs/backups", json={}))
    return made


Records = dict[str, dict[str, dict[str, Any]]]


def held(api: httpx.Client, host: str) -> Records:
    """All records of an index, by namespace and id."""
    found: Records = {}
    for namespace in RECORDS:
        listed = ok(api.get(f"{host}/vectors/list", params={"namespace": namespace}))["vectors"]
        params = {"ids": [row["id"] for row in listed], "namespace": namespace}
        found[namespace] = ok(api.get(f"{host}/vectors/fetch", params=params))["vectors"] if listed else {}
    return found


def counts(api: httpx.Client, host: str) -> dict[str, int]:
    stats = ok(api.post(f"{host}/describe_index_stats", json={}))
    found = {name: row["vectorCount"] for name, row in stats["namespaces"].items()}
    assert stats["totalVectorCount"] == sum(found.values())
    return found


def restore(api: httpx.Client, backup: dict[str, Any], name: str = "copy") -> str:
    started = api.post(f"/backups/{backup['backup_id']}/create-index", json={"name": name})
    assert started.status_code == 202, started.text
    return str(ok(api.get(f"/indexes/{name}"))["host"])


def changed(before: Records, after: Records, part: str) -> int:
    """How many records differ in one part. They must be the same ones, and not differ in any other part."""
    number = 0
    for namespace, records in before.items():
        assert records.keys() == after[namespace].keys()
        for id, record in records.items():
            other = after[namespace][id]
            assert {**record, part: 0} == {**other, part: 0}
            number += record.get(part) != other.get(part)
    return number


DAMAGES: list[dict[str, Any]] = [
    {"damage": "lose_namespace", "namespace": "new"},
    {"damage": "lose_namespace", "namespace": ""},
    {"damage": "lose_records"},
    {"damage": "change_values"},
    {"damage": "change_metadata"},
]


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_only_the_restored_index_is_damaged(
    emulator: Emulator, api: httpx.Client, docs: str, backup: dict[str, Any], damage: dict[str, Any]
) -> None:
    whole = held(api, docs)
    emulator.change_settings(restore_damages=[damage])
    damaged = restore(api, backup)
    emulator.change_settings(restore_damages=[])
    sound = restore(api, backup, "sound")

    assert held(api, damaged) != whole
    assert held(api, docs) == held(api, sound) == whole
    assert ok(api.get(f"/backups/{backup['backup_id']}")) == backup
    assert (backup["record_count"], backup["namespace_count"]) == (80, 2)


def test_a_namespace_is_lost_with_all_its_records(
    emulator: Emulator, api: httpx.Client, backup: dict[str, Any]
) -> None:
    emulator.change_settings(restore_damages=[{"damage": "lose_namespace", "namespace": "new"}])
    host = restore(api, backup)
    assert counts(api, host) == {"": 60}
    assert [row["name"] for row in ok(api.get(f"{host}/namespaces"))["namespaces"]] == ["__default__"]


@pytest.mark.parametrize(
    ("damage", "left"),
    [
        ({}, 79),
        ({"count": 7}, 73),
        ({"count": 7, "namespace": "new"}, {"": 60, "new": 13}),
        ({"count": 7, "namespace": ""}, {"": 53, "new": 20}),
        ({"count": 1000, "namespace": "new"}, {"": 60, "new": 0}),
        ({"count": 1000, "namespace": "no such one"}, {"": 60, "new": 20}),
    ],
    ids=str,
)
def test_records_are_lost_by_number(
    emulator: Emulator, api: httpx.Client, backup: dict[str, Any], damage: dict[str, Any], left: Any
) -> None:
    emulator.change_settings(restore_damages=[{"damage": "lose_records", **damage}])
    found = counts(api, restore(api, backup))
    assert (found if isinstance(left, dict) else sum(found.values())) == left


@pytest.mark.parametrize("part", ["values", "metadata"])
@pytest.mark.parametrize(("fraction", "number"), [(0.001, 1), (0.1, 8), (1, 80)])
def test_a_share_of_the_records_is_changed_in_one_part(
    emulator: Emulator,
    api: httpx.Client,
    docs: str,
    backup: dict[str, Any],
    part: str,
    fraction: float,
    number: int,
) -> None:
    emulator.change_settings(restore_damages=[{"damage": f"change_{part}", "fraction": fraction}])
    host = restore(api, backup)
    assert changed(held(api, docs), held(api, host), part) == number
    assert counts(api, host) == RECORDS


def test_one_value_or_one_field_of_a_record_is_changed(
    emulator: Emulator, api: httpx.Client, docs: str, backup: dict[str, Any]
) -> None:
    damages = [{"damage": f"change_{part}", "fraction": 1} for part in ("values", "metadata")]
    emulator.change_settings(restore_damages=damages)
    before, after = held(api, docs), held(api, restore(api, backup))
    for namespace, records in before.items():
        for id, record in records.items():
            pairs = zip(record["values"], after[namespace][id]["values"], strict=True)
            assert sum(one != other for one, other in pairs) == 1
            fields, others = record.get("metadata", {}), after[namespace][id]["metadata"]
            assert len(others.items() - fields.items()) == 1
            assert fields.keys() <= others.keys()


def test_a_record_without_dense_values_has_another_sparse_one(emulator: Emulator, api: httpx.Client) -> None:
    schema = {"fields": {"_sparse_values": {"type": "sparse_vector", "metric": "dotproduct"}}}
    host = api.post("/indexes", json={"name": "words", "schema": schema}).json()["host"]
    ok(upsert(api, host, {"id": "a", "sparseValues": sparse({3: 2.0})}))
    emulator.change_settings(restore_damages=[{"damage": "change_values"}])
    copy = restored(api, "words")
    assert fetched(api, copy, "a")["a"]["sparseValues"] == sparse({3: -2.0})


def test_another_metric_is_told_and_used(
    emulator: Emulator, api: httpx.Client, docs: str, backup: dict[str, Any]
) -> None:
    emulator.change_settings(restore_damages=[{"damage": "change_metric", "metric": "euclidean"}])
    host = restore(api, backup)
    told = ok(api.get("/indexes/copy"))["schema"]["fields"]["_values"]
    assert told == {"type": "dense_vector", "dimension": 3, "metric": "euclidean"}
    assert ok(api.post(f"{host}/describe_index_stats", json={}))["metric"] == "euclidean"
    assert ok(api.get("/indexes/docs"))["schema"]["fields"]["_values"]["metric"] == "cosine"
    assert scores(api, host, vector=[0, 0, 0.5], topK=1) == {"00": 0.0}
    assert held(api, host) == held(api, docs)


def test_the_same_seed_damages_the_same_records(
    emulator: Emulator, api: httpx.Client, backup: dict[str, Any]
) -> None:
    damages = [{"damage": "lose_records", "count": 3}, {"damage": "change_values", "fraction": 0.1}]
    emulator.change_settings(restore_damages=damages)
    first, second = (held(api, restore(api, backup, name)) for name in ("first", "second"))
    emulator.change_settings(quirks_seed=1)
    third = held(api, restore(api, backup, "third"))
    assert first == second != third


def test_a_changed_record_keeps_the_moment_at_which_it_was_written(
    emulator: Emulator, api: httpx.Client, docs: str
) -> None:
    emulator.freeze()
    emulator.change_settings(write_lag=900, restore_damages=[{"damage": "change_values", "fraction": 1}])
    emulator.advance(900)
    host = restore(api, ok(api.post("/indexes/docs/backups", json={})))
    emulator.change_settings(restore_damages=[])
    again = restore(api, ok(api.post("/indexes/copy/backups", json={})), "again")
    assert held(api, again) == held(api, host) != held(api, docs)


@pytest.mark.parametrize(
    "damage",
    [
        {},
        "lose_records",
        {"damage": "set_on_fire"},
        {"damage": None},
        {"damage": "lose_namespace"},
        {"damage": "lose_namespace", "namespace": None},
        {"damage": "lose_records", "count": 0},
        {"damage": "lose_records", "count": 1.5},
        {"damage": "lose_records", "fraction": 0.5},
        {"damage": "change_values", "fraction": 0},
        {"damage": "change_values", "fraction": 1.1},
        {"damage": "change_metadata", "fraction": "many"},
        {"damage": "change_metric"},
        {"damage": "change_metric", "metric": "manhattan"},
    ],
    ids=str,
)
def test_a_damage_that_makes_no_sense_is_refused(api: httpx.Client, damage: Any) -> None:
    before = ok(api.get("/_emulator/settings"))
    refused = api.put("/_emulator/settings", json={"restore_damages": [damage]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "INVALID_ARGUMENT")
    assert refused.json()["error"]["message"].startswith("restore_damages.0")
    assert ok(api.get("/_emulator/settings")) == before


def test_damages_are_told_with_all_their_settings_and_gone_after_a_reset(
    emulator: Emulator, api: httpx.Client
) -> None:
    emulator.change_settings(restore_damages=[{"damage": "lose_records"}], backup_seconds=1)
    emulator.change_settings(stats_lag=5)
    told = ok(api.get("/_emulator/settings"))
    assert told["restore_damages"] == [{"damage": "lose_records", "count": 1, "namespace": None}]
    emulator.reset()
    assert ok(api.get("/_emulator/settings"))["restore_damages"] == []


@pytest.mark.parametrize(
    ("restore_stats", "seen"),
    [
        ("empty", [{}, {}, {"": 30, "new": 10}, {"": 59, "new": 19}]),
        ("growing", [{"": 15, "new": 5}, {"": 30, "new": 10}, {"": 45, "new": 15}, {"": 59, "new": 19}]),
    ],
)
def test_the_stats_of_a_restored_index_may_lag(
    emulator: Emulator,
    api: httpx.Client,
    backup: dict[str, Any],
    restore_stats: str,
    seen: list[dict[str, int]],
) -> None:
    emulator.freeze()
    emulator.change_settings(restore_seconds=100, stats_lag=100, restore_stats=restore_stats)
    host = restore(api, backup)
    found = []
    for seconds in (50, 50, 50, 49):
        emulator.advance(seconds)
        found.append(counts(api, host))
    assert found == seen
    assert len(held(api, host)[""]) == 60

    emulator.advance(1)
    assert counts(api, host) == RECORDS


def test_only_restored_indexes_lag(emulator: Emulator, api: httpx.Client, docs: str) -> None:
    emulator.change_settings(stats_lag=3600)
    assert counts(api, docs) == RECORDS
