"""One try of a task, as the operators do it: begin in the worker, wait there and in the triggerer, end."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.attempt import Attempt, Deferred, Submitted, Unsettled, begin, resume
from airflow_provider_pinecone.flows.choose import Source
from airflow_provider_pinecone.flows.deferring import WaitOptions, await_event
from airflow_provider_pinecone.flows.finish_backup import backup_attempt
from airflow_provider_pinecone.flows.finish_restore import restore_attempt
from airflow_provider_pinecone.flows.steps import Ids
from airflow_provider_pinecone.flows.submit_backup import BackupPlan
from airflow_provider_pinecone.flows.submit_restore import RestorePlan
from airflow_provider_pinecone.flows.waiting.value import Wait
from airflow_provider_pinecone.policies.guards import Guards
from airflow_provider_pinecone.policies.identity import Run
from airflow_provider_pinecone.policies.write_lag import WriteLag
from tests.resilience.search.faults import Kind, Point
from tests.resilience.search.world import Client, Crash, Life, World

TRIGGERER_IS_DOWN = 20.0
OPTIONS = WaitOptions(timeout=4 * 3600.0, poll_interval=40.0, deferrable=True)
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


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
    options: ClassVar[WaitOptions] = OPTIONS

    @property
    def run(self) -> Run:
        return Run(deployment="prod", dag_id="nightly", task_id="task", run_id=self.run_id, moment=BEGAN)

    @cached_property
    def token(self) -> str:
        return self.run.token(self.index_name)

    @abstractmethod
    def attempt(self, remembered: Ids) -> Attempt[Any, Any]:
        """One try, as the operator makes it."""

    @abstractmethod
    def returns(self, end: Any) -> str:
        """The id or name that the task returns."""

    def live(self, world: World, memory: Memory, *, name: str) -> Life[str]:
        """One try, up to its end in success: in a worker and, as often as it defers, in a triggerer.

        :raises PineconeError: which ends it as failed.
        :raises Crash: where its process is lost.
        """
        memory.xcoms = {}

        def worker(*, begins: bool = False) -> Client:
            client = f"{name}, worker"
            return Client(world, name=client, remember=memory.remember, renews_key=True, begins=begins)

        while True:
            # After the write lag a new process, which reads the store again.
            begun = begin(self.attempt(memory.store), options=self.options, clock=world.clock)
            outcome = yield from worker(begins=True).run(begun)
            if not isinstance(outcome, Unsettled):
                break
            world.sleep(outcome.until - world.now)
        while isinstance(outcome, Deferred):
            wait = outcome.wait
            error = yield from self.fired(wait, world, name=f"{name}, triggerer")
            # A new process, which reads the store again.
            resumed = resume(
                self.attempt(memory.store),
                wait,
                has_given_up=error is not None,
                options=self.options,
                clock=world.clock,
            )
            outcome = yield from worker().run(resumed)
        assert not isinstance(outcome, Submitted), "the task waits"
        if (yield Point(Kind.END, "end")) is not None:
            raise Crash
        return self.returns(outcome.end)

    def fired(self, wait: Wait[Any], world: World, *, name: str) -> Life[PineconeError | None]:
        """Wait in the triggerer, and in the next one if it is lost, until the trigger fires."""
        while True:
            flow = await_event(wait, poll_interval=OPTIONS.poll_interval, history=None, clock=world.clock)
            try:
                return (yield from Client(world, name=name).run(flow))
            except Crash:
                world.sleep(TRIGGERER_IS_DOWN)


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

    def attempt(self, remembered: Ids) -> Attempt[Any, Any]:
        return backup_attempt(replace(self.plan, remembered=remembered.get("backup_id")))

    def returns(self, end: Any) -> str:
        return str(end.backup_id)


class SettlingTask(BackupTask):
    """Backs up an index once the backup includes what was written before the task began."""

    lag = WriteLag(written_at=BEGAN.timestamp(), seconds=100.0)

    def attempt(self, remembered: Ids) -> Attempt[Any, Any]:
        plan = replace(self.plan, remembered=remembered.get("backup_id"))
        return backup_attempt(plan, lag=self.lag)


class SettlingInWorkerTask(SettlingTask):
    """The same, and no triggerer."""

    options = replace(OPTIONS, deferrable=False)


@dataclass(frozen=True)
class RestoreTask(Task):
    """Makes an index from a backup.

    :param source_index_name: in place of ``backup_id``, the index whose newest backup to take.
    """

    backup_id: str | None = field(kw_only=True, default=None)
    source_index_name: str | None = field(kw_only=True, default=None)

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
            tags={"team": "films"},
        )

    def attempt(self, remembered: Ids) -> Attempt[Any, Any]:
        return restore_attempt(replace(self.plan, remembered=remembered.get("restore_job_id")))

    def returns(self, end: Any) -> str:
        return str(end.index.name)
