"""The end of a run's backup: wait for it, agree with the run's other attempts on one, and check its size."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from airflow_provider_pinecone.api.errors import (
    PineconeBackupFailedError,
    PineconeBackupTooSmallError,
    PineconeGoneError,
    PineconeNotMarkedError,
)
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.attempt import Attempt, Deferred, Ended
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.delete import delete_duplicate
from airflow_provider_pinecone.flows.listing import all_backups
from airflow_provider_pinecone.flows.steps import Flow, Remember, Sleep, Tell, or_none
from airflow_provider_pinecone.flows.submit_backup import BackupPlan, submit_backup
from airflow_provider_pinecone.flows.waiting.backup import BackupWait, wait_for_backup
from airflow_provider_pinecone.flows.waiting.loop import patiently
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.flows.write_lag import await_write_lag
from airflow_provider_pinecone.policies.guards import held
from airflow_provider_pinecone.policies.selection import previous_usable
from airflow_provider_pinecone.policies.write_lag import WriteLag

SHOWN_PAUSES = (1.0, 3.0, 6.0, 10.0, 20.0, 20.0)
"""Seconds before each new look at a listing that does not show a Ready backup yet."""

FOUND_PATIENCE = 30.0
"""Seconds after which a try that adopted a backup trusts a listing to show every earlier one."""


def backup_attempt(plan: BackupPlan, *, lag: WriteLag | None = None) -> Attempt[BackupWait, Backup]:
    """One try at the one backup that a run makes of an index.

    :param lag: wait for this before the backup is requested.
    """
    return Attempt(
        plan=plan,
        submit=partial(submit_backup, plan),
        finish=partial(finish_backup, plan),
        await_data=None if lag is None else partial(await_write_lag, plan, lag),
    )


def finish_backup(
    plan: BackupPlan, wait: BackupWait, *, is_found: bool, terms: Terms, clock: Clock
) -> Flow[Ended[Backup] | Deferred[BackupWait]]:
    """Wait until the run's backup is Ready, and delete its duplicates; defer if ``terms`` pause.

    Two attempts may each have made one, if the API's listing lagged, or if an attempt continued after Airflow
    had given it up. They agree on the oldest that does not fail, wait for it, and only then delete the
    others. If that changes the id, the new one is stored.

    :param is_found: whether an earlier try may have started it, and then another one.
    :raises PineconeBackupFailedError: if the backup ends in another status.
    :raises PineconeBackupTooSmallError: if a guard rejects it.
    :raises PineconeGoneError: if it is not found, and the run has no other.
    :raises PineconeNotMarkedError: if it does not carry the run's token.
    :raises PineconeWaitTimeoutError: at the deadline.
    """
    backup_id = wait.backup_id
    left: set[str] = set()
    lost: set[str] = set()
    while True:
        try:
            ended = yield from wait_for_backup(backup_id, terms=terms, clock=clock)
            if ended is None:
                return Deferred(replace(wait, backup_id=backup_id))
            if not plan.marks(ended):
                raise PineconeNotMarkedError(
                    f"{plan.index_name}: the backup lacks this run's token: its description was changed or "
                    f"cut, or it is another run's. No retry would find it again. Backup {backup_id}."
                )
        except (PineconeGoneError, PineconeBackupFailedError, PineconeNotMarkedError) as error:
            listed = yield from _listing(plan.index_name, include_deleted=False, terms=terms, clock=clock)
            lost.add(backup_id)
            own = [one for one in plan.own(listed) if one.backup_id not in lost]
            if not own:
                raise
            yield Tell(f"{error} This run has another one.", warning=True)
        else:
            if is_found:
                yield Sleep(max(0.0, terms.started_at + FOUND_PATIENCE - clock()))
            listed = yield from _listing_with(ended, terms=terms, clock=clock)
            own = _own_in(listed, ended, plan)
            if own[0].backup_id in {backup_id, *left}:
                others = [one for one in listed if one.backup_id != backup_id]
                yield from _judge(ended, plan, others=others)
                if own[0].backup_id == backup_id:
                    for duplicate in own[1:]:
                        yield from delete_duplicate(duplicate, kept=ended, terms=terms, clock=clock)
                return Ended(ended)
        left.add(backup_id)
        backup_id, is_found = own[0].backup_id, True
        yield Remember({"backup_id": backup_id})
        yield Tell(f"Backup {backup_id} is this run's oldest, and stays.", warning=True)


def _own_in(listed: list[Backup], ended: Backup, plan: BackupPlan) -> list[Backup]:
    """The run's backups in the listing's order, which all attempts see; if it lists none, just this one.

    If a backup is still not listed, another attempt may have deleted it.
    """
    by_id = {one.backup_id: one for one in listed}
    row = by_id.get(ended.backup_id)
    if row is not None:
        by_id[ended.backup_id] = replace(ended, created_at=row.created_at)
    return plan.own(list(by_id.values())) or [ended]


def _listing(index_name: str, *, include_deleted: bool, terms: Terms, clock: Clock) -> Flow[list[Backup]]:
    """All backups of an index, or of every index that had the name.

    It does not pause for the triggerer: a listing that keeps failing would send the task back and forth.
    """

    def read() -> Flow[list[Backup] | None]:
        # After a 404 the caller looks again: the index had a backup a moment ago.
        return or_none(all_backups(index_name, include_deleted=include_deleted))

    unpaused = replace(terms, pause_at=None)
    listed = yield from patiently(read, what=f"The backups of {index_name}", terms=unpaused, clock=clock)
    return listed or []


def _listing_with(backup: Backup, *, terms: Terms, clock: Clock) -> Flow[list[Backup]]:
    """The backups of the same index, from a listing recent enough to show this one.

    A listing that shows a backup also shows every older one, such as those that the run made before it.
    """
    for pause in (*SHOWN_PAUSES, None):
        name = backup.source_index_name
        listed = yield from _listing(name, include_deleted=True, terms=terms, clock=clock)
        of_index = [one for one in listed if one.source_index_id == backup.source_index_id]
        if backup.backup_id in {one.backup_id for one in of_index}:
            return of_index
        if pause is not None:
            yield Sleep(pause)
    yield Tell(
        f"The listing does not show backup {backup.backup_id}, which is Ready, so it cannot tell whether "
        f"this run made a second one.",
        warning=True,
    )
    return of_index


def _judge(backup: Backup, plan: BackupPlan, *, others: list[Backup]) -> Flow[None]:
    name = backup.source_index_name
    yield Tell(f"Backup {backup.backup_id} of {name}: {held(backup)}.")
    objection = plan.guards.objection(backup, previous=previous_usable(backup, backups=others))
    if objection:
        raise PineconeBackupTooSmallError(
            f"{name}: backup refused: {objection} Backup {backup.backup_id} stays."
        )
    if backup.record_count is None:
        yield Tell(
            f"Pinecone gave no record count for {backup.backup_id}: its guards were not checked.",
            warning=True,
        )
