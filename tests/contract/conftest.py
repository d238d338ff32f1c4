"""The emulator as a real process, for tests that speak HTTP to it."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Every httpx client without one reads all certificates anew, which takes longer than most tests.
TLS = ssl.create_default_context()


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    url: str
    api_key: str
    process: subprocess.Popen[str]

    def client(self, version: str = "2026-07", *, api_key: str | None = None) -> httpx.Client:
        """Give a plain HTTP client that knows the key and asks for an API version."""
        headers = {"Api-Key": api_key or self.api_key, "X-Pinecone-Api-Version": version}
        return httpx.Client(base_url=self.url, headers=headers, verify=TLS)

    def set_faults(self, *rules: dict[str, Any]) -> None:
        """Put these fault rules in the place of the old ones."""
        self._steer("PUT", "faults", rules)

    def change_settings(self, **settings: Any) -> None:
        """Change some settings, until the end of the test."""
        self._steer("PUT", "settings", settings)

    def freeze(self) -> None:
        """Stop the emulator's clock."""
        self._steer("PUT", "clock", {"frozen": True})

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock forward."""
        self._steer("PUT", "clock", {"advance": seconds})

    def now(self) -> str:
        """Give the date of the emulator's clock."""
        return str(self._steer("GET", "clock").json()["now"])

    def requests(self) -> list[dict[str, Any]]:
        """Give the log of all requests since the test began."""
        entries: list[dict[str, Any]] = self._steer("GET", "requests").json()["requests"]
        return entries

    def reset(self) -> None:
        """Empty the project, and forget faults, settings, log and moves of the clock."""
        self._steer("POST", "reset")

    def _steer(self, method: str, what: str, body: Any = None) -> httpx.Response:
        response = httpx.request(method, f"{self.url}/_emulator/{what}", json=body, verify=TLS)
        response.raise_for_status()
        return response


@pytest.fixture(scope="session")
def launch_emulator() -> Iterator[Callable[..., Emulator]]:
    """Start emulators with arguments of one's own; all are ended after the last test."""
    with ExitStack() as running:

        def launch(*arguments: str) -> Emulator:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "airflow_provider_pinecone.emulator", "--port", "0", *arguments],
                stdout=subprocess.PIPE,
                text=True,
            )
            running.callback(process.wait)
            running.callback(process.kill)
            assert process.stdout is not None
            return Emulator(**json.loads(process.stdout.readline()), process=process)

        yield launch


@pytest.fixture(scope="session")
def emulator_process(launch_emulator: Callable[..., Emulator]) -> Emulator:
    """One emulator for the whole session, whose backups and restores are done at once."""
    return launch_emulator("--backup-seconds", "0", "--restore-seconds", "0")


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
