"""Kills the worker of one task of a drill in the middle of its work. A DAG file of the tests imports it."""

from __future__ import annotations

import os
import signal
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

TIMEOUT = 1.0
EXPIRES_AFTER = 2.0
"""Seconds until the index of a drill may be deleted by the next one, which begins later than that."""

DEATHS = {
    "prepare": ("GET", "/backups", "acted"),
    "restore": ("POST", "/create-index", "acted"),
    "verify": ("POST", "/query", "acted"),
    "clean_up": ("DELETE", "", "before"),
}
"""The request of each task during which its worker dies, and whether the server has acted then."""


def strike(context: Any) -> None:
    """Prepare the death of the task that is about to run, if it is the victim: its ``pre_execute``."""
    label, victim = context["task"].label, context["params"]["victim"]
    if victim not in (label, context["task"].task_id):
        return
    method, path_end, moment = DEATHS[label]
    send = HTTPAdapter.send

    def watched(self: HTTPAdapter, request: requests.PreparedRequest, **kwargs: Any) -> Any:
        if request.method != method or not urlsplit(str(request.url)).path.endswith(path_end):
            return send(self, request, **kwargs)
        if moment == "acted":
            send(self, request, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nothing survives that")

    HTTPAdapter.send = watched
