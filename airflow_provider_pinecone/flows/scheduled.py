"""Which backups Pinecone's own schedules made."""

from __future__ import annotations

from collections.abc import Iterable

from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.listing import all_backup_schedule_history, all_backup_schedules
from airflow_provider_pinecone.flows.steps import Flow, or_none
from airflow_provider_pinecone.policies.identity import deployment_of
from airflow_provider_pinecone.policies.scheduled import is_named_by_schedule


def scheduled_backup_ids(backups: Iterable[Backup]) -> Flow[frozenset[str]]:
    """The ids of those backups that Pinecone's schedules made.

    No field of a backup says so, but its name does: ``{schedule's name}-{YYYYMMDDTHHMMSSZ}``. It still does
    when the schedule is deleted, which has no history then. In case Pinecone changes how it names backups,
    the histories of their index's schedules are read for backups that have neither such a name nor a run's
    mark. If there are none, nothing is sent; otherwise, one request for each of their indexes and schedules.

    :raises PineconeError: if they cannot be read: then nobody knows who made those backups.
    """
    unmarked = [backup for backup in backups if deployment_of(backup) is None]
    named = {backup.backup_id for backup in unmarked if is_named_by_schedule(backup)}
    unclear = [backup for backup in unmarked if backup.backup_id not in named]
    made: set[str] = set()
    for index_name in sorted({backup.source_index_name for backup in unclear}):
        made |= yield from _made_for(index_name)
    return frozenset(named | {backup.backup_id for backup in unclear if backup.backup_id in made})


def _made_for(index_name: str) -> Flow[set[str]]:
    """The ids in the histories of an index's schedules, which are deleted with the index."""
    made: set[str] = set()
    for schedule in (yield from or_none(all_backup_schedules(index_name))) or ():
        history = (yield from or_none(all_backup_schedule_history(schedule.schedule_id))) or ()
        made |= {backup.backup_id for backup in history}
    return made
