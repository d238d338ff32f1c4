"""Tasks that do it wrong, each in its own way, to see that the search notices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import (
    PineconeAlreadyExistsError,
    PineconeError,
    PineconeNameTakenError,
)
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.attempt import Attempt, Deferred, Ended, Submitted
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.finish_backup import finish_backup
from airflow_provider_pinecone.flows.kinds import INDEX
from airflow_provider_pinecone.flows.listing import all_backups
from airflow_provider_pinecone.flows.once import LOOK_PAUSES
from airflow_provider_pinecone.flows.steps import Flow, Ids, Remember, Sleep, or_none, read, send
from airflow_provider_pinecone.flows.submit_backup import BackupPlan, submit_backup
from airflow_provider_pinecone.flows.submit_restore import RestorePlan, submit_restore
from airflow_provider_pinecone.flows.waiting.backup import BackupWait
from airflow_provider_pinecone.flows.waiting.restore import RestoreWait
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.policies.identity import RUN_TAG
from tests.resilience.search.tasks import BackupTask, RestoreTask, SettlingTask


@dataclass(frozen=True)
class NaiveBackup(BackupTask):
    """Backs up an index, and does a part of it wrong.

    :param submit: in place of the flow that is right.
    :param finish: in place of the flow that is right.
    """

    submit: Callable[..., Any] = submit_backup
    finish: Callable[..., Any] = finish_backup

    def attempt(self, remembered: Ids) -> Attempt[Any, Any]:
        return Attempt(
            plan=self.plan, submit=partial(self.submit, self.plan), finish=partial(self.finish, self.plan)
        )


@dataclass(frozen=True)
class NaiveRestore(RestoreTask):
    """Makes an index from a backup, and submits it wrongly."""

    submit: Callable[..., Any] = field(kw_only=True, default=submit_restore)

    def attempt(self, remembered: Ids) -> Attempt[Any, Any]:
        return replace(super().attempt(remembered), submit=partial(self.submit, self.plan))


def _backup(
    backup_id: str, *, timeout: float, clock: Clock, is_found: bool = False
) -> Flow[Submitted[BackupWait]]:
    yield Remember({"backup_id": backup_id})
    now = clock()
    wait = BackupWait(started_at=now, deadline=now + timeout, backup_id=backup_id)
    return Submitted(wait=wait, is_found=is_found, result={})


def _restore(
    restore_job_id: str, plan: RestorePlan, *, timeout: float, clock: Clock
) -> Flow[Submitted[RestoreWait]]:
    yield Remember({"restore_job_id": restore_job_id})
    now = clock()
    wait = RestoreWait(
        started_at=now, deadline=now + timeout, restore_job_id=restore_job_id, index_name=plan.index_name
    )
    return Submitted(wait=wait, is_found=False, result={})


def _creation(plan: BackupPlan) -> Call[Backup]:
    return endpoints.create_backup(plan.index_name, name=plan.name, description=plan.description)


def asks_again_without_a_look(plan: BackupPlan, *, timeout: float, clock: Clock) -> Flow[Submitted[Any]]:
    """Looks once, and then repeats what fails, as the official SDK does."""
    own = plan.own((yield from all_backups(plan.index_name)))
    backup = own[0] if own else (yield from _asked(plan))
    return (yield from _backup(backup.backup_id, timeout=timeout, clock=clock))


def _asked(plan: BackupPlan) -> Flow[Backup]:
    for pause in LOOK_PAUSES:
        try:
            return (yield from send(_creation(plan)))
        except PineconeError as error:
            if not error.passing:
                raise
            yield Sleep(pause)
    return (yield from send(_creation(plan)))


def forgets_to_look(plan: BackupPlan, *, timeout: float, clock: Clock) -> Flow[Submitted[Any]]:
    """Asks at once, in each try."""
    backup = yield from send(_creation(plan))
    return (yield from _backup(backup.backup_id, timeout=timeout, clock=clock))


def adopts_by_name(plan: BackupPlan, *, timeout: float, clock: Clock) -> Flow[Submitted[Any]]:
    """Takes for its own what bears the right name."""
    listed = yield from all_backups(plan.index_name)
    named = [backup for backup in listed if backup.name == plan.name]
    if not named:
        return (yield from submit_backup(plan, timeout=timeout, clock=clock))
    return (yield from _backup(named[0].backup_id, timeout=timeout, clock=clock, is_found=True))


def leaves_duplicates(
    plan: BackupPlan, wait: BackupWait, *, is_found: bool, terms: Terms, clock: Clock
) -> Flow[Any]:
    """Waits for its own backup, and does not care for another one of its run."""
    end = yield from wait.until_end(terms=terms, clock=clock)
    return Deferred(wait) if end is None else Ended(end)


@dataclass(frozen=True, kw_only=True)
class YoungestFirst(BackupPlan):
    """Keeps the youngest of a run's backups."""

    def own(self, backups: list[Backup]) -> list[Backup]:
        return super().own(backups)[::-1]


class DoesNotSettle(SettlingTask):
    """Requests its backup at once."""

    def attempt(self, remembered: Ids) -> Attempt[Any, Any]:
        return replace(super().attempt(remembered), await_data=None)


class KeepsTheYoungest(BackupTask):
    """Deletes the older backup of its run; another try may be about to return it."""

    @cached_property
    def plan(self) -> BackupPlan:
        return YoungestFirst(**vars(super().plan))


def deletes_every_other(
    plan: BackupPlan, wait: BackupWait, *, is_found: bool, terms: Terms, clock: Clock
) -> Flow[Any]:
    """Deletes whatever else the index has."""
    finished = yield from finish_backup(plan, wait, is_found=is_found, terms=terms, clock=clock)
    if isinstance(finished, Ended):
        for backup in (yield from all_backups(plan.index_name)):
            if backup.backup_id != finished.end.backup_id:
                yield from send(endpoints.delete_backup(backup.backup_id))
    return finished


def deletes_too_early(
    plan: BackupPlan, wait: BackupWait, *, is_found: bool, terms: Terms, clock: Clock
) -> Flow[Any]:
    """Deletes the younger backup of its run before the older one is Ready, which may fail."""
    own = plan.own((yield from all_backups(plan.index_name)))
    for duplicate in own[1:]:
        yield from send(endpoints.delete_backup(duplicate.backup_id))
    kept = replace(wait, backup_id=own[0].backup_id) if own else wait
    return (yield from finish_backup(plan, kept, is_found=is_found, terms=terms, clock=clock))


def makes_room(plan: RestorePlan, *, timeout: float, clock: Clock) -> Flow[Submitted[Any]]:
    """Deletes an index that stands in its way."""
    call = endpoints.create_index_from_backup(plan.source.backup_id or "", name=plan.index_name, tags={})
    try:
        started = yield from send(call)
    except PineconeAlreadyExistsError:
        yield from send(endpoints.delete_index(plan.index_name))
        started = yield from send(call)
    return (yield from _restore(started.restore_job_id, plan, timeout=timeout, clock=clock))


def gives_up_on_conflict(plan: RestorePlan, *, timeout: float, clock: Clock) -> Flow[Submitted[Any]]:
    """Takes an index that is there already for another's."""
    if (yield from or_none(read(INDEX, plan.index_name))) is not None:
        raise PineconeNameTakenError("there is an index of that name.")
    backup_id, tags = plan.source.backup_id or "", {RUN_TAG: plan.token}
    started = yield from send(endpoints.create_index_from_backup(backup_id, name=plan.index_name, tags=tags))
    return (yield from _restore(started.restore_job_id, plan, timeout=timeout, clock=clock))
