"""Alarm if an index lacks a recent usable backup, even if the DAG that backs up is paused or broken.

It fails on the absence of success, so it notices what the nightly DAG cannot report itself. Run it some hours
after the backups, and connect its failure to whatever wakes someone up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import dag

from airflow_provider_pinecone.sensors.backup import PineconeBackupFreshnessSensor


@dag(
    schedule="0 8 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["pinecone"],
    doc_md=__doc__,
)
def pinecone_freshness_alarm() -> None:
    PineconeBackupFreshnessSensor(
        task_id="every_index_has_a_recent_backup",
        max_age=timedelta(hours=24),  # since this DAG's last run: each night needs a backup of its own
        timeout=0,  # one look: a stale index fails the task at once
        retries=3,  # only if Pinecone cannot be reached
        retry_delay=timedelta(minutes=5),
    )


pinecone_freshness_alarm()
