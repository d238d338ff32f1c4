"""Indexes: made, looked up, changed, deleted."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from airflow_provider_pinecone.emulator import errors, records, rules

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from airflow_provider_pinecone.emulator.project import Project

ON_DEMAND = {"mode": "OnDemand"}
VECTOR_TYPES = {"dense_vector": "dense", "sparse_vector": "sparse"}


@dataclass(frozen=True)
class NewIndex:
    """What an index is made with, whichever version of the API described it.

    :param schema: fields by name, as in 2026-07; a metadata field of a classic spec is
        ``{"filterable": true}``.
    :param embed: the embedding model of an index with integrated embedding, as the classic shape shows it.
    :param deployment: ``deployment_type`` (managed, pod, byoc) and what belongs to it, as in 2026-07.
    """

    name: str
    schema: dict[str, dict[str, Any]]
    deployment: dict[str, Any]
    read_capacity: dict[str, Any]
    tags: dict[str, str]
    deletion_protection: str = "disabled"
    cmek_id: str | None = None
    embed: dict[str, Any] | None = None
    source_collection: str | None = None
    source_backup_id: str | None = None


@dataclass(frozen=True)
class Index(NewIndex):
    """An index as it is stored; moments are seconds since 1970."""

    index_id: str = ""
    host: str = ""
    created_at: float = 0.0
    ready_at: float = 0.0
    outcome: str = "Ready"
    deleted_at: float | None = None

    def state(self, moment: float) -> str:
        """Give its state at a moment."""
        return self.outcome if moment >= self.ready_at else "Initializing"

    def is_ready(self, moment: float) -> bool:
        """Say whether it serves its records."""
        return self.state(moment) == "Ready"

    def fraction(self, moment: float) -> float:
        """Say how much of it is made, from 0 to 1, as time goes."""
        seconds = self.ready_at - self.created_at
        return min(1.0, (moment - self.created_at) / seconds) if seconds else 1.0

    @property
    def vector_field(self) -> dict[str, Any]:
        """The field of its dense or, without one, its sparse vectors; empty when it has neither."""
        fields = {field.get("type"): field for field in self.schema.values()}
        return fields.get("dense_vector") or fields.get("sparse_vector") or {}

    @property
    def vector_type(self) -> str:
        """Dense or sparse."""
        return VECTOR_TYPES.get(self.vector_field.get("type", ""), "dense")

    @property
    def dimension(self) -> int | None:
        """How long its dense vectors are."""
        return self.vector_field.get("dimension")

    @property
    def metric(self) -> str:
        """How vectors are compared."""
        return str(self.vector_field.get("metric", "dotproduct"))


def create(project: Project, wanted: NewIndex, moment: float) -> Index:
    """Make an index that is ready at once.

    :raises ApiError: 400 for a name or tags against the rules, 402, 403 for the quota, 404 for an unknown
        region, 409 for a name that is taken.
    """
    check(project, wanted, moment)
    if wanted.deployment["deployment_type"] == "managed":
        rules.check_region(wanted.deployment["cloud"], wanted.deployment["region"])
    with project.store.transaction() as db:
        return insert(db, wanted, created_at=moment, ready_at=moment)


def check(project: Project, wanted: NewIndex, moment: float) -> None:
    """Refuse what may not be made."""
    rules.check_name(wanted.name)
    rules.check_tags(wanted.tags)
    if project.settings.past_due:
        raise errors.past_due()
    if find(project, wanted.name, moment) is not None:
        raise errors.already_exists()
    quota = project.settings.max_indexes
    if quota is not None and len(listing(project, moment)) >= quota:
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
    row = vars(made) | {name: json.dumps(getattr(made, name)) for name in _JSON_COLUMNS}
    db.execute(
        f"INSERT INTO indexes ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})",
        row,
    )
    return made


def host_label(name: str, index_id: str) -> str:
    """Name an index's own API in its URL.

    The dot is for the official Python SDK, which takes a host without one for a mistake, and an emulator
    that answers to a container's name has no other.
    """
    return f"{name}-{index_id[:8]}.index"


def find(project: Project, name: str, moment: float) -> Index | None:
    """Find the index that has the name at a moment."""
    return next(_select(project, "name = :name", name=name, moment=moment), None)


def get(project: Project, name: str, moment: float) -> Index:
    """Give the index that has the name at a moment, or raise 404."""
    index = find(project, name, moment)
    if index is None:
        raise errors.not_found(f"Index {name}")
    return index


def at_host(project: Project, label: str, moment: float) -> Index | None:
    """Find the index that a URL names."""
    return next(_select(project, "host = :label", label=label, moment=moment), None)


def with_id(project: Project, index_id: str, moment: float) -> Index:
    """Give the index with an id, which must be there."""
    found: Index = next(_select(project, "index_id = :index_id", index_id=index_id, moment=moment))
    return found


def listing(project: Project, moment: float) -> list[Index]:
    """Give all indexes that are there at a moment, oldest first."""
    return list(_select(project, "TRUE", moment=moment))


def configure(
    project: Project,
    name: str,
    moment: float,
    *,
    tags: Mapping[str, str] | None,
    deletion_protection: Literal["enabled", "disabled"] | None,
    read_capacity: dict[str, Any] | None,
) -> Index:
    """Change an index; tags are added to those it has, and an empty value takes one away."""
    index = get(project, name, moment)
    merged = {key: value for key, value in {**index.tags, **(tags or {})}.items() if value}
    rules.check_tags({**(tags or {}), **merged})
    with project.store.transaction() as db:
        db.execute(
            "UPDATE indexes SET tags = ?, deletion_protection = ?, read_capacity = ? WHERE index_id = ?",
            (
                json.dumps(merged),
                deletion_protection or index.deletion_protection,
                json.dumps(read_capacity or index.read_capacity),
                index.index_id,
            ),
        )
    return get(project, name, moment)


def delete(project: Project, name: str, moment: float) -> None:
    """Delete an index and its records; its backups stay.

    :raises ApiError: 403 for a protected index, 404.
    """
    index = get(project, name, moment)
    if index.deletion_protection == "enabled":
        raise errors.deletion_protected()
    with project.store.transaction() as db:
        db.execute("UPDATE indexes SET deleted_at = ? WHERE index_id = ?", (moment, index.index_id))
        records.drop_all(db, index.index_id)


_JSON_COLUMNS = ("schema", "deployment", "embed", "read_capacity", "tags")


def _select(project: Project, condition: str, **values: Any) -> Any:
    rows = project.store.db.execute(
        f"SELECT * FROM indexes WHERE {condition} AND created_at <= :moment"
        " AND (deleted_at IS NULL OR deleted_at > :moment) ORDER BY created_at, rowid",
        values,
    )
    return (Index(**dict(row) | {name: json.loads(row[name]) for name in _JSON_COLUMNS}) for row in rows)
