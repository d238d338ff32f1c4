"""A small Pinecone in memory, with a clock that only sleeping moves, and a driver to walk flows in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from urllib.parse import unquote

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import (
    Backup,
    BackupSchedule,
    BackupStatus,
    Index,
    IndexState,
    Page,
    RestoreJob,
    RestoreJobStatus,
    StartedRestore,
)
from airflow_provider_pinecone.flows.kinds import K, Kind
from airflow_provider_pinecone.flows.steps import AwaitChange, Driver, Flow, Ids, Tell, blocking, drive
from tests.unit.builders import a_backup, a_job, an_index

START = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
CREATION = r"^POST "
BACKUP_LISTING = r"^GET /indexes/[^/]+/backups$"
JOB_LISTING = r"^GET /restore-jobs$"

R = TypeVar("R")
T = TypeVar("T")

Fault = Callable[[Call[Any]], errors.PineconeError]


def lost(call: Call[Any]) -> errors.PineconeError:
    return errors.PineconeConnectionError("the connection was lost.", method=call.method, path=call.path)


def never_sent(call: Call[Any]) -> errors.PineconeError:
    return errors.PineconeConnectionError(
        "could not connect to the host.", method=call.method, path=call.path, may_have_acted=False
    )


def late(call: Call[Any]) -> errors.PineconeError:
    return errors.PineconeTimeoutError("no response in time.", method=call.method, path=call.path)


def garbled(call: Call[Any]) -> errors.PineconeError:
    return errors.PineconeUnreadableAnswerError("answered HTML.", method=call.method, path=call.path)


def refusal(kind: type[errors.PineconeApiError], status: int, **more: Any) -> Fault:
    return lambda call: kind("said so.", method=call.method, path=call.path, status=status, **more)


server_error = refusal(errors.PineconeServerError, 500)
not_found = refusal(errors.PineconeNotFoundError, 404)
key_refused = refusal(errors.PineconeAuthError, 401)


def rate_limited(retry_after: float | None) -> Fault:
    return refusal(errors.PineconeRateLimitedError, 429, retry_after=retry_after)


@dataclass
class _PlannedFault:
    pattern: str
    fault: Fault
    spared: int
    times: int
    acts: bool


@dataclass
class World(Driver):
    """What is there, what happens later, what goes wrong, and what was asked.

    ``index_names`` are the indexes that can be backed up. ``histories`` holds, for each of them, the backups
    of its schedules. ``index_deletions`` tells when other indexes were deleted, by their ids. A listing shows
    what is at least ``listing_lag`` seconds old. With ``reads_ahead`` its driver comes back from a sleep only
    if there is something new.
    """

    index_names: tuple[str, ...] = ("movies",)
    backups: dict[str, Backup] = field(default_factory=dict)
    jobs: dict[str, RestoreJob] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    histories: dict[str, dict[str, list[Backup]]] = field(default_factory=dict)
    listing_lag: float = 0.0
    index_deletions: dict[str, datetime] = field(default_factory=dict)
    listed_as_of_old: dict[str, Backup] = field(default_factory=dict)
    connection_has_good_key: bool = True
    reads_ahead: bool = False

    now: float = START
    asked: list[tuple[float, str]] = field(default_factory=list)
    told: list[Tell] = field(default_factory=list)
    remembered: dict[str, str | None] = field(default_factory=dict)
    naps: list[float] = field(default_factory=list)
    reconnected: list[float] = field(default_factory=list)

    _client_has_good_key: bool = True
    _plans: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    _faults: list[_PlannedFault] = field(default_factory=list)
    _just_read: dict[Any, Any] = field(default_factory=dict)

    def clock(self) -> float:
        return self.now

    def later(self, seconds: float, change: Callable[[], None]) -> None:
        """Let something happen when the clock reaches that moment."""
        self._plans.append((self.now + seconds, change))
        self._plans.sort(key=lambda plan: plan[0])

    def fail(self, pattern: str, fault: Fault, *, nth: int = 1, times: int = 1, acts: bool = False) -> None:
        """Let requests like ``METHOD /path`` fail, from the nth on: before the server acts, or after."""
        self._faults.append(_PlannedFault(pattern, fault, nth - 1, times, acts))

    def mend(self) -> None:
        """Nothing that was planned to go wrong does from now on."""
        self._faults.clear()

    def rotate_key(self) -> None:
        """The client's key is void from now on; the connection gets a good one some time."""
        self._client_has_good_key = self.connection_has_good_key = False

    def put_new_key_into_connection(self) -> None:
        self.connection_has_good_key = True

    def add(self, *things: Backup | RestoreJob | Index) -> None:
        for thing in things:
            match thing:
                case Backup():
                    self.backups[thing.backup_id] = thing
                case RestoreJob():
                    self.jobs[thing.restore_job_id] = thing
                case Index():
                    self.indexes[thing.name] = thing

    def end_backup(self, backup_id: str, status: str = "Ready") -> None:
        self.add(replace(self.backups[backup_id], status=BackupStatus(status)))

    def end_job(self, restore_job_id: str, status: str = "Completed") -> None:
        self.add(replace(self.jobs[restore_job_id], status=RestoreJobStatus(status)))

    def end_index(self, name: str, state: str = "Ready") -> None:
        self.add(replace(self.indexes[name], state=IndexState(state), ready=state == "Ready"))

    def requests(self, pattern: str = "") -> list[str]:
        """What was asked so far, as ``METHOD /path``."""
        return [request for _, request in self.asked if re.search(pattern, request)]

    @property
    def elapsed(self) -> float:
        return self.now - START

    @property
    def warnings(self) -> list[str]:
        return [line.message for line in self.told if line.warning]

    @property
    def lines(self) -> list[str]:
        return [line.message for line in self.told if not line.warning]

    def drive(self, flow: Flow[R]) -> R:
        """Walk a flow to its end in this world."""
        return blocking(drive(flow, self))

    async def send(self, call: Call[T], *, attempts: int | None) -> T:
        self._must_end()
        return cast(T, self.answer(call))

    async def read(self, kind: Kind[K], id: str) -> K:
        if (kind, id) not in self._just_read:
            return await self.send(kind.describe(id), attempts=1)
        just_read = self._just_read.pop((kind, id))
        if isinstance(just_read, errors.PineconeError):
            raise just_read
        return cast(K, just_read)

    async def await_change(self, step: AwaitChange[K]) -> None:
        if not self.reads_ahead:
            await super().await_change(step)
            return
        thing: K | errors.PineconeError = step.seen
        while thing == step.seen and (seconds := step.pause()) is not None:
            await self.sleep(seconds)
            try:
                thing = await self.send(step.kind.describe(step.id), attempts=1)
            except errors.PineconeError as error:
                thing = error
        self._just_read = {(step.kind, step.id): thing}

    async def sleep(self, seconds: float) -> None:
        self._must_end()
        assert seconds >= 0
        self.naps.append(seconds)
        self.pass_time(seconds)

    async def reconnect(self) -> None:
        self.reconnected.append(self.elapsed)
        self._client_has_good_key = self.connection_has_good_key

    async def tell(self, message: str, *, warning: bool) -> None:
        self.told.append(Tell(message, warning=warning))

    async def remember(self, ids: Ids) -> None:
        self.remembered |= ids

    def _must_end(self) -> None:
        assert len(self.asked) + len(self.naps) < 50_000, "the flow does not end"

    def pass_time(self, seconds: float) -> None:
        """Let the clock go on, and what is due happen."""
        until = self.now + seconds
        while self._plans and self._plans[0][0] <= until:
            self.now, change = self._plans.pop(0)
            change()
        self.now = until

    def answer(self, call: Call[Any]) -> Any:
        """What the API says; a test may put another in its place."""
        request = f"{call.method} {call.path}"
        self.asked.append((self.now, request))
        for planned in self._faults:
            if not planned.times or not re.search(planned.pattern, request):
                continue
            if planned.spared:
                planned.spared -= 1
            else:
                planned.times -= 1
                if planned.acts:
                    self._act(call)
                raise planned.fault(call)
        return self._act(call)

    def _act(self, call: Call[Any]) -> Any:
        if not self._client_has_good_key:
            raise key_refused(call)
        query, body = dict(call.query), call.body or {}
        match [call.method, *map(unquote, call.path.strip("/").split("/"))]:
            case ["GET", "backups"]:
                return self._page(list(self.backups.values()), query)
            case ["GET", "indexes", name, "backups"] if (rows := self._named(name, query)) is not None:
                return self._page(rows, query)
            case ["POST", "indexes", name, "backups"] if name in self.index_names:
                return self._new_backup(name, body)
            case ["GET", "indexes", name, "backup-schedules"] if name in self.index_names:
                schedules = [_schedule(id) for id in self.histories.get(name, {})]
                return self._page(schedules, query)
            case ["GET", "backup-schedules", id, "history"]:
                histories = {
                    id: made for of_index in self.histories.values() for id, made in of_index.items()
                }
                return self._page(histories[id], query)
            case ["GET", "backups", id] if id in self.backups:
                return self.backups[id]
            case ["DELETE", "backups", id] if id in self.backups:
                del self.backups[id]
                return None
            case ["DELETE", "indexes", name] if name in self.indexes:
                del self.indexes[name]
                return None
            case ["POST", "backups", id, "create-index"] if id in self.backups:
                return self._restore(id, body, call)
            case ["GET", "restore-jobs"]:
                return self._page(list(self.jobs.values()), query)
            case ["GET", "restore-jobs", id] if id in self.jobs:
                return self.jobs[id]
            case ["GET", "indexes"]:
                return tuple(self.indexes.values())
            case ["GET", "indexes", name] if name in self.indexes:
                return self.indexes[name]
        raise not_found(call)

    def _named(self, index_name: str, query: dict[str, str]) -> list[Backup] | None:
        """The rows of a listing by an index's name; None if that is a 404."""
        rows = self.backups | self.listed_as_of_old
        named = [one for one in rows.values() if one.source_index_name == index_name]
        gone = self.index_deletions
        if query.get("include_deleted") == "true":
            dated = [replace(one, source_index_deleted_at=gone.get(one.source_index_id)) for one in named]
            return dated if named or index_name in self.index_names else None
        existing = [one for one in named if one.source_index_id not in gone]
        return existing if index_name in self.index_names else None

    def _page(self, rows: list[Any], query: dict[str, str]) -> Page[Any]:
        oldest_unseen = datetime.fromtimestamp(self.now - self.listing_lag, tz=UTC)
        seen = [row for row in rows if row.created_at is None or row.created_at <= oldest_unseen]
        start, size = int(query.get("paginationToken", 0)), int(query["limit"])
        items = tuple(seen[start : start + size])
        return Page(items=items, next=str(start + size) if len(items) == size else None)

    def _new_backup(self, index_name: str, body: Any) -> Backup:
        backup = a_backup(
            f"new-{len(self.backups)}",
            status="Initializing",
            source_index_name=index_name,
            record_count=None,
            created_at=datetime.fromtimestamp(self.now, tz=UTC),
            name=body.get("name"),
            description=body.get("description"),
        )
        self.add(backup)
        return backup

    def _restore(self, backup_id: str, body: Any, call: Call[Any]) -> StartedRestore:
        name = body["name"]
        if name in self.indexes:
            raise refusal(errors.PineconeAlreadyExistsError, 409)(call)
        job = a_job(
            f"job-{len(self.jobs)}",
            backup_id=backup_id,
            target_index_name=name,
            target_index_id=f"id-of-{name}",
            created_at=datetime.fromtimestamp(self.now, tz=UTC),
        )
        index = an_index(
            name,
            state="Initializing",
            tags=body["tags"],
            source_backup_id=backup_id,
            deletion_protection=body.get("deletion_protection") or "disabled",
        )
        self.add(job, index)
        return StartedRestore(restore_job_id=job.restore_job_id, index_id=job.target_index_id)


def _schedule(id: str) -> BackupSchedule:
    return BackupSchedule(
        schedule_id=id,
        name="nightly",
        index_id="idx-1",
        frequency="daily",
        retention_expire_after_days=7,
        enabled=True,
    )
