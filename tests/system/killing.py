"""
Kills or stops a task's own process at one point of its work, once. DAG files for the tests import this.

What a task does is also written down, so that the tests can see that no step of it is missing.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from airflow_provider_pinecone.api.client import PineconeClient
from tests.system.kill_points import BEGIN_BACKUP, POINTS, POST_BACKUP, READ_BACKUP, Point

JOURNALS = "journals"
"""The directory in Airflow's home where it is written down what tasks did, and where they were struck."""

STALLS = {
    "stalled-waiting": Point("backup", "worker", 0, BEGIN_BACKUP.index(READ_BACKUP), "before"),
    "stalled-asking": Point("backup", "worker", 0, BEGIN_BACKUP.index(POST_BACKUP), "before"),
}
"""The indexes whose tasks are stopped rather than killed, and when."""

_DEATHS = {point.index_name: point for point in POINTS}


@dataclass
class Journal:
    """What one process of a task has done so far, and where it is to be struck."""

    steps: Path
    blow: Path
    process: int
    point: Point | None
    strike: Callable[[], None]
    done: list[str] = field(default_factory=list)

    def begin(self, step: str) -> None:
        """Note a step, once where it is repeated."""
        if not self.done or self.done[-1] != step:
            self.done.append(step)
            self.steps.write_text("\n".join(self.done))

    def reach(self, moment: str) -> None:
        """Strike if this is the point, and the task was not struck before."""
        point = self.point
        if point is None or self.blow.exists():
            return
        if (point.process, point.step, point.moment) == (self.process, len(self.done) - 1, moment):
            self.blow.write_text(f"{os.getpid()} {os.getppid()} {self.done[-1]}")
            self.strike()


def kill(context: Any) -> None:
    """Prepare the death of the task that is about to run: its ``pre_execute``."""
    _prepare(context, _DEATHS, lambda: os.kill(os.getpid(), signal.SIGKILL))


def stall(context: Any) -> None:
    """Prepare the stop of the task that is about to run, and of what sends its heartbeats."""
    _prepare(context, STALLS, _stop)


def _stop() -> None:
    # The supervisor first: who is stopped does not stop another.
    for pid in (os.getppid(), os.getpid()):
        os.kill(pid, signal.SIGSTOP)


def _prepare(context: Any, points: Mapping[str, Point], strike: Callable[[], None]) -> None:
    task, ti = context["task"], context["ti"]
    directory = Path(os.environ["AIRFLOW_HOME"]) / JOURNALS
    directory.mkdir(exist_ok=True)
    process = 1 if ti._ti_context_from_server.next_method else 0
    journal = Journal(
        steps=directory / f"{task.index_name}.{ti.try_number}.{process}.steps",
        blow=directory / f"{task.index_name}.blow",
        process=process,
        point=points.get(task.index_name),
        strike=strike,
    )
    _watch_requests(journal)
    _watch_records(journal, type(ti), "xcom_push")
    _watch_records(journal, type(context["task_state_store"]), "set")


def _watch_requests(journal: Journal) -> None:
    send_request, send_call = HTTPAdapter.send, PineconeClient.send

    def watched_request(self: HTTPAdapter, request: requests.PreparedRequest, **kwargs: Any) -> Any:
        journal.begin(_named(request))
        journal.reach("before")
        response = send_request(self, request, **kwargs)
        journal.reach("acted")
        return response

    def watched_call(self: PineconeClient, *args: Any, **kwargs: Any) -> Any:
        try:
            return send_call(self, *args, **kwargs)
        finally:
            journal.reach("answered")

    HTTPAdapter.send = watched_request
    PineconeClient.send = watched_call


def _watch_records(journal: Journal, owner: Any, method: str) -> None:
    put = getattr(owner, method)

    def watched_put(self: Any, key: str, *args: Any, **kwargs: Any) -> None:
        put(self, key, *args, **kwargs)
        journal.begin(f"{method} {key}")
        journal.reach("answered")

    setattr(owner, method, watched_put)


def _named(request: requests.PreparedRequest) -> str:
    """A request without its ids: ``GET /backups/*``."""
    url = urlsplit(str(request.url))
    path = re.sub(r"^(/[^/]+)/[^/]+", r"\1/*", url.path)
    asked = "?include_deleted" if "include_deleted" in url.query else ""
    return f"{request.method} {path}{asked}"
