"""What the API answers, as values: backups, restore jobs, indexes and their contents.

One model serves every API version: where 2026-07 answers ``schema`` and ``deployment``, and older versions
``dimension``, ``metric`` and ``spec``, both decode into the same fields. What a model does not know stays in
its ``raw``, and a status that it does not know stays what the API said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from airflow_provider_pinecone.api.fields import (
    AsSent,
    Count,
    Text,
    json_object,
    list_in,
    object_in,
    read_as,
    time_in,
)

T = TypeVar("T")


class Status(StrEnum):
    """A status in the API's own words, which may be one that nobody knew when this was written."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str) or not value:
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # Python before 3.11.4 looks members up by name, and an unknown status is none.
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


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A static copy of a serverless index.

    ``record_count``, ``namespace_count`` and ``size_bytes`` (bytes) are None until the backup is Ready.
    ``tags`` is empty where the API says null.
    """

    backup_id: Text
    source_index_name: Text
    source_index_id: Text
    status: BackupStatus
    cloud: str | None = None
    region: str | None = None
    name: str | None = None
    description: str | None = None
    dimension: Count | None = None
    metric: str | None = None
    record_count: Count | None = None
    namespace_count: Count | None = None
    size_bytes: Count | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None
    raw: AsSent = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one backup. :raises ValueError: where the payload is not one."""
        sent = json_object(payload, "a backup")
        told = {"tags": object_in(sent, "tags"), "created_at": time_in(sent, "created_at"), "raw": sent}
        return read_as(cls, {**sent, **_vectors(sent), **told})

    def as_dict(self) -> dict[str, Any]:
        """The API's fields, fit for JSON: those that this version knows, and whatever else the API sent."""
        return _as_dict(self)


@dataclass(frozen=True, kw_only=True)
class RestoreJob:
    """The making of an index from a backup.

    ``percent_complete`` runs from 0 to 100. The live API reports 100 when the job is Completed and nothing
    before; its specification allows any number.
    """

    restore_job_id: Text
    backup_id: Text
    target_index_name: Text
    target_index_id: Text
    status: RestoreJobStatus
    created_at: datetime | None = None
    completed_at: datetime | None = None
    percent_complete: int | float | None = None
    raw: AsSent = field(default_factory=dict, repr=False, compare=False)

    @property
    def seconds(self) -> float | None:
        """How long the job took, by the API's own clock; None before its end."""
        if self.created_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.created_at).total_seconds()

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one restore job. :raises ValueError: where the payload is not one."""
        sent = json_object(payload, "a restore job")
        times = {name: time_in(sent, name) for name in ("created_at", "completed_at")}
        return read_as(cls, {**sent, **times, "raw": sent})

    def as_dict(self) -> dict[str, Any]:
        """The API's fields, fit for JSON: those that this version knows, and whatever else the API sent."""
        return _as_dict(self)


@dataclass(frozen=True, kw_only=True)
class StartedRestore:
    """What the API answers when it begins to make an index from a backup."""

    restore_job_id: Text
    index_id: Text

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read the answer. :raises ValueError: where the payload is not one."""
        return read_as(cls, json_object(payload, "a started restore"))


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index. ``host`` serves its records; ``source_backup_id`` names the backup it was made from."""

    name: Text
    host: str
    ready: bool
    state: IndexState
    deployment_type: str
    cloud: str | None = None
    region: str | None = None
    dimension: Count | None = None
    metric: str | None = None
    deletion_protection: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    source_backup_id: str | None = None
    raw: AsSent = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one index, of either shape. :raises ValueError: where the payload is not one."""
        sent = json_object(payload, "an index")
        status = object_in(sent, "status")
        deployment_type, place = _deployment(sent)
        told = {
            "host": sent.get("host") or "",
            "ready": status.get("ready"),
            "state": status.get("state"),
            "deployment_type": deployment_type,
            "cloud": place.get("cloud"),
            "region": place.get("region"),
            "tags": object_in(sent, "tags"),
            "raw": sent,
        }
        return read_as(cls, {**sent, **_vectors(sent), **told})

    @property
    def is_serverless(self) -> bool:
        """Whether the API can back this index up."""
        return self.deployment_type == "serverless"


@dataclass(frozen=True, kw_only=True)
class IndexStats:
    """How many records an index holds: in all, and by namespace. The default namespace is ``""``."""

    total_vector_count: Count
    namespaces: Mapping[str, Count]
    dimension: Count | None = None

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read the statistics. :raises ValueError: where the payload is none."""
        sent = json_object(payload, "index statistics")
        namespaces = object_in(sent, "namespaces")
        told = {
            "total_vector_count": sent.get("totalVectorCount") or 0,
            "namespaces": {
                "" if name == "__default__" else name: object_in(namespaces, name).get("vectorCount") or 0
                for name in namespaces
            },
        }
        return read_as(cls, {**sent, **told})


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One record: ``sparse_values`` holds ``indices`` and ``values``."""

    id: Text
    values: tuple[float, ...] = ()
    sparse_values: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read one record. :raises ValueError: where the payload is not one."""
        sent = json_object(payload, "a vector")
        told = {
            "values": sent.get("values") or (),
            "sparse_values": object_in(sent, "sparseValues") or None,
            "metadata": object_in(sent, "metadata"),
        }
        return read_as(cls, {**sent, **told})

    def as_payload(self) -> dict[str, Any]:
        """The record as the API takes it."""
        payload: dict[str, Any] = {"id": self.id}
        if self.values:
            payload["values"] = list(self.values)
        if self.sparse_values:
            payload["sparseValues"] = dict(self.sparse_values)
        if self.metadata:
            payload["metadata"] = dict(self.metadata)
        return payload


@dataclass(frozen=True, kw_only=True)
class Upserted:
    """How many records were written."""

    upserted_count: Count

    @classmethod
    def decode(cls, payload: Any) -> Self:
        """Read the answer. :raises ValueError: where the payload is not one."""
        sent = json_object(payload, "an upsert's answer")
        return read_as(cls, {"upserted_count": sent.get("upsertedCount") or 0})


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a listing. ``next`` is the token of the page after it, None on the last."""

    items: tuple[T, ...]
    next: str | None = None

    @classmethod
    def decoder(cls, item: Callable[[Any], T], *, key: str = "data") -> Callable[[Any], Page[T]]:
        """A decoder of pages whose rows stand under ``key`` and are read by ``item``."""

        def decode(payload: Any) -> Page[T]:
            sent = json_object(payload, "a page")
            token = read_as(_Pagination, object_in(sent, "pagination")).next
            return cls(items=tuple(item(row) for row in list_in(sent, key)), next=token or None)

        return decode


@dataclass(frozen=True, kw_only=True)
class _Pagination:
    """What a page says of the one after it."""

    next: str | None = None


def _as_dict(model: Backup | RestoreJob) -> dict[str, Any]:
    known = {
        column.name: _plain(getattr(model, column.name)) for column in fields(model) if column.name != "raw"
    }
    as_sent = {name: sent for name in ("created_at", "completed_at") if (sent := model.raw.get(name))}
    return {**model.raw, **known, **as_sent}


def _plain(value: Any) -> Any:
    match value:
        case Status():
            return str(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return dict(value)
    return value


def _vectors(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The dimension and metric where only a schema of 2026-07 says them, in its field of dense vectors."""
    for column in object_in(object_in(sent, "schema"), "fields").values():
        if isinstance(column, dict) and column.get("type") == "dense_vector":
            return {name: column.get(name) for name in ("dimension", "metric") if sent.get(name) is None}
    return {}


def _deployment(sent: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """What an index runs on, in the words of the older versions: serverless, pod or byoc."""
    spec = object_in(sent, "spec")
    for kind in ("serverless", "pod", "byoc"):
        if kind in spec:
            return kind, object_in(spec, kind)
    deployment = object_in(sent, "deployment")
    kind = deployment.get("deployment_type") or "unknown"
    return "serverless" if kind == "managed" else kind, deployment
