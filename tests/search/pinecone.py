"""The emulated Pinecone, called without a socket and in virtual time, as fast as its handlers are.

The handlers and the state are the emulator's own. What is left out is FastAPI's way to them, which takes two
thirds of a request's time; ``test_pinecone.py`` shows that the answers are the same.
"""

from __future__ import annotations

import inspect
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import JSONResponse

from airflow_provider_pinecone.api.wire import Answer, Request
from airflow_provider_pinecone.emulator import control_plane
from airflow_provider_pinecone.emulator.clock import Clock
from airflow_provider_pinecone.emulator.errors import ApiError
from airflow_provider_pinecone.emulator.paging import window
from airflow_provider_pinecone.emulator.project import Project
from airflow_provider_pinecone.emulator.settings import BackupOutcome, Settings
from airflow_provider_pinecone.emulator.shapes import View
from airflow_provider_pinecone.emulator.versions import version_named

HOST = "http://127.0.0.1:5081"
Row = dict[str, Any]


_TEXT = {"content-type": "text/plain"}
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Taped:
    """An answer that was given, and how things were after it.

    :param image: the state.
    :param settings: how the next things will end.
    :param ids: how many ids had been given to things.
    """

    answer: Answer
    image: bytes
    settings: Settings
    ids: int


class Pinecone:
    """A project of the emulator.

    :param now: its time, in Unix seconds, which only the caller moves.
    """

    def __init__(self, settings: Settings, *, now: float) -> None:
        self.now = now
        self.project = Project(settings, Clock(lambda: self.now))
        self._settings = settings
        self.api_key = settings.api_key
        self.tape: list[Taped] = []
        self._start = (now, b"", 0)
        self._image = b""
        self._taped = self.answered = self._ids = self._seed = 0
        self._is_behind = False

    def keep(self) -> None:
        """Make the state of now the one to begin in."""
        self._start = (self.now, self.project.store.db.serialize(), self._ids)

    def begin(
        self, tape: Sequence[Taped] = (), *, next_backups: tuple[BackupOutcome, ...] = (), seed: int = 0
    ) -> None:
        """Go back to the state that was kept.

        :param tape: what to answer to the first requests, which must be those that it was taped of. It is
            quicker than to work the answers out again.
        :param next_backups: how the next backups end; those after them end Ready.
        :param seed: of the ids that things are given.
        """
        self.now, self._image, self._ids = self._start
        self.project.settings = self._settings.model_copy(update={"next_backups": next_backups})
        self.api_key = self._settings.api_key
        self.tape, self._taped, self._seed = list(tape), len(tape), seed
        self.answered = 0
        self._is_behind = True

    def answer(self, request: Request, *, listing_lag: float = 0.0) -> Answer:
        """Serve a request.

        :param listing_lag: answer a listing of backups or restore jobs as it was that many seconds ago.
        """
        self.answered += 1
        if self.answered <= self._taped:
            return self.tape[self.answered - 1].answer
        self._catch_up()
        answer = self._work_out(request, listing_lag)
        if request.method != "GET":
            self._image = self.project.store.db.serialize()
        self.tape.append(Taped(answer, self._image, self.project.settings, self._ids))
        return answer

    def _catch_up(self) -> None:
        """Bring the state to where the tape has come."""
        if not self._is_behind:
            return
        if self._taped:
            last = self.tape[self._taped - 1]
            self._image, self.project.settings, self._ids = last.image, last.settings, last.ids
        self.project.store.db.deserialize(self._image)
        self._is_behind = False

    def _work_out(self, request: Request, listing_lag: float) -> Answer:
        if request.headers["Api-Key"] != self.api_key:
            return Answer(status=401, headers=_TEXT, content=b"Invalid API key")
        url = urlsplit(request.url)
        handler, names, segments = _route(request.method, url.path)
        query = dict(parse_qsl(url.query))
        version = version_named(request.headers["X-Pinecone-Api-Version"])
        is_listing = request.method == "GET" and "window" in names
        view = View(
            version=version,
            moment=self.now - (listing_lag if is_listing else 0.0),
            base_url=HOST,
            quirks=False,
        )
        known = {
            **segments,
            "project": self.project,
            "view": view,
            "raw": request.content or b"",
            "request": SimpleNamespace(query_params=query, method=request.method),
        }
        if is_listing:
            known["window"] = window(query.get("limit"), query.get("paginationToken"), version)
        try:
            with patch("uuid.uuid4", self._new_id):
                response = _at_once(handler(**{name: known[name] for name in names}))
        except ApiError as error:
            return _refusal(error.status, error.code, error.message)
        return Answer(
            status=response.status_code, headers=_JSON if response.body else {}, content=response.body
        )

    def _new_id(self) -> uuid.UUID:
        # By chance, so that ids tell nothing of their age, and each time the same.
        self._ids += 1
        chance = random.Random(f"{self._seed} {self._ids}")  # noqa: S311 - nothing here is a secret
        return uuid.UUID(int=chance.getrandbits(128), version=4)

    def rows(self, table: str) -> list[Row]:
        """Every row of a table of the state, those of what was deleted too."""
        self._catch_up()
        rows = self.project.store.db.execute(f"SELECT * FROM {table} ORDER BY rowid")  # noqa: S608
        return [dict(row) for row in rows]

    def records_of(self, owner: str) -> list[tuple[Any, ...]]:
        """What an index or a backup holds."""
        self._catch_up()
        sql = "SELECT namespace, id, content FROM records WHERE owner = ? ORDER BY namespace, id"
        return [tuple(row) for row in self.project.store.db.execute(sql, (owner,))]


@cache
def _refusal(status: int, code: str, message: str) -> Answer:
    content = bytes(JSONResponse(ApiError(status, code, message).body()).body)
    return Answer(status=status, headers=_JSON, content=content)


@cache
def _route(method: str, path: str) -> tuple[Callable[..., Any], tuple[str, ...], Mapping[str, str]]:
    for route in control_plane.router.routes:
        hit = route.path_regex.match(path)  # type: ignore[attr-defined]
        if hit and method in route.methods:  # type: ignore[attr-defined]
            handler = route.endpoint  # type: ignore[attr-defined]
            return handler, tuple(inspect.signature(handler).parameters), hit.groupdict()
    raise LookupError(f"{method} {path}: no such endpoint.")


def _at_once(handling: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        handling.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("The handler waits for something.")
