"""Indexes: creating, finding, changing and deleting them."""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import dataclass
from typing import ClassVar

from airflow_provider_pinecone.emulator.protocol import errors
from airflow_provider_pinecone.emulator.resources import rules
from airflow_provider_pinecone.emulator.state import records, store
from airflow_provider_pinecone.emulator.state.project import Project
from airflow_provider_pinecone.emulator.state.store import Json

ON_DEMAND = {"mode": "OnDemand"}
VECTOR_TYPES = {"dense_vector": "dense", "sparse_vector": "sparse"}


@dataclass(frozen=True, kw_only=True)
class NewIndex:
    """The definition of an index, whichever version of the API described it.

    :param schema: fields by name, as in 2026-07; a metadata field of a classic spec is
        ``{"filterable": true}``.
    :param embed: the embedding model of an index with integrated embedding, as the classic shape shows it.
    :param deployment: ``deployment_type`` (managed, pod, byoc) and its details, as in 2026-07.
    """

    name: str
    schema: dict[str, Json]
    deployment: Json
    read_capacity: Json
    tags: dict[str, str]
    deletion_protection: str = "disabled"
    cmek_id: str | None = None
    embed: Json | None = None
    source_collection: str | None = None
    source_backup_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Index(NewIndex, store.Row):
    """An index as it is stored."""

    table: ClassVar = "indexes"

    index_id: str
    host: str
    ready_at: float
    outcome: str

    def state(self, moment: float) -> str:
        """Give its state at a moment."""
        return self.outcome if moment >= self.ready_at else "Initializing"

    def is_ready(self, moment: float) -> bool:
        """Say whether it serves its records."""
        return self.state(moment) == "Ready"

    @property
    def vector_field(self) -> Json:
        """The field of its dense vectors, or else of its sparse ones; empty if it has neither."""
        fields = {field.get("type"): field for field in self.schema.values()}
        return fields.get("dense_vector") or fields.get("sparse_vector") or {}

    @property
    def vector_type(self) -> str:
        """Dense or sparse."""
        return VECTOR_TYPES.get(self.vector_field.get("type", ""), "dense")

    @property
    def dimension(self) -> int | None:
        """The length of its dense vectors."""
        return self.vector_field.get("dimension")

    @property
    def metric(self) -> str:
        """How vectors are compared."""
        return str(self.vector_field.get("metric", "dotproduct"))


@dataclass(frozen=True)
class Changes:
    """Changes to an index; None changes nothing.

    :param tags: added to the index's own; an empty value removes a tag.
    """

    tags: dict[str, str] | None
    deletion_protection: str | None
    read_capacity: Json | None


def create(project: Project, wanted: NewIndex, moment: float) -> Index:
    """Create an index that is ready at once.

    :raises ApiError: 400 for an invalid name or tags, 402, 403 for the quota, 404 for an unknown region,
        409 for a name that is taken.
    """
    check(project, wanted, moment)
    if wanted.deployment["deployment_type"] == "managed":
        rules.check_region(wanted.deployment["cloud"], wanted.deployment["region"])
    with project.store.transaction() as db:
        return insert(db, wanted, created_at=moment, ready_at=moment)


def check(project: Project, wanted: NewIndex, moment: float) -> None:
    """Refuse an index that may not be created."""
    rules.check_name(wanted.name)
    rules.check_tags(wanted.tags)
    if project.settings.past_due:
        raise errors.past_due()
    if find(project, wanted.name, moment) is not None:
        raise errors.already_exists()
    quota = project.settings.max_indexes
    if quota is not None and project.store.count(Index, moment) >= quota:
        raise errors.quota_reached("indexes")


def insert(
    db: sqlite3.Connection, wanted: NewIndex, *, created_at: float, ready_at: float, outcome: str = "Ready"
) -> Index:
    """Store a new index."""
    index_id = str(uuid.uuid4())
    made = Index(
        **vars(wanted) | {"tags": {key: value for key, value in wanted.tags.items() if value}},
        index_id=index_id,
        host=host_label(wanted.name, index_id),
        created_at=created_at,
        ready_at=ready_at,
        outcome=outcome,
    )
    store.insert(db, made)
    return made


def host_label(name: str, index_id: str) -> str:
    """Name an index's own API in its URL.

    The official Python SDK refuses a host without a dot, and the name of a container has none.
    """
    return f"{name}-{index_id[:8]}.index"


def find(project: Project, name: str, moment: float) -> Index | None:
    """Find the index that has the name at a moment."""
    return project.store.first(Index, "name = :name", moment, name=name)


def get(project: Project, name: str, moment: float) -> Index:
    """Give the index that has the name at a moment, or raise 404."""
    index = find(project, name, moment)
    if index is None:
        raise errors.not_found(f"Index {name}")
    return index


def at_host(project: Project, label: str, moment: float) -> Index | None:
    """Find the index that a URL names."""
    return project.store.first(Index, "host = :label", moment, label=label)


def with_id(project: Project, index_id: str, moment: float) -> Index:
    """Give the index with an id, which must exist."""
    (found,) = project.store.select(Index, "index_id = :index_id", moment, index_id=index_id)
    return found


def listing(project: Project, moment: float) -> list[Index]:
    """Give all indexes that exist at a moment, oldest first."""
    return project.store.select(Index, "TRUE", moment)[::-1]


def configure(project: Project, name: str, changes: Changes, moment: float) -> Index:
    """Change an index."""
    index = get(project, name, moment)
    added = changes.tags or {}
    tags = {key: value for key, value in (index.tags | added).items() if value}
    rules.check_tags(added | tags)
    with project.store.transaction() as db:
        db.execute(
            "UPDATE indexes SET tags = ?, deletion_protection = ?, read_capacity = ? WHERE index_id = ?",
            (
                json.dumps(tags),
                changes.deletion_protection or index.deletion_protection,
                json.dumps(changes.read_capacity or index.read_capacity),
                index.index_id,
            ),
        )
    return get(project, name, moment)


def delete(project: Project, name: str, moment: float) -> None:
    """Delete an index, its records and its schedules; its backups stay.

    :raises ApiError: 403 for a protected index, 404.
    """
    index = get(project, name, moment)
    if index.deletion_protection == "enabled":
        raise errors.forbidden(
            "Deletion protection is enabled for this index. Disable deletion protection before retrying."
        )
    with project.store.transaction() as db:
        for table, key, deleted_at in (
            ("indexes", "index_id", "deleted_at"),
            ("backup_schedules", "index_id", "deleted_at"),
            ("backups", "source_index_id", "source_index_deleted_at"),
            ("restore_jobs", "target_index_id", "target_deleted_at"),
        ):
            db.execute(
                f"UPDATE {table} SET {deleted_at} = min(?1, coalesce({deleted_at}, ?1)) WHERE {key} = ?2",
                (moment, index.index_id),
            )
        records.drop_all(db, index.index_id)
