"""The bodies of requests: which fields there are, and of which types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from airflow_provider_pinecone.emulator.cadence import Frequency
from airflow_provider_pinecone.emulator.errors import unprocessable

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Metric = Literal["cosine", "euclidean", "dotproduct"]
Protection = Literal["enabled", "disabled"]
Dimension = Annotated[int, Field(ge=1, le=20_000)]
Tags = dict[str, str]
Json = dict[str, Any]


class Body(BaseModel):
    """A body whose types are meant: no number is read from a string."""

    model_config = ConfigDict(strict=True)


class CreateBackup(Body):
    """What a backup may be given."""

    name: str | None = None
    description: str | None = None


class OnDemand(Body):
    """Reads served as they come."""

    model_config = ConfigDict(strict=True, extra="forbid")

    mode: Literal["OnDemand"]


class ManualScaling(Body):
    """How many nodes there are."""

    replicas: Annotated[int, Field(ge=0, lt=2**31)]
    shards: Annotated[int, Field(ge=1, lt=2**31)]


class Nodes(Body):
    """Nodes of an index's own."""

    node_type: Literal["b1", "t1"]
    scaling: Literal["Manual"]
    manual: ManualScaling | None = None


class Dedicated(Body):
    """Reads served by nodes of the index's own."""

    mode: Literal["Dedicated"]
    dedicated: Nodes


ReadCapacity = Annotated[OnDemand | Dedicated, Field(discriminator="mode")]


class CreateIndexFromBackup(Body):
    """What an index made from a backup may be given."""

    name: str
    tags: Tags | None = None
    deletion_protection: Protection = "disabled"
    read_capacity: ReadCapacity | None = None


class TimeBased(Body):
    """When a schedule runs."""

    type: Literal["time-based"]
    frequency: Frequency


class Retention(Body):
    """How long a schedule keeps what it made."""

    expire_after_days: Annotated[int, Field(ge=-(2**31), lt=2**31)]


class CreateBackupSchedule(Body):
    """A schedule for an index."""

    name: str
    schedule: TimeBased
    retention: Retention


class UpdateBackupSchedule(Body):
    """What of a schedule may be changed."""

    frequency: Frequency | None = None
    retention: Retention | None = None
    enabled: bool | None = None


class Schema(Body):
    """Fields by their names."""

    fields: dict[str, Json]


class ManagedDeployment(Body):
    """Where Pinecone runs a serverless index."""

    deployment_type: Literal["managed"] = "managed"
    cloud: str = "aws"
    region: str = "us-east-1"


class PodDeployment(Body):
    """Pods that a classic index runs on."""

    deployment_type: Literal["pod"]
    environment: str
    pod_type: str = "p1.x1"
    replicas: Annotated[int, Field(ge=1)] = 1
    shards: Annotated[int, Field(ge=1)] = 1


class ByocDeployment(Body):
    """The user's own cloud."""

    deployment_type: Literal["byoc"]
    environment: str


class CreateIndex(Body):
    """An index by schema and deployment (since 2026-07)."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: str | None = None
    schema_: Annotated[Schema, Field(alias="schema")]
    deployment: ManagedDeployment | PodDeployment | ByocDeployment | None = None
    read_capacity: ReadCapacity | None = None
    cmek_id: str | None = None
    tags: Tags | None = None
    deletion_protection: Protection = "disabled"


class ConfigureIndex(Body):
    """What of an index may be changed (since 2026-07)."""

    model_config = ConfigDict(strict=True, extra="forbid")

    tags: Tags | None = None
    deletion_protection: Protection | None = None
    read_capacity: ReadCapacity | None = None
    deployment: Json | None = None
    schema_: Annotated[Json | None, Field(alias="schema")] = None


class ServerlessSpec(Body):
    """Where a serverless index is."""

    cloud: str
    region: str
    read_capacity: ReadCapacity | None = None
    source_collection: str | None = None
    schema_: Annotated[Schema | None, Field(alias="schema")] = None


class PodSpec(Body):
    """Pods that an index runs on."""

    environment: str
    pod_type: str = "p1.x1"
    replicas: Annotated[int, Field(ge=1)] = 1
    shards: Annotated[int, Field(ge=1)] = 1
    source_collection: str | None = None


class ByocSpec(Body):
    """The user's own cloud."""

    environment: str
    read_capacity: ReadCapacity | None = None
    schema_: Annotated[Schema | None, Field(alias="schema")] = None


class ClassicSpec(Body):
    """One of three ways to run an index."""

    model_config = ConfigDict(strict=True, extra="forbid")

    serverless: ServerlessSpec | None = None
    pod: PodSpec | None = None
    byoc: ByocSpec | None = None


class ClassicCreateIndex(Body):
    """An index by dimension, metric and spec (before 2026-07)."""

    name: str
    spec: ClassicSpec
    dimension: Dimension | None = None
    metric: Metric | None = None
    vector_type: Literal["dense", "sparse"] = "dense"
    tags: Tags | None = None
    deletion_protection: Protection = "disabled"


class Embed(Body):
    """The model that turns an index's texts into vectors."""

    model: str
    field_map: Json
    metric: Metric | None = None
    dimension: int | None = None
    read_parameters: Json | None = None
    write_parameters: Json | None = None


class CreateIndexForModel(Body):
    """An index with integrated embedding (before 2026-07)."""

    name: str
    cloud: str
    region: str
    embed: Embed
    metadata_schema: Annotated[Schema | None, Field(alias="schema")] = None
    read_capacity: ReadCapacity | None = None
    tags: Tags | None = None
    deletion_protection: Protection = "disabled"


class SpecChange(Body):
    """What of a spec may be changed."""

    read_capacity: ReadCapacity | None = None


class ClassicConfigureIndex(Body):
    """What of an index may be changed (before 2026-07)."""

    tags: Tags | None = None
    deletion_protection: Protection | None = None
    spec: dict[str, SpecChange] | None = None
    embed: Json | None = None


B = TypeVar("B", bound=BaseModel)


def parse(model: type[B], raw: bytes) -> B:
    """Read a body, or refuse it with 422 in the words of the real API."""
    try:
        return model.model_validate(json.loads(raw))
    except ValidationError as error:
        raise unprocessable(f"{_say(error.errors()[0])} at line 1 column {len(raw)}") from None
    except ValueError:
        raise unprocessable(f"expected JSON at line 1 column {len(raw)}") from None


def _say(problem: ErrorDetails) -> str:
    field = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "missing":
        return f"missing field `{field}`"
    if problem["type"] == "extra_forbidden":
        return f"unknown field `{field}`"
    return f"{field or 'body'}: {problem['msg']}"
