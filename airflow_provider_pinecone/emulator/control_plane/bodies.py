"""The bodies of requests: their fields and types. A class is named after its request or its field."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json

from airflow_provider_pinecone.emulator.protocol.errors import first_problem, unprocessable
from airflow_provider_pinecone.emulator.resources.cadence import Frequency
from airflow_provider_pinecone.emulator.state.store import Json

Metric = Literal["cosine", "euclidean", "dotproduct"]
Protection = Literal["enabled", "disabled"]
Dimension = Annotated[int, Field(ge=1, le=20_000)]
Tags = dict[str, str]


class Body(BaseModel, strict=True):
    """Types are strict: no number is read from a string."""


class CreateBackup(Body):
    name: str | None = None
    description: str | None = None


class OnDemand(Body, extra="forbid"):
    """Read capacity shared by all indexes."""

    mode: Literal["OnDemand"]


class ManualScaling(Body):
    replicas: Annotated[int, Field(ge=0, lt=2**31)]
    shards: Annotated[int, Field(ge=1, lt=2**31)]


class Nodes(Body):
    """The nodes of one index."""

    node_type: Literal["b1", "t1"]
    scaling: Literal["Manual"]
    manual: ManualScaling | None = None


class Dedicated(Body):
    """Read capacity on nodes that serve this index only."""

    mode: Literal["Dedicated"]
    dedicated: Nodes


ReadCapacity = Annotated[OnDemand | Dedicated, Field(discriminator="mode")]


class CreateIndexFromBackup(Body):
    name: str
    tags: Tags | None = None
    deletion_protection: Protection = "disabled"
    read_capacity: ReadCapacity | None = None


class TimeBased(Body):
    type: Literal["time-based"]
    frequency: Frequency


class Retention(Body):
    expire_after_days: Annotated[int, Field(ge=-(2**31), lt=2**31)]


class CreateBackupSchedule(Body):
    name: str
    schedule: TimeBased
    retention: Retention


class UpdateBackupSchedule(Body):
    frequency: Frequency | None = None
    retention: Retention | None = None
    enabled: bool | None = None


class Schema(Body):
    fields: dict[str, Json]


class ManagedDeployment(Body):
    deployment_type: Literal["managed"] = "managed"
    cloud: str = "aws"
    region: str = "us-east-1"


class Pods(Body):
    environment: str
    pod_type: str = "p1.x1"
    replicas: Annotated[int, Field(ge=1)] = 1
    shards: Annotated[int, Field(ge=1)] = 1


class PodDeployment(Pods):
    deployment_type: Literal["pod"]


class ByocDeployment(Body):
    deployment_type: Literal["byoc"]
    environment: str


class CreateIndex(Body, extra="forbid"):
    """A new index, by schema and deployment (since 2026-07)."""

    name: str | None = None
    schema_: Annotated[Schema, Field(alias="schema")]
    deployment: ManagedDeployment | PodDeployment | ByocDeployment | None = None
    read_capacity: ReadCapacity | None = None
    cmek_id: str | None = None
    tags: Tags | None = None
    deletion_protection: Protection = "disabled"


class ConfigureIndex(Body, extra="forbid"):
    """Changes to an index (since 2026-07)."""

    tags: Tags | None = None
    deletion_protection: Protection | None = None
    read_capacity: ReadCapacity | None = None
    deployment: Json | None = None
    schema_: Annotated[Json | None, Field(alias="schema")] = None


class ServerlessSpec(Body):
    """A serverless index's cloud and region, before 2026-07."""

    cloud: str
    region: str
    read_capacity: ReadCapacity | None = None
    source_collection: str | None = None
    schema_: Annotated[Schema | None, Field(alias="schema")] = None


class PodSpec(Pods):
    """An index's pods, before 2026-07."""

    source_collection: str | None = None


class ByocSpec(Body):
    environment: str
    read_capacity: ReadCapacity | None = None
    schema_: Annotated[Schema | None, Field(alias="schema")] = None


class ClassicSpec(Body, extra="forbid"):
    """One of three ways to run an index."""

    serverless: ServerlessSpec | None = None
    pod: PodSpec | None = None
    byoc: ByocSpec | None = None


class ClassicCreateIndex(Body):
    """A new index, by dimension, metric and spec (before 2026-07)."""

    name: str
    spec: ClassicSpec
    dimension: Dimension | None = None
    metric: Metric | None = None
    vector_type: Literal["dense", "sparse"] = "dense"
    tags: Tags | None = None
    deletion_protection: Protection = "disabled"


class Embed(Body):
    """The model that embeds an index's texts."""

    model: str
    field_map: Json
    metric: Metric | None = None
    dimension: int | None = None
    read_parameters: Json | None = None
    write_parameters: Json | None = None


class CreateIndexForModel(Body):
    """A new index with integrated embedding (before 2026-07)."""

    name: str
    cloud: str
    region: str
    embed: Embed
    metadata_schema: Annotated[Schema | None, Field(alias="schema")] = None
    read_capacity: ReadCapacity | None = None
    tags: Tags | None = None
    deletion_protection: Protection = "disabled"


class SpecChange(Body):
    read_capacity: ReadCapacity | None = None


class ClassicConfigureIndex(Body):
    """Changes to an index (before 2026-07)."""

    tags: Tags | None = None
    deletion_protection: Protection | None = None
    spec: dict[str, SpecChange] | None = None
    embed: Json | None = None


B = TypeVar("B", bound=BaseModel)


def parse(model: type[B], raw: bytes) -> B:
    """Read a body, or refuse it with 422 in the real API's words."""
    try:
        return model.model_validate(from_json(raw))
    except ValidationError as error:
        raise unprocessable(f"{_describe(error)} at line 1 column {len(raw)}") from None
    except ValueError:
        raise unprocessable(f"expected JSON at line 1 column {len(raw)}") from None


def _describe(error: ValidationError) -> str:
    problem, field = first_problem(error)
    if problem["type"] == "missing":
        return f"missing field `{field}`"
    if problem["type"] == "extra_forbidden":
        return f"unknown field `{field}`"
    return f"{field or 'body'}: {problem['msg']}"
