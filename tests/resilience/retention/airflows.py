"""Airflows that share a project: each backs indexes up, and prunes, with the shipped flows over HTTP."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.attempt import begin
from airflow_provider_pinecone.flows.deferring import WaitOptions
from airflow_provider_pinecone.flows.finish_backup import backup_attempt
from airflow_provider_pinecone.flows.prune import Pruned, Pruning, prune
from airflow_provider_pinecone.flows.submit_backup import BackupPlan
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.policies.identity import Run
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope

T = TypeVar("T")

MOST_TRIES = 5
OPTIONS = WaitOptions(timeout=3600.0)


@dataclass
class Clock:
    """The time of a night. Only sleeping moves it on."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, tz=UTC)


class Killed(BaseException):
    """A worker is gone."""


class Hook(PineconeBackupHook):
    """A hook that keeps what it is told, and whose worker can be killed.

    :ivar kill_after: after so many deletions; None: never.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.kill_after: int | None = None

    def tell(self, message: str, *, warning: bool = False) -> None:
        self.told.append(message)

    def send(self, call: Call[T], *, attempts: int | None = None) -> T:
        answer = super().send(call, attempts=attempts)
        if call.method == "DELETE" and self.kill_after is not None:
            self.kill_after -= 1
            if self.kill_after == 0:
                self.kill_after = None
                raise Killed
        return answer


@dataclass
class Airflow:
    """One Airflow.

    :param deployment: its name in the project.
    :param tries: how many tries its tasks took, and how often so many.
    """

    deployment: str
    policy: RetentionPolicy
    clock: Clock
    pinned_words: tuple[str, ...] = ()
    hook: Hook = field(default_factory=Hook)
    tries: Counter[int] = field(default_factory=Counter)

    @property
    def scope(self) -> Scope:
        return Scope(deployment=self.deployment, pinned_words=self.pinned_words)

    @property
    def run(self) -> Run:
        """Tonight's run."""
        return Run(
            deployment=self.deployment,
            dag_id="nightly",
            task_id="back_up",
            run_id=f"scheduled__{self.clock.moment:%Y-%m-%d}",
            moment=self.clock.moment,
        )

    def back_up(self, index_name: str, *, text: str | None = None) -> PineconeError | None:
        """Back an index up. :return: what ended the task, if it is nothing that retries could help."""
        run = self.run
        plan = BackupPlan(
            index_name=index_name,
            name=run.backup_name(index_name),
            description=run.description(index_name, text=text),
            token=run.token(index_name),
        )
        for number in range(1, MOST_TRIES + 1):
            try:
                self.hook.run(begin(backup_attempt(plan), options=OPTIONS, clock=self.clock))
            except PineconeError as error:
                if not error.worth_retrying:
                    return error
            else:
                self.tries[number] += 1
                return None
        raise AssertionError(f"{index_name} is not backed up in {MOST_TRIES} tries")

    def prune(self, *, max_deletions: int = 100) -> Pruned:
        """Prune, and try again if that fails."""
        pruning = Pruning(policy=self.policy, scope=self.scope, max_deletions=max_deletions)
        for number in range(1, MOST_TRIES + 1):
            try:
                pruned = self.hook.run(prune(pruning, clock=self.clock))
            except Killed:
                continue
            except PineconeError as error:
                if not error.worth_retrying:
                    raise
            else:
                self.tries[number] += 1
                return pruned
        raise AssertionError(f"not pruned in {MOST_TRIES} tries")
