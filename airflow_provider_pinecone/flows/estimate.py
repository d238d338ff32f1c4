"""How long a restore may take, by what past ones took."""

from __future__ import annotations

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.listing import all_backups, all_restore_jobs
from airflow_provider_pinecone.flows.steps import Flow, Send, Tell
from airflow_provider_pinecone.flows.wait import duration
from airflow_provider_pinecone.policies.polling import expected_restore_seconds


def tell_estimate(backup_id: str) -> Flow[None]:
    """Log how long restoring a backup may take. Whatever is in the way of that is only logged."""
    try:
        backup: Backup = yield Send(endpoints.describe_backup(backup_id))
        backups = yield from all_backups(backup.source_index_name, include_deleted=True)
        jobs = yield from all_restore_jobs()
    except PineconeError as error:
        yield Tell(f"No estimate of how long this takes: {error}")
        return
    expected = expected_restore_seconds(backup, jobs=jobs, backups={one.backup_id: one for one in backups})
    if expected is None:
        yield Tell("No estimate of how long this takes: no restore of this index is on record.")
    else:
        yield Tell(f"Estimate: about {duration(expected)}, as past restores of this index took.")
