"""Indexes, in the shapes of all API versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models.base import Resource, Status


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
        vectors = dense_vectors(read)
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


def dense_vectors(read: Fields) -> Fields:
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
