"""One try of a task, as the operators do it: begin in the worker, wait there and in the triggerer, end."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.choose import Source
from airflow_provider_pinecone.flows.settle_backup import settle_backup
from airflow_provider_pinecone.flows.settle_restore import settle_restore
from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.flows.submit_backup import BackupPlan, submit_backup
from airflow_provider_pinecone.flows.submit_restore import RestorePlan, submit_restore
from airflow_provider_pinecone.flows.terms import KEY_PATIENCE, Terms
from airflow_provider_pinecone.flows.wait import wait_for_backup, wait_for_restore
from airflow_provider_pinecone.policies.guards import Guards
from airflow_provider_pinecone.policies.identity import Run
from tests.resilience.search.faults import Kind, Point
from tests.resilience.search.world import Client, Crash, Life, World

SHORT_WAIT = 10.0
EARLIEST_EVENT = 10.0
TRIGGERER_IS_DOWN = 20.0
TIMEOUT = 4 * 3600.0
POLL_INTERVAL = 40.0
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)

Ids = Mapping[str, Any]


@dataclass
class Memory:
    """What Airflow keeps of a task: XComs, which the next try begins without, and the task state store.

    :param has_store: whether there is a store: since Airflow 3.3.
    """

    has_store: bool = False
    xcoms: dict[str, Any] = field(default_factory=dict)
    store: dict[str, Any] = field(default_factory=dict)

    def remember(self, ids: Ids) -> None:
        self.xcoms |= ids
        if self.has_store:
            self.store = dict(ids)


@dataclass(frozen=True)
class Task:
    """A task of a run.

    :param run_id: two runs of one DAG differ in it.
    """

    index_name: str
    run_id: str = "nightly-1"

    @property
    def run(self) -> Run:
        return Run(deployment="prod", dag_id="nightly", task_id="task", run_id=self.run_id, moment=BEGAN)

    @cached_property
    def token(self) -> str:
        return self.run.token(self.index_name)

    def attempt(self, world: World, memory: Memory, *, name: str) -> Life[Any]:
        """One try, up to its end in success.

        :raises PineconeError: which ends it as failed.
        :raises Crash: where its process is lost.
        """
        memory.xcoms = {}
        awaited: dict[str, Any] = {}

        def remember(ids: Ids) -> None:
            memory.remember(ids)
            awaited.update(ids)

        def worker(*, begins: bool = False) -> Client:
            return Client(world, name=f"{name}, worker", remember=remember, renews_key=True, begins=begins)

        client = worker(begins=True)
        is_found = yield from client.run(self.begin(memory.store, world))
        terms = Terms(started_at=world.now, deadline=world.now + TIMEOUT, poll_interval=POLL_INTERVAL)
        key_patience = KEY_PATIENCE
        while True:
            here = replace(terms, pause_at=world.now + SHORT_WAIT, key_patience=key_patience)
            end = yield from client.run(self.settle(awaited, here, world, is_found=is_found))
            if end is not None:
                break
            has_ended = yield from self._wait_in_triggerer(awaited, terms, world, name=f"{name}, triggerer")
            # A new process, which does not know who began it. A triggerer that failed gave a key its time.
            client, is_found, key_patience = worker(), True, KEY_PATIENCE if has_ended else 0.0
        if (yield Point(Kind.END, "end")) is not None:
            raise Crash
        return self.returns(end)

    def _wait_in_triggerer(self, ids: Ids, terms: Terms, world: World, *, name: str) -> Life[bool]:
        """Wait in the triggerer, and in the next one where it is lost. :return: whether it saw the end."""
        while True:
            fires_at, has_ended = world.now + EARLIEST_EVENT, True
            try:
                yield from Client(world, name=name).run(self.wait(ids, terms, world))
            except Crash:
                world.sleep(TRIGGERER_IS_DOWN)
                continue
            except PineconeError:
                has_ended = False  # Not believed either: the worker reads the end again.
            world.sleep(max(0.0, fires_at - world.now))
            return has_ended

    @abstractmethod
    def begin(self, remembered: Ids, world: World) -> Flow[bool]:
        """Begin it, or find what was begun. :return: whether it was found."""

    @abstractmethod
    def settle(self, ids: Ids, terms: Terms, world: World, *, is_found: bool) -> Flow[Any]:
        """Wait for its end; None where the wait is to go on in the triggerer."""

    @abstractmethod
    def wait(self, ids: Ids, terms: Terms, world: World) -> Flow[Any]:
        """The triggerer's wait."""

    @abstractmethod
    def returns(self, end: Any) -> str:
        """The id or name that the task returns."""


class BackupTask(Task):
    """Backs up an index."""

    @cached_property
    def plan(self) -> BackupPlan:
        return BackupPlan(
            index_name=self.index_name,
            name=self.run.backup_name(self.index_name),
            description=self.run.description(self.index_name),
            token=self.token,
            guards=Guards(min_records=1, max_record_drop=0.5),
        )

    def begin(self, remembered: Ids, world: World) -> Flow[bool]:
        plan = replace(self.plan, remembered=remembered.get("backup_id"))
        begun = yield from submit_backup(plan, clock=world.clock)
        return begun.is_found

    def settle(self, ids: Ids, terms: Terms, world: World, *, is_found: bool) -> Flow[Any]:
        return settle_backup(ids["backup_id"], self.plan, is_found=is_found, terms=terms, clock=world.clock)

    def wait(self, ids: Ids, terms: Terms, world: World) -> Flow[Any]:
        return wait_for_backup(ids["backup_id"], terms=terms, clock=world.clock)

    def returns(self, end: Any) -> str:
        return str(end.backup_id)


@dataclass(frozen=True)
class RestoreTask(Task):
    """Makes an index from a backup.

    :param source_index_name: in place of ``backup_id``, the index whose newest backup to take.
    :param own_tags: how many tags the index is to have; with 20 there is no room for the run's.
    """

    backup_id: str | None = field(kw_only=True, default=None)
    source_index_name: str | None = field(kw_only=True, default=None)
    own_tags: int = field(kw_only=True, default=1)

    @cached_property
    def token(self) -> str:
        asked = (self.backup_id or "", self.source_index_name or "", "", "")
        return self.run.token(self.index_name, source=asked)

    @cached_property
    def plan(self) -> RestorePlan:
        return RestorePlan(
            index_name=self.index_name,
            source=Source(backup_id=self.backup_id, source_index_name=self.source_index_name),
            token=self.token,
            since=BEGAN,
            tags={f"tag-{number}": "own" for number in range(self.own_tags)},
        )

    def begin(self, remembered: Ids, world: World) -> Flow[bool]:
        plan = replace(self.plan, remembered=remembered.get("restore_job_id"))
        yield from submit_restore(plan, clock=world.clock)
        return False

    def settle(self, ids: Ids, terms: Terms, world: World, *, is_found: bool) -> Flow[Any]:
        return settle_restore(ids["restore_job_id"], self.plan, terms=terms, clock=world.clock)

    def wait(self, ids: Ids, terms: Terms, world: World) -> Flow[Any]:
        return wait_for_restore(
            ids["restore_job_id"], index_name=self.index_name, terms=terms, clock=world.clock
        )

    def returns(self, end: Any) -> str:
        return str(end.index.name)
