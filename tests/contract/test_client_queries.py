"""Both clients query the emulator's indexes, dense, sparse and hybrid, and read what they find."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.models import Match, Vector
from airflow_provider_pinecone.api.settings import Settings
from tests.contract.clients import KINDS, Client, connected, stranger

if TYPE_CHECKING:
    import httpx

    from tests.contract.conftest import Emulator

EAST = Vector(id="east", values=(1.0, 0.0), sparse_values={"indices": [3], "values": [2.0]})
NORTH = Vector(id="north", values=(0.0, 1.0), sparse_values={"indices": [4], "values": [1.0]})
FAR_EAST = Vector(id="far-east", values=(3.0, 0.0))


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Client]:
    settings = Settings(api_key=emulator.api_key, host=emulator.url)
    with connected(request.param, settings) as client:
        yield client


@pytest.fixture
def index(api: httpx.Client, client: Client) -> Callable[..., str]:
    """Make an index and write records into it; gives its host."""

    def make(kind: str, *vectors: Vector, namespace: str = "", **field: Any) -> str:
        schema = {
            "fields": {"_values" if kind == "dense_vector" else "_sparse_values": {"type": kind, **field}}
        }
        host = str(api.post("/indexes", json={"name": "places", "schema": schema}).json()["host"])
        client.send(endpoints.upsert_vectors(host, vectors=vectors, namespace=namespace))
        return host

    return make


@pytest.fixture
def dense(index: Callable[..., str]) -> Callable[[str], str]:
    """Make an index of the three places, with a metric."""

    def make(metric: str) -> str:
        places = (EAST, NORTH, FAR_EAST)
        return index("dense_vector", *places, namespace="places", dimension=2, metric=metric)

    return make


def found(client: Client, host: str, vector: Vector, *, top_k: int = 10) -> list[tuple[str, float]]:
    matches = client.send(endpoints.query(host, vector=vector, top_k=top_k, namespace="places"))
    assert all(type(match) is Match for match in matches)
    return [(match.id, match.score) for match in matches]


@pytest.mark.parametrize(
    ("metric", "nearest"),
    [
        ("cosine", [("east", 1.0), ("far-east", 1.0), ("north", 0.0)]),
        ("dotproduct", [("far-east", 3.0), ("east", 1.0), ("north", 0.0)]),
        ("euclidean", [("east", 0.0), ("north", 2.0), ("far-east", 4.0)]),
    ],
)
def test_the_nearest_come_first_by_every_metric(
    client: Client, dense: Callable[[str], str], metric: str, nearest: list[tuple[str, float]]
) -> None:
    host, asked = dense(metric), replace(EAST, sparse_values=None)
    assert found(client, host, asked) == nearest
    assert found(client, host, asked, top_k=2) == nearest[:2]


def test_a_hybrid_query_compares_both_parts(client: Client, dense: Callable[[str], str]) -> None:
    assert found(client, dense("dotproduct"), EAST) == [("east", 5.0), ("far-east", 3.0), ("north", 0.0)]


def test_a_sparse_index_compares_sparse_values_alone(client: Client, index: Callable[..., str]) -> None:
    records = [replace(place, values=()) for place in (EAST, NORTH)]
    host = index("sparse_vector", *records, namespace="places", metric="dotproduct")
    assert found(client, host, records[0]) == [("east", 4.0)]
    assert found(client, host, records[1]) == [("north", 1.0)]


def test_a_fetched_record_finds_itself(client: Client, dense: Callable[[str], str]) -> None:
    host = dense("euclidean")
    fetched = client.send(endpoints.fetch_vectors(host, ids=["north"], namespace="places"))["north"]
    assert found(client, host, replace(fetched, sparse_values=None), top_k=1) == [("north", 0.0)]


def test_a_namespace_without_records_finds_nothing(client: Client, dense: Callable[[str], str]) -> None:
    host = dense("dotproduct")
    assert client.send(endpoints.query(host, vector=EAST, top_k=1, namespace="nothing")) == ()
    assert client.send(endpoints.query(host, vector=EAST, top_k=1)) == ()


@pytest.mark.parametrize(
    ("metric", "vector"),
    [
        ("cosine", EAST),
        ("dotproduct", replace(EAST, values=())),
        ("dotproduct", replace(EAST, values=(1.0, 0.0, 0.0))),
    ],
    ids=["sparse values by cosine", "sparse values alone", "another dimension"],
)
def test_what_an_index_cannot_compare_is_an_invalid_argument(
    client: Client, dense: Callable[[str], str], metric: str, vector: Vector
) -> None:
    host = dense(metric)
    with pytest.raises(errors.PineconeInvalidArgumentError):
        found(client, host, vector)


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        [],
        {},
        {"matches": None},
        {"matches": {"a": 1}},
        {"matches": ["a"]},
        {"matches": [{"score": 1}]},
        {"matches": [{"id": "", "score": 1}]},
        {"matches": [{"id": 7, "score": 1}]},
        {"matches": [{"id": "a", "score": "1"}]},
        {"matches": [{"id": "a", "score": True}]},
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_nonsense_response_is_an_unreadable_answer(kind: str, nonsense: Any) -> None:
    body = json.dumps(nonsense).encode()
    with stranger(body=body, headers={"Content-Type": "application/json"}) as server:
        settings = Settings(api_key="any", host=server.url)
        with connected(kind, settings) as client, pytest.raises(errors.PineconeUnreadableAnswerError):
            client.send(endpoints.query(server.url, vector=EAST, top_k=1))
