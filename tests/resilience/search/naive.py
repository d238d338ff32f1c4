"""Tasks that do it wrong, each in its own way, to see that the search notices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.errors import (
    PineconeAlreadyExistsError,
    PineconeError,
    PineconeNameTakenError,
    PineconeNotFoundError,
)
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.kinds import INDEX
from airflow_provider_pinecone.flows.listing import all_backups
from airflow_provider_pinecone.flows.once import LOOK_PAUSES
from airflow_provider_pinecone.flows.steps import Flow, Remember, Sleep, read, send
from airflow_provider_pinecone.flows.submit_backup import BackupPlan
from airflow_provider_pinecone.flows.terms import Terms
from airflow_provider_pinecone.flows.wait import wait_for_backup
from airflow_provider_pinecone.policies.identity import RUN_TAG
from tests.resilience.search.tasks import BackupTask, Ids, RestoreTask
from tests.resilience.search.world import World


class AsksAgainWithoutALook(BackupTask):
    """Looks once, and then repeats what fails, as the official SDK does."""

    def begin(self, remembered: Ids, world: World) -> Flow[bool]:
        listed = yield from all_backups(self.index_name)
        own = self.plan.own(listed)
        backup = own[0] if own else (yield from self._asked())
        yield Remember({"backup_id": backup.backup_id})
        return False

    def _asked(self) -> Flow[Backup]:
        plan = self.plan
        call = endpoints.create_backup(plan.index_name, name=plan.name, description=plan.description)
        for pause in LOOK_PAUSES:
            try:
                backup = yield from send(call)
            except PineconeError as error:
                if not error.passing:
                    raise
                yield Sleep(pause)
            else:
                return backup
        return (yield from send(call))


class ForgetsToLook(BackupTask):
    """Asks at once, in each try."""

    def begin(self, remembered: Ids, world: World) -> Flow[bool]:
        plan = self.plan
        backup = yield from send(
            endpoints.create_backup(plan.index_name, name=plan.name, description=plan.description)
        )
        yield Remember({"backup_id": backup.backup_id})
        return False


class AdoptsByName(BackupTask):
    """Takes for its own what bears the right name."""

    def begin(self, remembered: Ids, world: World) -> Flow[bool]:
        listed = yield from all_backups(self.index_name)
        named = [backup for backup in listed if backup.name == self.plan.name]
        if not named:
            return (yield from super().begin(remembered, world))
        yield Remember({"backup_id": named[0].backup_id})
        return True


class LeavesDuplicates(BackupTask):
    """Waits for its own backup, and does not care for another one of its run."""

    def settle(self, ids: Ids, terms: Terms, world: World, *, is_found: bool) -> Flow[Any]:
        return wait_for_backup(ids["backup_id"], terms=terms, clock=world.clock)


@dataclass(frozen=True, kw_only=True)
class YoungestFirst(BackupPlan):
    """Keeps the youngest of a run's backups."""

    def own(self, backups: list[Backup]) -> list[Backup]:
        return super().own(backups)[::-1]


class KeepsTheYoungest(BackupTask):
    """Deletes the older backup of its run; another try may be about to return it."""

    @cached_property
    def plan(self) -> BackupPlan:
        return YoungestFirst(**vars(super().plan))


class DeletesEveryOther(BackupTask):
    """Deletes whatever else the index has."""

    def settle(self, ids: Ids, terms: Terms, world: World, *, is_found: bool) -> Flow[Any]:
        end = yield from super().settle(ids, terms, world, is_found=is_found)
        if end is not None:
            for backup in (yield from all_backups(self.index_name)):
                if backup.backup_id != end.backup_id:
                    yield from send(endpoints.delete_backup(backup.backup_id))
        return end


class DeletesTooEarly(BackupTask):
    """Deletes the younger backup of its run before the older one is Ready, which may fail."""

    def settle(self, ids: Ids, terms: Terms, world: World, *, is_found: bool) -> Flow[Any]:
        own = self.plan.own((yield from all_backups(self.index_name)))
        for duplicate in own[1:]:
            yield from send(endpoints.delete_backup(duplicate.backup_id))
        kept = {"backup_id": own[0].backup_id} if own else ids
        return (yield from super().settle(kept, terms, world, is_found=is_found))


class MakesRoom(RestoreTask):
    """Deletes an index that stands in its way."""

    def begin(self, remembered: Ids, world: World) -> Flow[bool]:
        call = endpoints.create_index_from_backup(self.backup_id or "", name=self.index_name, tags={})
        try:
            started = yield from send(call)
        except PineconeAlreadyExistsError:
            yield from send(endpoints.delete_index(self.index_name))
            started = yield from send(call)
        yield Remember({"restore_job_id": started.restore_job_id})
        return False


class GivesUpOnConflict(RestoreTask):
    """Takes an index that is there already for another's."""

    def begin(self, remembered: Ids, world: World) -> Flow[bool]:
        tags = {RUN_TAG: self.token}
        call = endpoints.create_index_from_backup(self.backup_id or "", name=self.index_name, tags=tags)
        try:
            yield from read(INDEX, self.index_name)
        except PineconeNotFoundError:
            started = yield from send(call)
            yield Remember({"restore_job_id": started.restore_job_id})
            return False
        raise PineconeNameTakenError("there is an index of that name.")
