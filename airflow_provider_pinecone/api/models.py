"""The API's responses as values: backups, restore jobs, indexes and their contents.

One model serves every API version: the ``schema`` and ``deployment`` of 2026-07 and the older ``dimension``,
``metric`` and ``spec`` decode into the same fields. Unknown fields stay in ``raw``; unknown statuses keep the
API's word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from airflow_provider_pinecone.api.fields import Fields

T = TypeVar("T")


class Status(StrEnum):
    """A status in the API's own words, known or not."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # Python before 3.11.4 looks members up by name, but an unknown status is no member.
        return type(self), (self.value,)

    @property
    def is_known(self) -> bool:
        """Whether this is one of the statuses that the API documents."""
        return any(self is member for member in type(self))


class BackupStatus(Status):
    """The life of a backup. Older specifications say ``Failed`` for ``InitializationFailed``."""

    INITIALIZING = "Initializing"
    READY = "Ready"
    INITIALIZATION_FAILED = "InitializationFailed"
    FAILED = "Failed"


class RestoreJobStatus(Status):
    """The life of a restore job. There is no status between ``Pending`` and the end."""

    PENDING = "Pending"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


class IndexState(Status):
    """The life of an index."""

    INITIALIZING = "Initializing"
    READY = "Ready"
    INITIALIZATION_FAILED = "InitializationFailed"
    FAILED = "Failed"
    TERMINATING = "Terminating"
    DISABLED = "Disabled"
    SCALING_UP = "ScalingUp"
    SCALING_DOWN = "ScalingDown"
    SCALING_UP_POD_SIZE = "ScalingUpPodSize"
    SCALING_DOWN_POD_SIZE = "ScalingDownPodSize"


_TIMES = ("created_at", "completed_at", "source_index_deleted_at")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Anything that the API keeps. ``raw`` holds its fields as the API sent them."""

    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The API's fields, fit for JSON: the known ones, and whatever else the API sent."""
        names = [column.name for column in fields(self) if column.name != "raw"]
        known = {name: _plain(getattr(self, name)) for name in names}
        as_sent = {name: sent for name in _TIMES if (sent := self.raw.get(name))}
        return {**self.raw, **known, **as_sent}


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
        vectors = _dense_vectors(read)
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


@dataclass(frozen=True, kw_only=True)
class RestoreJob(Resource):
    """The making of an index from a backup.

    ``percent_complete`` runs from 0 to 100. The specification allows any number, but the live API reports 100
    once the job is Completed and nothing before.
    """

    restore_job_id: str
    backup_id: str
    target_index_name: str
    target_index_id: str
    status: RestoreJobStatus
    created_at: datetime | None = None
    completed_at: datetime | None = None
    percent_complete: float | None = None

    @property
    def seconds(self) -> float | None:
        """How long the job took, by the API's own clock; None before its end."""
        if self.created_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.created_at).total_seconds()

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one restore job. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a restore job")
        return cls(
            restore_job_id=read.text("restore_job_id"),
            backup_id=read.text("backup_id"),
            target_index_name=read.text("target_index_name"),
            target_index_id=read.text("target_index_id"),
            status=RestoreJobStatus(read.text("status")),
            created_at=read.optional_time("created_at"),
            completed_at=read.optional_time("completed_at"),
            percent_complete=read.optional_number("percent_complete"),
            raw=read.values,
        )


@dataclass(frozen=True, kw_only=True)
class StartedRestore:
    """The response to a request to make an index from a backup."""

    restore_job_id: str
    index_id: str

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read the response. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a started restore")
        return cls(restore_job_id=read.text("restore_job_id"), index_id=read.text("index_id"))


@dataclass(frozen=True, kw_only=True)
class Index(Resource):
    """An index. ``host`` serves its records; ``source_backup_id`` is the backup it was made from."""

    name: str
    host: str
    ready: bool
    state: IndexState
    deployment_type: str
    cloud: str | None = None
    region: str | None = None
    dimension: int | None = None
    metric: str | None = None
    deletion_protection: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    source_backup_id: str | None = None

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one index, of either shape. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "an index")
        status = read.part("status")
        vectors = _dense_vectors(read)
        deployment_type, place = _deployment(read)
        return cls(
            name=read.text("name"),
            host=read.optional_text("host") or "",
            ready=status.flag("ready"),
            state=IndexState(status.text("state")),
            deployment_type=deployment_type,
            cloud=place.optional_text("cloud"),
            region=place.optional_text("region"),
            dimension=read.optional_count("dimension") or vectors.optional_count("dimension"),
            metric=read.optional_text("metric") or vectors.optional_text("metric"),
            deletion_protection=read.optional_text("deletion_protection"),
            tags=read.tags("tags"),
            source_backup_id=read.optional_text("source_backup_id"),
            raw=read.values,
        )

    @property
    def is_serverless(self) -> bool:
        """Whether the API can back this index up."""
        return self.deployment_type == "serverless"


@dataclass(frozen=True, kw_only=True)
class IndexStats:
    """How many records an index holds, in all and by namespace. The default namespace is ``""``."""

    total_vector_count: int
    namespaces: Mapping[str, int]
    dimension: int | None = None

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read the statistics. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "index statistics")
        parts = read.part("namespaces")
        counts = {name: parts.part(name).optional_count("vectorCount") or 0 for name in parts.values}
        return cls(
            total_vector_count=read.optional_count("totalVectorCount") or 0,
            namespaces={"" if name == "__default__" else name: count for name, count in counts.items()},
            dimension=read.optional_count("dimension"),
        )


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One record: ``sparse_values`` holds ``indices`` and ``values``."""

    id: str
    values: tuple[float, ...] = ()
    sparse_values: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one record. :raises ValueError: if the payload is not one."""
        read = Fields.of(payload, "a vector")
        return cls(
            id=read.text("id"),
            values=tuple(read.numbers("values")),
            sparse_values=read.part("sparseValues").values or None,
            metadata=read.part("metadata").values,
        )

    def as_payload(self) -> dict[str, Any]:
        """The record as the API takes it."""
        payload = {
            "id": self.id,
            "values": list(self.values),
            "sparseValues": dict(self.sparse_values or {}),
            "metadata": dict(self.metadata),
        }
        return {name: value for name, value in payload.items() if value}


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a listing. ``next`` is the token of the page after it, None on the last."""

    items: tuple[T, ...]
    next: str | None = None

    @classmethod
    def decoder(cls, item: Callable[[Any], T], *, key: str = "data") -> Callable[[Any], Page[T]]:
        """A decoder of pages whose rows are in ``key`` and are read by ``item``."""

        def decode(payload: Any) -> Page[T]:
            read = Fields.of(payload, "a page")
            token = read.part("pagination").optional_text("next")
            return cls(items=tuple(item(row) for row in read.rows(key)), next=token or None)

        return decode


def _plain(value: Any) -> Any:
    match value:
        case Status():
            return str(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return dict(value)
    return value


def _dense_vectors(read: Fields) -> Fields:
    """The dense vector field of a 2026-07 schema, which has the ``dimension`` and ``metric``."""
    columns = read.part("schema").part("fields")
    for name in columns.values:
        column = columns.part(name)
        if column.values.get("type") == "dense_vector":
            return column
    return Fields.of({}, "no dense vectors")


def _deployment(read: Fields) -> tuple[str, Fields]:
    """What an index runs on, in the words of the older versions: serverless, pod or byoc."""
    spec = read.part("spec")
    for kind in ("serverless", "pod", "byoc"):
        if kind in spec.values:
            return kind, spec.part(kind)
    deployment = read.part("deployment")
    kind = deployment.optional_text("deployment_type") or "unknown"
    return "serverless" if kind == "managed" else kind, deployment
