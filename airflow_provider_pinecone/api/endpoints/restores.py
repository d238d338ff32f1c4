"""The calls for making indexes from backups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_pinecone.api.building import create, get, paging
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import check_id
from airflow_provider_pinecone.api.endpoints.indexes import new_index
from airflow_provider_pinecone.api.endpoints.paths import backup_path
from airflow_provider_pinecone.api.models import Page, RestoreJob, StartedRestore


def create_index_from_backup(
    backup_id: str,
    *,
    name: str,
    tags: Mapping[str, str] | None = None,
    deletion_protection: str | None = None,
    read_capacity: Mapping[str, Any] | None = None,
) -> Call[StartedRestore]:
    """Begin to make a new index from a backup.

    ``tags`` replace the backup's tags. Deletion protection is never inherited. ``read_capacity`` needs API
    version 2026-07 or later.
    """
    body = new_index(name, tags, deletion_protection)
    if read_capacity is not None:
        body["read_capacity"] = dict(read_capacity)
    return create(f"{backup_path(backup_id)}/create-index", body, StartedRestore.decode)


def describe_restore_job(restore_job_id: str) -> Call[RestoreJob]:
    """Read one restore job. The API answers 404 on passing faults, and always once the index is deleted."""
    return get(f"/restore-jobs/{check_id('restore_job_id', restore_job_id)}", RestoreJob.decode)


def list_restore_jobs(
    *, limit: int | None = None, pagination_token: str | None = None
) -> Call[Page[RestoreJob]]:
    """Read one page of the project's restore jobs. The API's listing drops rows, repeats and stops early."""
    return get("/restore-jobs", Page.decoder(RestoreJob.decode), paging(limit, pagination_token))
