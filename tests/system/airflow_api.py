"""Airflow's public REST API, as far as the tests use it: runs, task instances, XComs, logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import httpx

REQUEST_TIMEOUT_SECONDS = 30.0
"""Long, because the API server shares two cores with everything else."""

_PAGE = 100


@dataclass(frozen=True)
class DagRun:
    """One run of a DAG."""

    dag_id: str
    run_id: str
    state: str

    @property
    def finished(self) -> bool:
        """Whether the run will not change any more."""
        return self.state in ("success", "failed")

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read the run from the API's answer."""
        return cls(dag_id=body["dag_id"], run_id=body["dag_run_id"], state=body["state"])


@dataclass(frozen=True)
class TaskInstance:
    """One task of a run; of a mapped task, one of its indexes."""

    task_id: str
    map_index: int
    rendered_map_index: str | None
    state: str | None
    try_number: int
    start_date: datetime | None
    end_date: datetime | None
    duration: float | None
    """Seconds between start and end. A deferral starts the clock anew, so it may miss the wait."""

    @property
    def label(self) -> str:
        """The task as a person names it: ``back_up[movies]``."""
        if self.map_index < 0:
            return self.task_id
        return f"{self.task_id}[{self.rendered_map_index or self.map_index}]"

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read the task instance from the API's answer."""
        return cls(
            task_id=body["task_id"],
            map_index=body["map_index"],
            rendered_map_index=body["rendered_map_index"],
            state=body["state"],
            try_number=body["try_number"],
            start_date=_instant(body["start_date"]),
            end_date=_instant(body["end_date"]),
            duration=body["duration"],
        )


class AirflowApi:
    """
    A client of one Airflow, signed in on the first request.

    Every method raises ``httpx.HTTPStatusError`` where the API refuses, and ``httpx.TransportError`` where
    it cannot be reached.
    """

    def __init__(self, url: str, *, username: str, password: str) -> None:
        self._url = url
        self._login = {"username": username, "password": password}
        # Without the environment: a proxy has no business between two ends of the same machine.
        self._http = httpx.Client(base_url=url, timeout=REQUEST_TIMEOUT_SECONDS, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def health(self) -> dict[str, str | None]:
        """Return the status of each component: ``healthy``, ``unhealthy``, or None before its first beat."""
        body = self._get("monitor/health")
        return {component: report["status"] for component, report in body.items()}

    def serves_tasks(self) -> bool:
        """
        Whether tasks can talk to the API server.

        Their own API is put together on its first request, which takes several seconds of the CPU.
        """
        answer = httpx.get(f"{self._url}/execution/health", timeout=REQUEST_TIMEOUT_SECONDS, trust_env=False)
        return answer.is_success

    def dag_ids(self) -> list[str]:
        """Return the ids of all DAGs that the dag processor has read."""
        return [dag["dag_id"] for dag in self._get("dags", limit=_PAGE)["dags"]]

    def import_errors(self) -> dict[str, str]:
        """Return the traceback of each DAG file that cannot be imported."""
        errors = self._get("importErrors", limit=_PAGE)["import_errors"]
        return {error["filename"]: error["stack_trace"] for error in errors}

    def add_connection(self, conn_id: str, **fields: Any) -> None:
        """Store a connection: ``conn_type``, ``host``, ``password``..."""
        self._send("POST", "connections", {"connection_id": conn_id, **fields})

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run."""
        self._send("PATCH", f"dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> DagRun:
        """Ask for a run of a DAG, with ``conf`` as its params."""
        body = {"logical_date": None, "conf": dict(conf or {})}
        return DagRun.from_json(self._send("POST", f"dags/{dag_id}/dagRuns", body))

    def dag_run(self, dag_id: str, run_id: str) -> DagRun:
        """Return a run as it stands."""
        return DagRun.from_json(self._get(f"dags/{dag_id}/dagRuns/{run_id}"))

    def clear(self, dag_id: str, run_id: str, task_id: str, *, map_index: int | None = None) -> None:
        """Clear one task of a run, or one map index of it, so that it runs again."""
        task = task_id if map_index is None else [task_id, map_index]
        body = {"dry_run": False, "dag_run_id": run_id, "task_ids": [task], "only_failed": False}
        self._send("POST", f"dags/{dag_id}/clearTaskInstances", body)

    def mark_failed(self, dag_id: str, run_id: str, task_id: str, *, map_index: int | None = None) -> None:
        """Mark a task failed, or one map index of it, as a person does in the UI."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        path += "" if map_index is None else f"/{map_index}"
        self._send("PATCH", path, {"new_state": "failed"})

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        """Return all task instances of a run, each map index of a mapped task by itself."""
        found: list[TaskInstance] = []
        while True:
            path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances"
            page = self._get(path, limit=_PAGE, offset=len(found), order_by="id")
            found += [TaskInstance.from_json(body) for body in page["task_instances"]]
            if len(found) >= page["total_entries"] or not page["task_instances"]:
                return sorted(found, key=lambda task: (task.task_id, task.map_index))

    def xcom(
        self, dag_id: str, run_id: str, task_id: str, *, key: str = "return_value", map_index: int = -1
    ) -> Any:
        """Return what a task pushed under ``key``."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        return self._get(path, map_index=map_index, stringify=False)["value"]

    def log(
        self, dag_id: str, run_id: str, task_id: str, *, try_number: int = 1, map_index: int = -1
    ) -> list[str]:
        """Return the lines that a try of a task logged, each with its level where it has one."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        content = self._get(path, map_index=map_index, full_content=True)["content"]
        return [_log_line(message) for message in content]

    def _get(self, path: str, **params: Any) -> Any:
        return self._request("GET", path, params=params)

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        return self._request(method, path, json=body)

    def _request(self, method: str, path: str, **content: Any) -> Any:
        if "Authorization" not in self._http.headers:
            answer = self._http.post("/auth/token", json=self._login).raise_for_status()
            self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        response = self._http.request(
            method, f"/api/v2/{path}", headers={"Accept": "application/json"}, **content
        )
        return response.raise_for_status().json()


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _log_line(message: str | Mapping[str, Any]) -> str:
    """Flatten one structured message: its level, its text, and the exceptions that came with it."""
    if isinstance(message, str):
        return message
    level = [message["level"].upper()] if "level" in message else []
    errors = [f"{error['exc_type']}: {error['exc_value']}" for error in message.get("error_detail") or []]
    return " ".join([*level, ": ".join([message["event"], *errors])])
