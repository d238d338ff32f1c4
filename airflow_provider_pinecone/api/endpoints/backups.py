"""The calls for backups."""

from __future__ import annotations

from airflow_provider_pinecone.api.building import create, delete, get, given, paging
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import check_name, check_string
from airflow_provider_pinecone.api.endpoints.paths import backup_path, index_path
from airflow_provider_pinecone.api.models import Backup, Page

FIRST_VERSION_OF_DELETIONS = "2026-07"
"""The first API version that tells when the index of a backup was deleted."""


def create_backup(
    index_name: str, *, name: str | None = None, description: str | None = None
) -> Call[Backup]:
    """Begin a backup of an index. The API has no idempotency keys and accepts the same name twice."""
    body = given(
        name=None if name is None else check_name("name", name),
        description=None if description is None else check_string("description", description),
    )
    return create(f"{index_path(index_name)}/backups", body, Backup.decode)


def describe_backup(backup_id: str) -> Call[Backup]:
    """Read one backup."""
    return get(backup_path(backup_id), Backup.decode)


def list_backups(
    index_name: str | None = None,
    *,
    limit: int | None = None,
    pagination_token: str | None = None,
    include_deleted: bool = False,
) -> Call[Page[Backup]]:
    """Read one page of the backups of an index, or of the whole project.

    Listing by name works only for existing indexes, unless ``include_deleted``, which adds the backups of
    deleted indexes of that name. The project's listing always holds the backups of deleted indexes.
    """
    query = paging(limit, pagination_token)
    if index_name is None:
        return get("/backups", Page.decoder(Backup.decode), query)
    if include_deleted:
        query = (*query, ("include_deleted", "true"))
    return get(f"{index_path(index_name)}/backups", Page.decoder(Backup.decode), query)


def delete_backup(backup_id: str) -> Call[None]:
    """Delete a backup. Its source and the indexes made from it stay."""
    return delete(backup_path(backup_id))
