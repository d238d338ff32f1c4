"""A Pinecone for tests: ``pytest_plugins = ["airflow_provider_pinecone.emulator.pytest_plugin"]``.

The fixture `pinecone_emulator` is an empty emulator, in a process that all tests of a session share. pytest
loads this plugin only if a test suite names it.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import pytest

from airflow_provider_pinecone.emulator.gateway.guard import CONTROL_HEADER

CONTROL = {CONTROL_HEADER: "1"}


@dataclass(frozen=True)
class PineconeEmulator:
    """A running emulator, as a test steers it.

    :param url: the host to give to a client.
    :param api_key: the only key that it accepts.
    :param process: the process that it runs in.
    """

    url: str
    api_key: str
    process: subprocess.Popen[str]

    def client(self, version: str = "2026-07", *, api_key: str | None = None) -> httpx.Client:
        """Give a plain HTTP client that sends the key, an API version and the control header."""
        headers = {"Api-Key": api_key or self.api_key, "X-Pinecone-Api-Version": version, **CONTROL}
        return httpx.Client(base_url=self.url, headers=headers, verify=_certificates(), trust_env=False)

    def set_faults(self, *rules: Mapping[str, object]) -> None:
        """Replace all fault rules."""
        self._steer("PUT", "faults", rules)

    def change_settings(self, **settings: object) -> None:
        """Change some settings, until the end of the test."""
        self._steer("PUT", "settings", settings)

    def freeze(self) -> None:
        """Stop the emulator's clock."""
        self._steer("PUT", "clock", {"frozen": True})

    def set_time(self, date: str) -> None:
        """Set the emulator's clock to a date such as ``2026-01-31T12:00:00Z``."""
        self._steer("PUT", "clock", {"now": date})

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock forward by seconds."""
        self._steer("PUT", "clock", {"advance": seconds})

    def now(self) -> str:
        """Give the date of the emulator's clock."""
        return str(self._steer("GET", "clock").json()["now"])

    def requests(self) -> list[dict[str, Any]]:
        """Give the log of all requests since the test began."""
        entries: list[dict[str, Any]] = self._steer("GET", "requests").json()["requests"]
        return entries

    def reset(self) -> None:
        """Empty the project, and undo all changes to faults, settings, log and clock."""
        self._steer("POST", "reset")

    def _steer(self, method: str, what: str, body: object = None) -> httpx.Response:
        url = f"{self.url}/_emulator/{what}"
        response = httpx.request(
            method, url, json=body, headers=CONTROL, verify=_certificates(), trust_env=False
        )
        return response.raise_for_status()


@pytest.fixture(scope="session")
def launch_pinecone_emulator() -> Iterator[Callable[..., PineconeEmulator]]:
    """Start further emulators, with command line arguments; all end after the last test."""
    with ExitStack() as running:

        def launch(*arguments: str) -> PineconeEmulator:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "airflow_provider_pinecone.emulator", "--port", "0", *arguments],
                stdout=subprocess.PIPE,
                text=True,
            )
            running.callback(process.wait)
            running.callback(process.kill)
            ready = process.stdout.readline() if process.stdout else ""
            if not ready:
                raise RuntimeError(f"The emulator did not start with {arguments}; see its error above.")
            return PineconeEmulator(**json.loads(ready), process=process)

        yield launch


@pytest.fixture(scope="session")
def pinecone_emulator_process(launch_pinecone_emulator: Callable[..., PineconeEmulator]) -> PineconeEmulator:
    """One emulator for the whole session, whose backups and restores take no time."""
    return launch_pinecone_emulator("--backup-seconds", "0", "--restore-seconds", "0")


@pytest.fixture
def pinecone_emulator(pinecone_emulator_process: PineconeEmulator) -> PineconeEmulator:
    """An empty emulator, with its initial settings."""
    pinecone_emulator_process.reset()
    return pinecone_emulator_process


@cache
def _certificates() -> ssl.SSLContext:
    # Without a context each httpx client reads all certificates again, which takes longer than most tests.
    return ssl.create_default_context()
