"""Every call to the API, described once: its arguments become a ``Call`` that either client can send."""

from __future__ import annotations

from airflow_provider_pinecone.api.endpoints.backups import (
    FIRST_VERSION_OF_DELETIONS,
    create_backup,
    delete_backup,
    describe_backup,
    list_backups,
)
from airflow_provider_pinecone.api.endpoints.indexes import (
    FIRST_SCHEMA_VERSION,
    create_index,
    delete_index,
    describe_index,
    list_indexes,
)
from airflow_provider_pinecone.api.endpoints.records import (
    describe_index_stats,
    fetch_vectors,
    list_vector_ids,
    query,
    upsert_vectors,
)
from airflow_provider_pinecone.api.endpoints.restores import (
    create_index_from_backup,
    describe_restore_job,
    list_restore_jobs,
)
from airflow_provider_pinecone.api.endpoints.schedules import (
    FIRST_SCHEDULE_VERSION,
    create_backup_schedule,
    delete_backup_schedule,
    describe_backup_schedule,
    list_backup_schedule_history,
    list_backup_schedules,
    update_backup_schedule,
)

__all__ = [
    "FIRST_SCHEDULE_VERSION",
    "FIRST_SCHEMA_VERSION",
    "FIRST_VERSION_OF_DELETIONS",
    "create_backup",
    "create_backup_schedule",
    "create_index",
    "create_index_from_backup",
    "delete_backup",
    "delete_backup_schedule",
    "delete_index",
    "describe_backup",
    "describe_backup_schedule",
    "describe_index",
    "describe_index_stats",
    "describe_restore_job",
    "fetch_vectors",
    "list_backup_schedule_history",
    "list_backup_schedules",
    "list_backups",
    "list_indexes",
    "list_restore_jobs",
    "list_vector_ids",
    "query",
    "update_backup_schedule",
    "upsert_vectors",
]
