"""Backups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models.base import Resource, Status
from airflow_provider_pinecone.api.models.indexes import dense_vectors


class BackupStatus(Status):
    """The life of a backup. Older specifications say ``Failed`` for ``InitializationFailed``."""

    INITIALIZING = "Initializing"
    READY = "Ready"
    INITIALIZATION_FAILED = "InitializationFailed"
    FAILED = "Failed"


@dataclass(frozen=True, kw_only=True)
class Backup(Resource):
    """A static copy of a serverless index.

    ``record_count``, ``namespace_count`` and ``size_bytes`` (bytes) are None until the backup is Ready.
    ``tags`` is empty if the API says null. ``source_index_deleted_at`` is only in listings by an index's name
    with ``include_deleted``, since 2026-07.
    """

    backup_id: str
    source_index_name: str
    source_index_id: str
    status: BackupStatus
    cloud: str | None = None
    region: str | None = None
    name: str | None = None
    description: str | None = None
    dimension: int | None = None
    metric: str | None = None
    record_count: int | None = None
    namespace_count: int | None = None
    size_bytes: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None
    source_index_deleted_at: datetime | None = None

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one backup. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a backup")
        vectors = dense_vectors(read)
        return cls(
            backup_id=read.text("backup_id"),
            source_index_name=read.text("source_index_name"),
            source_index_id=read.text("source_index_id"),
            status=BackupStatus(read.text("status")),
            cloud=read.optional_text("cloud"),
            region=read.optional_text("region"),
            name=read.optional_text("name"),
            description=read.optional_text("description"),
            dimension=read.optional_count("dimension") or vectors.optional_count("dimension"),
            metric=read.optional_text("metric") or vectors.optional_text("metric"),
            record_count=read.optional_count("record_count"),
            namespace_count=read.optional_count("namespace_count"),
            size_bytes=read.optional_count("size_bytes"),
            tags=read.tags("tags"),
            created_at=read.optional_time("created_at"),
            source_index_deleted_at=read.optional_time("source_index_deleted_at"),
            raw=read.values,
        )
