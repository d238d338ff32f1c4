"""Indexes with integrated embedding: their model is remembered, and nothing is embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.conftest import Emulator

E5 = {"model": "multilingual-e5-large", "field_map": {"text": "chunk"}}


@pytest.fixture(params=["2025-04", "2026-04"])
def classic(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[httpx.Client]:
    """A client of a version that can describe such an index."""
    with emulator.client(request.param) as client:
        yield client


def create(client: httpx.Client, embed: dict[str, Any], **more: Any) -> httpx.Response:
    body = {"name": "docs", "cloud": "aws", "region": "us-east-1", "embed": embed, **more}
    return client.post("/indexes/create-for-model", json=body)


@pytest.mark.parametrize(
    ("embed", "expected"),
    [
        (E5, ("dense", 1024, "cosine")),
        ({**E5, "metric": "euclidean"}, ("dense", 1024, "euclidean")),
        ({**E5, "model": "llama-text-embed-v2", "dimension": 384}, ("dense", 384, "cosine")),
        ({**E5, "model": "pinecone-sparse-english-v0"}, ("sparse", None, "dotproduct")),
    ],
)
def test_the_index_has_the_measures_of_its_model(
    classic: httpx.Client, embed: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    created = create(classic, embed, tags={"team": "a"})

    assert created.status_code == 201, created.text
    index = created.json()
    assert (index["vector_type"], index.get("dimension"), index["metric"]) == expected
    shown = index["embed"]
    assert (shown["vector_type"], shown.get("dimension"), shown["metric"]) == expected
    assert (shown["model"], shown["field_map"]) == (embed["model"], embed["field_map"])
    assert index == classic.get("/indexes/docs").json()


def test_a_restored_index_has_the_model_of_its_source(classic: httpx.Client) -> None:
    source = create(classic, E5).json()
    backup_id = classic.post("/indexes/docs/backups", json={}).json()["backup_id"]
    classic.post(f"/backups/{backup_id}/create-index", json={"name": "copy"})
    assert classic.get("/indexes/copy").json()["embed"] == source["embed"]


@pytest.mark.parametrize(
    ("embed", "status"),
    [
        ({**E5, "model": "no-such-model"}, 400),
        ({**E5, "dimension": 3}, 400),
        ({**E5, "metric": "dotproduct"}, 400),
        ({**E5, "metric": "nearest"}, 422),
        ({"model": "multilingual-e5-large"}, 422),
    ],
)
def test_what_the_model_does_not_have_is_refused(
    classic: httpx.Client, embed: dict[str, Any], status: int
) -> None:
    assert create(classic, embed).status_code == status
    assert classic.get("/indexes").json() == {"indexes": []}


def test_an_unknown_region_and_a_taken_name_are_refused(classic: httpx.Client) -> None:
    assert create(classic, E5, region="us-west1").status_code == 404
    assert create(classic, E5).status_code == 201
    assert create(classic, E5).status_code == 409


def test_the_shape_of_2026_07_has_no_place_for_a_model(api: httpx.Client, emulator: Emulator) -> None:
    assert create(api, E5).status_code == 404
    with emulator.client("2026-04") as client:
        create(client, E5)
    index = api.get("/indexes/docs").json()
    assert index["schema"]["fields"]["_values"]["dimension"] == 1024
    assert "embed" not in index
