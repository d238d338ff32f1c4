"""The emulator as a real process, for tests that speak HTTP to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_pinecone.emulator.pytest_plugin import PineconeEmulator as Emulator
from airflow_provider_pinecone.emulator.pytest_plugin import launch_pinecone_emulator as launch_emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

__all__ = ["Emulator", "launch_emulator"]


@pytest.fixture(scope="session")
def emulator_process(launch_emulator: Callable[..., Emulator]) -> Emulator:
    """One emulator for the whole session, whose backups and restores are done at once."""
    # A key that is recognised wherever it turns up.
    return launch_emulator(
        "--backup-seconds", "0", "--restore-seconds", "0", "--api-key", "pcsk_test_of_the_emulator"
    )


@pytest.fixture
def emulator(emulator_process: Emulator) -> Emulator:
    """An empty emulator, with all its settings as at the start."""
    emulator_process.reset()
    return emulator_process


@pytest.fixture
def api(emulator: Emulator) -> Iterator[httpx.Client]:
    """A plain HTTP client of an empty emulator, at the newest API version."""
    with emulator.client() as client:
        yield client


@pytest.fixture
def create_index(emulator: Emulator) -> Callable[..., dict[str, Any]]:
    """Create a serverless index of cosine vectors; gives what the API answers (2026-07)."""

    def create(name: str = "docs", *, dimension: int = 3, **more: Any) -> dict[str, Any]:
        schema = {"fields": {"_values": {"type": "dense_vector", "dimension": dimension, "metric": "cosine"}}}
        with emulator.client() as client:
            answer = client.post("/indexes", json={"name": name, "schema": schema, **more})
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return create


@pytest.fixture
def upsert(emulator: Emulator) -> Callable[..., None]:
    """Write vectors, given by their ids, to an index as the API describes it."""

    def write(index: dict[str, Any], vectors: dict[str, list[float]], *, namespace: str = "") -> None:
        body = {"vectors": [{"id": id_, "values": values} for id_, values in vectors.items()]}
        with emulator.client() as client:
            answer = client.post(f"{index['host']}/vectors/upsert", json=body | {"namespace": namespace})
        assert answer.status_code == 200, answer.text

    return write
