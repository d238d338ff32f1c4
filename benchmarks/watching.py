"""How many requests many waits make: through their watcher, and each by itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import Backup, BackupStatus, Page
from airflow_provider_pinecone.flows.kinds import Kind
from airflow_provider_pinecone.flows.steps import Flow, Ids, Sleep, drive
from airflow_provider_pinecone.flows.terms import Terms
from airflow_provider_pinecone.flows.wait import wait_for_backup
from airflow_provider_pinecone.triggers.watcher import Watcher
from benchmarks.table import Table
from benchmarks.virtual_loop import run

INTERVAL = 30.0
MINUTES = 10
SEED = 20261122


class Project:
    """A Pinecone project that only counts what it is asked. No backup in it ever ends."""

    pinecone_conn_id = "benchmark"
    settings: Any = None

    def __init__(self, name: str, *, backups: int) -> None:
        self.requests = 0
        self.backups = {
            f"{name}-{number}": Backup(
                backup_id=f"{name}-{number}",
                source_index_name="index",
                source_index_id="index",
                status=BackupStatus.INITIALIZING,
            )
            for number in range(backups)
        }

    async def new_async_client(self) -> Project:
        """Stand for the hook."""
        return self

    def tell(self, message: str, *, warning: bool) -> None:
        """Stand for the hook's log."""

    async def aclose(self) -> None:
        """Stand for the client."""

    async def send(self, call: Call[Any], *, attempts: int | None = None) -> Any:
        """Answer a read of one backup, or of a page of all, the newest first."""
        self.requests += 1
        await asyncio.sleep(0.05)
        path = unquote(call.path)
        if path != "/backups":
            return self.backups[path.removeprefix("/backups/")]
        query = dict(call.query)
        start, size = int(query.get("paginationToken", 0)), int(query["limit"])
        rows = list(reversed(self.backups.values()))[start : start + size]
        return Page(items=tuple(rows), next=str(start + size) if len(rows) == size else None)


class Alone:
    """Performs the steps of one wait, with a request for each look."""

    def __init__(self, project: Project) -> None:
        self._project = project

    async def send(self, call: Call[Any], *, attempts: int | None) -> Any:
        """Send a call."""
        return await self._project.send(call, attempts=attempts)

    async def read(self, kind: Kind[Any], id: str) -> Any:
        """Read one thing."""
        return await self._project.send(kind.describe(id))

    async def sleep(self, seconds: float) -> None:
        """Do nothing for some seconds."""
        await asyncio.sleep(seconds)

    async def reconnect(self) -> None:
        """Do nothing: no look fails."""

    async def tell(self, message: str, *, warning: bool) -> None:
        """Log nothing."""

    async def remember(self, ids: Ids) -> None:
        """Keep nothing: a wait begins nothing."""


@dataclass(frozen=True)
class Case:
    """A number of waits in each of some projects."""

    name: str
    projects: int
    waits: int
    backups: int
    newest: bool = True


CASES = [
    Case("1,000 waits on the backups of 10 projects", projects=10, waits=100, backups=100),
    Case("60 waits on the newest of 500 backups", projects=1, waits=60, backups=500),
    Case("60 waits on any of 500 backups", projects=1, waits=60, backups=500, newest=False),
    Case("3 waits on any of 1,000 backups", projects=1, waits=3, backups=1000, newest=False),
]


def measure() -> Table:
    """Let the waits of each case wait for ten minutes, in virtual time."""
    rows = []
    for case in CASES:
        shared, alone = (requests_of(case, through) for through in (_through_watchers, _each_alone))
        rows.append([case.name, f"{alone:,}", f"{shared:,}", f"1/{alone / shared:.0f}" if shared else ""])
    return Table(
        title="Requests of many waits",
        method=f"Waits for backups that do not end, for {MINUTES} minutes in virtual time, each looking "
        f"every {INTERVAL:.0f} s, begun at random within the first {INTERVAL:.0f}. A listing shows the "
        f"newest first, 100 a page. Beside the watcher, which all share: each by itself, a request a look.",
        header=["waits", "each by itself", "through the watcher", "ratio"],
        rows=rows,
    )


def requests_of(case: Case, through: Callable[[Case, Project, random.Random], Any]) -> int:
    """The requests of a case, in all its projects."""
    chance = random.Random(SEED)
    projects = [Project(f"p{number}", backups=case.backups) for number in range(case.projects)]

    async def wait() -> None:
        await asyncio.gather(*(through(case, project, chance) for project in projects))

    run(wait())
    return sum(project.requests for project in projects)


def _waits(case: Case, project: Project, chance: random.Random) -> list[Flow[Any]]:
    ids = list(project.backups)
    chosen = ids[-case.waits :] if case.newest else chance.sample(ids, case.waits)
    return [_begun_later(id, chance.uniform(0, INTERVAL)) for id in chosen]


def _begun_later(backup_id: str, delay: float) -> Flow[Any]:
    clock = asyncio.get_running_loop().time
    terms = Terms(started_at=0.0, deadline=1e9, poll_interval=INTERVAL, pause_at=INTERVAL + MINUTES * 60.0)
    yield Sleep(delay)
    return (yield from wait_for_backup(backup_id, terms=terms, clock=clock))


def _untold(message: str, *, warning: bool) -> None:
    pass


async def _through_watchers(case: Case, project: Project, chance: random.Random) -> None:
    watcher = Watcher(cast(Any, project))
    watcher.members = case.waits
    await asyncio.gather(*(watcher.run(flow, tell=_untold) for flow in _waits(case, project, chance)))


async def _each_alone(case: Case, project: Project, chance: random.Random) -> None:
    driver = Alone(project)
    await asyncio.gather(*(drive(flow, driver) for flow in _waits(case, project, chance)))


if __name__ == "__main__":
    print(measure().markdown(script=__file__))
