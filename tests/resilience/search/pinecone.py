"""The emulated Pinecone, called without a socket and in virtual time, as fast as a search wants it.

The handlers and the database are the emulator's own. Left out is FastAPI's way to the handlers, which takes
two thirds of a request's time; ``test_pinecone.py`` shows that the answers are the same. And what was asked
before, of the same state, is not worked out again.
"""

from __future__ import annotations

import inspect
import random
import uuid
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from fastapi.routing import APIRoute
from starlette.responses import JSONResponse

from airflow_provider_pinecone.api.wire import Answer, Request
from airflow_provider_pinecone.emulator.clock import Clock
from airflow_provider_pinecone.emulator.control_plane import endpoints as control_plane
from airflow_provider_pinecone.emulator.protocol.context import View
from airflow_provider_pinecone.emulator.protocol.errors import ApiError
from airflow_provider_pinecone.emulator.protocol.paging import window
from airflow_provider_pinecone.emulator.protocol.versions import version_named
from airflow_provider_pinecone.emulator.settings import BackupOutcome, Settings
from airflow_provider_pinecone.emulator.state.project import Project

HOST = "http://127.0.0.1:5081"
TABLES = ("indexes", "backups", "restore_jobs")
Row = dict[str, Any]

_TEXT = {"content-type": "text/plain"}
_JSON = {"content-type": "application/json"}


@dataclass
class State:
    """A project between two requests that change it.

    :param image: its database.
    :param settings: how the next things will end.
    :param ids: how many ids have been given to things.
    :param rows: of its tables, those of what was deleted too.
    :param moments: at which what can be read of it changes by itself, in order.
    :param answers: to what was read of it, by how many of those moments had passed.
    :param held: what its indexes and backups hold, as far as that was asked.
    """

    image: bytes
    settings: Settings
    ids: int
    rows: dict[str, list[Row]]
    moments: list[float] = field(init=False)
    answers: dict[Any, Answer] = field(default_factory=dict)
    held: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        every = [row for rows in self.rows.values() for row in rows]
        self.moments = sorted(
            {moment for row in every for moment in row.values() if isinstance(moment, float)}
        )


@dataclass(frozen=True, slots=True)
class Taped:
    """An answer that was given, and the state after it."""

    answer: Answer
    state: State


class Pinecone:
    """A project of the emulator.

    :param now: its time, in Unix seconds, which only the caller moves.
    """

    def __init__(self, settings: Settings, *, now: float) -> None:
        self.now = now
        self.project = Project(settings, Clock(lambda: self.now))
        self.api_key = settings.api_key
        self.tape: list[Taped] = []
        self.answered = 0
        self._taped = self._ids = self._seed = 0
        self._state = self._in_database = self._kept()
        self._began = now
        self._starts: dict[Any, State] = {}

    def keep(self) -> None:
        """Make the state of now the one to begin in."""
        self._began, self._starts = self.now, {(): self._state}

    def begin(
        self, tape: Sequence[Taped] = (), *, next_backups: tuple[BackupOutcome, ...] = (), seed: int = 0
    ) -> None:
        """Go back to the state that was kept.

        :param tape: what to answer to the first requests, which must be those that it was taped of.
        :param next_backups: how the next backups end; those after them end Ready.
        :param seed: of the ids that things are given.
        """
        self.now = self._began
        if next_backups not in self._starts:
            kept = self._starts[()]
            settings = kept.settings.model_copy(update={"next_backups": next_backups})
            self._starts[next_backups] = State(kept.image, settings, kept.ids, kept.rows)
        self._state = self._starts[next_backups]
        self.api_key = self._state.settings.api_key
        self.tape, self._taped, self._seed = list(tape), len(tape), seed
        self.answered = 0

    def answer(self, request: Request, *, listing_lag: float = 0.0) -> Answer:
        """Serve a request.

        :param listing_lag: answer a listing of backups or restore jobs as it was that many seconds ago.
        """
        self.answered += 1
        if self.answered <= self._taped:
            taped = self.tape[self.answered - 1]
            self._state = taped.state
            return taped.answer
        if request.headers["Api-Key"] != self.api_key:
            answer = Answer(status=401, headers=_TEXT, content=b"Invalid API key")
        elif request.method == "GET":
            answer = self._read(request, listing_lag)
        else:
            self._load()
            answer = self._work_out(request, moment=self.now)
            self._state = self._in_database = self._kept()
        self.tape.append(Taped(answer, self._state))
        return answer

    def rows(self, table: str) -> list[Row]:
        """Every row of a table, those of what was deleted too."""
        return self._state.rows[table]

    def records_of(self, owner: str) -> list[tuple[Any, ...]]:
        """What an index or a backup holds."""
        held = self._state.held
        if owner not in held:
            self._load()
            sql = "SELECT namespace, id, content FROM records WHERE owner = ? ORDER BY namespace, id"
            held[owner] = [tuple(row) for row in self.project.store.db.execute(sql, (owner,))]
        return held[owner]

    def _read(self, request: Request, listing_lag: float) -> Answer:
        _, names, _ = _route(request.method, urlsplit(request.url).path)
        moment = self.now - (listing_lag if "window" in names else 0.0)
        key = (request.url, bisect_right(self._state.moments, moment))
        if key not in self._state.answers:
            self._load()
            self._state.answers[key] = self._work_out(request, moment=moment)
        return self._state.answers[key]

    def _kept(self) -> State:
        database = self.project.store.db
        rows = {
            table: [dict(row) for row in database.execute(f"SELECT * FROM {table} ORDER BY rowid")]
            for table in TABLES
        }
        return State(database.serialize(), self.project.settings, self._ids, rows)

    def _load(self) -> None:
        if self._in_database is not self._state:
            self.project.store.db.deserialize(self._state.image)
            self._in_database = self._state
        self.project.settings, self._ids = self._state.settings, self._state.ids

    def _work_out(self, request: Request, *, moment: float) -> Answer:
        url = urlsplit(request.url)
        handler, names, segments = _route(request.method, url.path)
        query = dict(parse_qsl(url.query))
        version = version_named(request.headers["X-Pinecone-Api-Version"])
        known = {
            **segments,
            "view": View(self.project, version, moment, HOST),
            "raw": request.content or b"",
            "request": SimpleNamespace(query_params=query, method=request.method),
        }
        if "window" in names:
            known["window"] = window(query.get("limit"), query.get("paginationToken"), version)
        try:
            with patch("uuid.uuid4", self._new_id):
                response = _at_once(handler(**{name: known[name] for name in names}))
        except ApiError as error:
            response = JSONResponse(error.body, error.status)
        headers = _JSON if response.body else {}
        return Answer(status=response.status_code, headers=headers, content=response.body)

    def _new_id(self) -> uuid.UUID:
        # By chance, so that ids tell nothing of their age, and each time the same.
        self._ids += 1
        chance = random.Random(f"{self._seed} {self._ids}")
        return uuid.UUID(int=chance.getrandbits(128), version=4)


@cache
def _route(method: str, path: str) -> tuple[Callable[..., Any], tuple[str, ...], Mapping[str, str]]:
    for route in control_plane.router.routes:
        if isinstance(route, APIRoute) and method in route.methods and (hit := route.path_regex.match(path)):
            return route.endpoint, tuple(inspect.signature(route.endpoint).parameters), hit.groupdict()
    raise LookupError(f"{method} {path}: no such endpoint.")


def _at_once(handling: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        handling.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("The handler waits for something.")
