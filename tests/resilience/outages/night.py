"""A night of many tasks at once, in virtual time: the one that is the earliest goes on.

The tasks, their clients and the project are those of the exhaustive search. Here each task has its own time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.api.models import Index
from airflow_provider_pinecone.api.settings import Settings as ClientSettings
from airflow_provider_pinecone.api.wire import Answer, Request, read_answer, request_for
from airflow_provider_pinecone.emulator.settings import Settings
from airflow_provider_pinecone.emulator.state import records
from airflow_provider_pinecone.flows.steps import send
from airflow_provider_pinecone.flows.waiting.value import Wait
from tests.resilience.outages.weather import OLD_KEY, Weather
from tests.resilience.search.faults import Kind
from tests.resilience.search.pinecone import HOST, Pinecone
from tests.resilience.search.tasks import BackupTask, Memory
from tests.resilience.search.world import Client, Life, World

MINUTE, HOUR = 60.0, 3600.0
TWO_O_CLOCK = datetime(2026, 3, 1, 2, tzinfo=UTC).timestamp()
INDEXES = tuple(f"index-{number:02}" for number in range(60))
BACKUP_SECONDS = 1.5 * HOUR
RESUMPTION = 5.0
"""Seconds between a trigger's event and the task in a worker again."""

REQUESTS = (Kind.MAKE, Kind.DELETE, Kind.READ, Kind.LOOK, Kind.LIST)


class Project:
    """A Pinecone project of 60 indexes, under some weather."""

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self._pinecone = Pinecone(
            Settings(api_key=OLD_KEY, backup_seconds=BACKUP_SECONDS), now=TWO_O_CLOCK - 24 * HOUR
        )
        settings = ClientSettings(api_key=OLD_KEY, host=HOST)
        for name in INDEXES:
            call = endpoints.create_index(name, dimension=2)
            answer = self._pinecone.answer(request_for(call, settings=settings))
            self._write(read_answer(call, answer, settings=settings))

    def _write(self, index: Index) -> None:
        [index_id] = [row["index_id"] for row in self._pinecone.rows("indexes") if row["name"] == index.name]
        written = [records.Record(id="a", values=(0.0, 1.0))]
        with self._pinecone.project.store.transaction() as db:
            records.write(db, index_id, "", written, moment=self._pinecone.now)

    @property
    def backups(self) -> list[dict[str, Any]]:
        """All that were ever made."""
        return self._pinecone.rows("backups")

    def answer(self, request: Request, *, moment: float, listing_lag: float) -> Answer:
        self._pinecone.now = moment
        self._pinecone.api_key = self.weather.key_of_pinecone(moment)
        return self._pinecone.answer(request, listing_lag=listing_lag)


class Seat:
    """The project as one task sees it, with a time of its own."""

    def __init__(self, project: Project, *, now: float) -> None:
        self.project = project
        self.now = now

    def answer(self, request: Request, *, listing_lag: float) -> Answer:
        return self.project.answer(request, moment=self.now, listing_lag=listing_lag)


class TaskWorld(World):
    """The world around one task, whose Airflow connection holds the key that the weather says.

    :param resumptions: when the task was in a worker again.
    """

    def __init__(self, seat: Seat) -> None:
        self._weather = seat.project.weather
        self.resumptions: list[float] = []
        super().__init__(seat)  # type: ignore[arg-type] # to a world this is the project

    def __post_init__(self) -> None:
        """The weather has the key."""

    @property
    def connection_key(self) -> str:  # type: ignore[override] # it changes in the night
        return self._weather.key_of_connection(self.now)


class NightlyTask(BackupTask):
    """A backup, which Airflow takes some seconds to resume."""

    def fired(self, wait: Wait[Any], world: World, *, name: str) -> Life[PineconeError | None]:
        error = yield from super().fired(wait, world, name=name)
        world.sleep(RESUMPTION)
        assert isinstance(world, TaskWorld)
        world.resumptions.append(world.now)
        return error


@dataclass(frozen=True)
class Retries:
    """What a DAG says of them.

    :param delay: seconds between two tries.
    """

    most: int
    delay: float


@dataclass
class TaskLife:
    """A task from its first try to its last.

    :param failure: what its last try failed with; None where it succeeded.
    """

    name: str
    world: TaskWorld
    retries: Retries
    tries: int = 0
    returned: Any = None
    failure: PineconeError | None = None

    def live(self, attempt: Any) -> Life[None]:
        """Try, and try again as Airflow does."""
        for _ in range(self.retries.most + 1):
            if self.tries:
                self.world.sleep(self.retries.delay)
            self.tries += 1
            try:
                self.returned = yield from attempt()
            except PineconeError as error:
                self.failure = error
                if not error.worth_retrying:
                    return
            else:
                self.failure = None
                return


@dataclass
class Night:
    """A run of the nightly DAG, or of several at once: the indexes are listed, and each is backed up.

    :param begins: when the run begins, in Unix seconds.
    :param apart: seconds between the beginnings of two tasks: Airflow has so many slots.
    """

    project: Project
    listing: Retries
    backing_up: Retries
    run_ids: Sequence[str] = ("nightly-1",)
    begins: float = TWO_O_CLOCK
    apart: float = MINUTE
    listings: list[TaskLife] = field(default_factory=list)
    backups: dict[NightlyTask, TaskLife] = field(default_factory=dict)

    def pass_by(self) -> None:
        """Let the night pass."""
        self._play([self._list(run_id) for run_id in self.run_ids])
        lives = []
        for listing, run_id in zip(self.listings, self.run_ids, strict=True):
            for number, name in enumerate(listing.returned or ()):
                task = NightlyTask(name, run_id)
                lives.append(self._back_up(task, begins=listing.world.now + number * self.apart))
        self._play(lives)

    def _list(self, run_id: str) -> tuple[TaskLife, Life[None]]:
        life = TaskLife(run_id, self._world(self.begins), self.listing)
        self.listings.append(life)

        def attempt() -> Life[list[str]]:
            indexes = yield from Client(life.world, name=f"{run_id}, listing", renews_key=True).run(
                send(endpoints.list_indexes())
            )
            return [index.name for index in indexes]

        return life, life.live(attempt)

    def _back_up(self, task: NightlyTask, *, begins: float) -> tuple[TaskLife, Life[None]]:
        life = TaskLife(f"{task.run_id} of {task.index_name}", self._world(begins), self.backing_up)
        self.backups[task] = life
        memory = Memory()

        def attempt() -> Life[str]:
            return task.live(life.world, memory, name=f"{life.name}, try {life.tries}")

        return life, life.live(attempt)

    def _world(self, begins: float) -> TaskWorld:
        return TaskWorld(Seat(self.project, now=begins))

    def _play(self, lives: Sequence[tuple[TaskLife, Life[None]]]) -> None:
        """Let each come from point to point, in the order of their times."""
        queue: list[tuple[float, int]] = []
        points = {}
        for number, (life, points_of_life) in enumerate(lives):
            points[number] = next(points_of_life)
            heapq.heappush(queue, (life.world.now, number))
        while queue:
            moment, number = heapq.heappop(queue)
            life, points_of_life = lives[number]
            is_request = points[number].kind in REQUESTS
            fault = self.project.weather.fault_at(moment) if is_request else None
            try:
                points[number] = points_of_life.send(fault)
            except StopIteration:
                continue
            heapq.heappush(queue, (life.world.now, number))

    @property
    def objections(self) -> Iterator[str]:
        """What does not hold in the end."""
        expected = len(self.run_ids) * len(INDEXES)
        if len(self.backups) != expected:
            yield f"{len(self.backups)} tasks rather than {expected}"
        made: dict[str, list[dict[str, Any]]] = {}
        for row in self.project.backups:
            made.setdefault(row["description"], []).append(row)
        for task, life in self.backups.items():
            if life.failure is not None:
                yield f"{life.name}: lost after {life.tries} tries: {life.failure!r}"
                continue
            own = made.pop(task.plan.description, [])
            left = [row for row in own if row["deleted_at"] is None]
            ids = [row["backup_id"] for row in left if row["outcome"] == "Ready"]
            if ids != [life.returned] or left[0]["ready_at"] > life.world.now:
                yield f"{life.name}: {left} in the end, returned was {life.returned}"
        if made:
            yield f"nobody's: {made}"

    @property
    def summary(self) -> str:
        """What it took."""
        lives = self.backups.values()
        sent = [one for life in (*self.listings, *lives) for one in life.world.sent]
        answered = sum(one.fault is None for one in sent)
        asked = sum(one.method == "POST" and one.status is not None and one.status < 300 for one in sent)
        tries = [life.tries for life in lives]
        last = max(life.world.now for life in lives) - self.begins
        return (
            f"{len(self.project.backups)} backups made, {sum(life.failure is None for life in lives)} tasks "
            f"succeeded, {sum(one > 1 for one in tries)} of them not with their first try, in at most "
            f"{max(tries)} (the listing: {max(life.tries for life in self.listings)}), the last after "
            f"{last / HOUR:.1f} h; {len(sent):,} requests, {answered:,} answered, {asked} backups asked for"
        )
