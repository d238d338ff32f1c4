"""An emulated project that has one of everything, for made-up calls to meet.

What is generated for a path or a page's token would never name anything that is there, nor often keep to a
rule that a spec does not put in a schema. So most of it is exchanged for what the project knows: the same way
for the same call, and in a path in turn, so that every operation meets everything that is there.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from zlib import crc32

import requests
from schemathesis.core import NotSet

if TYPE_CHECKING:
    import schemathesis

    from airflow_provider_pinecone.emulator.pytest_plugin import PineconeEmulator

DAY = 24 * 60 * 60
SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": 1, "metric": "cosine"}}}
FILTERABLE = {"fields": {"n": {"filterable": True}}}
POD = {"deployment_type": "pod", "environment": "us-east-1-aws"}
VERSION_HEADER = "X-Pinecone-Api-Version"
CONTROL_PLANE = ("/indexes", "/backup", "/restore-jobs", "/collections")
SECOND_PAGE = base64.b64encode(json.dumps({"limit": 2, "offset": 2}).encode()).decode()


class Project:
    """A project in an emulator, made anew after every change.

    :param version: the API version to call it with.
    """

    def __init__(self, emulator: PineconeEmulator, version: str) -> None:
        self._emulator = emulator
        self._headers = {"Api-Key": emulator.api_key, VERSION_HEADER: version}
        self._session = requests.Session()
        self._api = emulator.client()
        self._is_changed = True
        self._known: dict[str, list[str]] = {}
        self._index_host = ""
        self._turns: dict[tuple[str, str], dict[str, int]] = {}

    def call(self, case: schemathesis.Case) -> schemathesis.Response:
        """Make a call, in the project's version of the API."""
        if self._is_changed:
            self._make()
        self._exchange_some(case)
        case.headers = {**(case.headers or {}), VERSION_HEADER: self._headers[VERSION_HEADER]}
        is_of_an_index = not case.path.startswith(CONTROL_PLANE)
        base_url = self._index_host if is_of_an_index else self._emulator.url
        response = case.call(base_url=base_url, headers=self._headers, session=self._session)
        self._is_changed = response.status_code < 300 and case.method != "GET"
        return response

    def _exchange_some(self, case: schemathesis.Case) -> None:
        # A body that is not there shows its address, which is another one in every run.
        body = None if isinstance(case.body, NotSet) else case.body
        call = repr((case.path_parameters, case.query, case.headers, body))
        turns = self._turns.setdefault((case.method, case.path), {})
        turn = turns.setdefault(call, len(turns))
        choice = crc32(call.encode())
        case.path_parameters = _exchanged(case.path_parameters, self._known, turn)
        case.query = _exchanged(case.query, {"paginationToken": [SECOND_PAGE]}, choice)
        case.body = _exchanged(case.body, {"name": ["new"], "expire_after_days": [7]}, choice)

    def _make(self) -> None:
        self._steer("POST", "reset")
        self._steer("PUT", "clock", frozen=True)
        self._index_host = self._create("/indexes", name="docs", schema=SCHEMA, tags={"a": "b"})["host"]
        for namespace in ("", "one"):
            vectors = [
                {"id": f"v{number}", "values": [number], "metadata": {"n": number}} for number in (1, 2)
            ]
            self._create(f"{self._index_host}/vectors/upsert", vectors=vectors, namespace=namespace)
        self._create(f"{self._index_host}/namespaces", name="empty", schema=FILTERABLE)
        self._create("/indexes", name="pods", schema=SCHEMA, deployment=POD)
        self._create("/indexes", name="kept", schema=SCHEMA, deletion_protection="enabled")
        schedules = self._make_schedules()
        backups = self._make_backups()
        self._known = {
            "index_name": [*["docs", "kept"] * 3, "pods", "broken", "waiting", "gone"],
            "backup_id": [backups[0], *backups],
            "job_id": self._make_restores(backups[0]),
            "schedule_id": schedules,
            "namespace": ["one", "__default__", "empty"],
        }

    def _make_schedules(self) -> list[str]:
        """Make one that has made a backup and is paused, and one that is enabled."""
        body = {
            "schedule": {"type": "time-based", "frequency": "daily"},
            "retention": {"expire_after_days": 7},
        }
        paused = self._create("/indexes/kept/backup-schedules", name="paused", **body)["schedule_id"]
        self._steer("PUT", "clock", advance=2 * DAY)
        self._api.patch(f"/backup-schedules/{paused}", json={"enabled": False}).raise_for_status()
        enabled = self._create("/indexes/kept/backup-schedules", name="enabled", **body)["schedule_id"]
        return [paused, enabled]

    def _make_backups(self) -> list[str]:
        """Make one that is Ready, one whose index is gone, one that failed, and one that is Initializing."""
        self._create("/indexes", name="gone", schema=SCHEMA)
        self._steer("PUT", "settings", backup_seconds=0)
        made = [self._create(f"/indexes/{index}/backups") for index in ("docs", "gone")]
        self._api.delete("/indexes/gone").raise_for_status()
        self._steer("PUT", "settings", next_backups=["InitializationFailed"])
        made.append(self._create("/indexes/docs/backups", name="failed"))
        self._steer("PUT", "settings", backup_seconds=60)
        made.append(self._create("/indexes/docs/backups", name="young"))
        return [backup["backup_id"] for backup in made]

    def _make_restores(self, backup_id: str) -> list[str]:
        """Begin one that fails, one that is Completed, and one that is Pending."""
        self._steer("PUT", "settings", next_restores=["Failed"])
        jobs = []
        for seconds, target in ((0, "broken"), (0, "copy"), (60, "waiting")):
            self._steer("PUT", "settings", restore_seconds=seconds)
            job = self._create(f"/backups/{backup_id}/create-index", name=target)
            jobs.append(job["restore_job_id"])
        return jobs

    def _create(self, path: str, **body: Any) -> dict[str, Any]:
        created: dict[str, Any] = self._api.post(path, json=body).raise_for_status().json()
        return created

    def _steer(self, method: str, what: str, **body: Any) -> None:
        self._api.request(method, f"/_emulator/{what}", json=body).raise_for_status()


def _exchanged(part: Any, known: dict[str, list[Any]], choice: int) -> Any:
    """Give a part of a call in which the fields that are known have a known value, more often than not."""
    if isinstance(part, list):
        return [_exchanged(item, known, choice) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: [*known[name], value][choice % (len(known[name]) + 1)]
        if name in known
        else _exchanged(value, known, choice)
        for name, value in part.items()
    }
