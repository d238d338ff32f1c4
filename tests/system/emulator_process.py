"""The Pinecone emulator as a process of its own, the way a user starts it."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.system.processes import LoggedError, Process, free_port, stop

READY_SECONDS = 30.0
CONTROL = {"X-Emulator-Control": "1"}


class Emulator:
    """
    An emulated Pinecone, running between ``with`` and the end of its block.

    :param directory: an existing directory, for its state and its log.
    :param backup_seconds: how long a backup stays Initializing.
    :param restore_seconds: how long a restore job stays Pending.
    :param write_lag: how many seconds old a record must be to be in a backup.
    """

    def __init__(
        self,
        directory: Path,
        *,
        backup_seconds: float,
        restore_seconds: float,
        write_lag: float = 0.0,
        api_key: str = "pcsk_of_an_emulated_project",
    ) -> None:
        self.api_key = api_key
        port = free_port()  # chosen here, so that it is the same one after a restart
        self.url = f"http://127.0.0.1:{port}"
        options = {
            "port": port,
            "state": directory / "pinecone.sqlite",
            "backup-seconds": backup_seconds,
            "restore-seconds": restore_seconds,
            "write-lag": write_lag,
        }
        program = [sys.executable, "-m", "airflow_provider_pinecone.emulator"]
        self.process = Process(
            "emulator",
            [*program, *(f"--{name}={value}" for name, value in options.items())],
            log=directory / "emulator.log",
            env={**os.environ, "PINECONE_EMULATOR_API_KEY": api_key},
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            stop([self.process])
            raise
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        stop([self.process])

    @property
    def connection_fields(self) -> dict[str, str]:
        """What an Airflow connection to the emulator says."""
        fields = {"conn_type": "pinecone_backup", "password": self.api_key, "host": self.url}
        return {**fields, "extra": json.dumps({"deployment": "demo"})}

    @property
    def connection(self) -> dict[str, str]:
        """The environment variable by which Airflow knows the emulator as ``pinecone_default``."""
        return {"AIRFLOW_CONN_PINECONE_DEFAULT": json.dumps(self.connection_fields)}

    def start(self) -> None:
        """Start it, or start it again after :meth:`kill`, and wait until it says that it is ready."""
        seen = len(self._ready_lines())
        self.process.start()
        deadline = time.monotonic() + READY_SECONDS
        while len(self._ready_lines()) == seen:
            self.process.check()
            if time.monotonic() > deadline:
                raise LoggedError(
                    f"The emulator was not ready after {READY_SECONDS:.0f} s", log=self.process.log
                )
            time.sleep(0.1)
        if self._ready_lines()[-1] != {"url": self.url, "api_key": self.api_key}:
            raise LoggedError("The emulator's ready line is not what was asked for", log=self.process.log)

    def kill(self) -> None:
        """Kill it without a warning; its state is in its file."""
        self.process.kill()

    def configure(self, **settings: Any) -> None:
        """Change settings while it runs, such as ``next_backups=["InitializationFailed"]``."""
        self._control("PUT", "settings", settings)

    def advance(self, seconds: float) -> None:
        """Move its clock forward: what would have ended by then has ended."""
        self._control("PUT", "clock", {"advance": seconds})

    def requests(self) -> list[dict[str, Any]]:
        """Return the log of all requests that it has been sent."""
        entries: list[dict[str, Any]] = self._control("GET", "requests").json()["requests"]
        return entries

    def forget_requests(self) -> None:
        """Empty that log."""
        self._control("DELETE", "requests")

    def _control(self, method: str, what: str, body: object = None) -> httpx.Response:
        url = f"{self.url}/_emulator/{what}"
        response = httpx.request(method, url, json=body, headers=CONTROL, trust_env=False)
        return response.raise_for_status()

    def _ready_lines(self) -> list[Any]:
        if not self.process.log.exists():
            return []
        lines = self.process.log.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith('{"url"') and line.endswith("\n")]
