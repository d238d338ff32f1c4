"""Estimate how long a restore may take from past ones."""

from __future__ import annotations

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.listing import all_backups, all_restore_jobs
from airflow_provider_pinecone.flows.steps import Flow, Tell, send
from airflow_provider_pinecone.policies.durations import Expectation, expected_restore


def estimate_restore(backup_id: str, *, known: Backup | None = None) -> Flow[Expectation | None]:
    """Estimate and log how long restoring a backup may take. An error is only logged.

    :param known: the backup, if it was read already.
    """
    try:
        backup = known or (yield from send(endpoints.describe_backup(backup_id)))
        backups = yield from all_backups(backup.source_index_name, include_deleted=True)
        jobs = yield from all_restore_jobs()
    except PineconeError as error:
        yield Tell(f"No estimate of how long this takes: {error}")
        return None
    expected = expected_restore(backup, jobs=jobs, backups={one.backup_id: one for one in backups})
    if expected is None:
        yield Tell("No estimate of how long this takes: no restore like this is on record.")
    else:
        yield Tell(f"{expected.text(0.0).capitalize()}.")
    return expected
