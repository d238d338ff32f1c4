"""Reads an index's definition, in either shape, into the one form that is stored."""

from __future__ import annotations

import uuid

from airflow_provider_pinecone.emulator.control_plane import bodies, embed_models
from airflow_provider_pinecone.emulator.protocol import errors
from airflow_provider_pinecone.emulator.protocol.versions import ApiVersion
from airflow_provider_pinecone.emulator.resources.indexes import ON_DEMAND, Changes, NewIndex
from airflow_provider_pinecone.emulator.state.store import Json

DENSE_FIELD = "_values"
SPARSE = {"_sparse_values": {"type": "sparse_vector"}}


def new_index(raw: bytes, version: ApiVersion) -> NewIndex:
    """Read the body of a request for a new index.

    :raises ApiError: 422 for wrong fields, 400 if they contradict each other.
    """
    if version.schema_shape:
        return _from_schema(bodies.parse(bodies.CreateIndex, raw))
    return _from_classic(bodies.parse(bodies.ClassicCreateIndex, raw))


def new_index_for_model(raw: bytes) -> NewIndex:
    """Read the body of a request for a new index with integrated embedding.

    :raises ApiError: 422 for wrong fields, 400 for an unknown model or one that lacks what is asked for.
    """
    body = bodies.parse(bodies.CreateIndexForModel, raw)
    embed = embed_models.settle(body.embed.model_dump(exclude_none=True))
    measures = {"dimension": embed.get("dimension"), "metric": embed["metric"]}
    dense = {DENSE_FIELD: {"type": "dense_vector", **measures}}
    return NewIndex(
        name=body.name,
        schema=(dense if embed["vector_type"] == "dense" else SPARSE) | _metadata(body.metadata_schema),
        deployment=bodies.ManagedDeployment(cloud=body.cloud, region=body.region).model_dump(),
        read_capacity=read_capacity(body.read_capacity) or ON_DEMAND,
        tags=body.tags or {},
        deletion_protection=body.deletion_protection,
        embed=embed,
    )


def changes(raw: bytes, version: ApiVersion) -> Changes:
    """Read the body of a request to configure an index.

    :raises ApiError: 422 for wrong fields, 400 for fields that the emulator cannot change.
    """
    if version.schema_shape:
        body = bodies.parse(bodies.ConfigureIndex, raw)
        _check_unchanged(deployment=body.deployment, schema=body.schema_)
        return Changes(body.tags, body.deletion_protection, read_capacity(body.read_capacity))
    classic = bodies.parse(bodies.ClassicConfigureIndex, raw)
    _check_unchanged(embed=classic.embed, **{"spec.pod": (classic.spec or {}).get("pod")})
    capacities = [read_capacity(spec.read_capacity) for spec in (classic.spec or {}).values()]
    return Changes(classic.tags, classic.deletion_protection, next(iter(capacities), None))


def read_capacity(given: bodies.ReadCapacity | None) -> Json | None:
    """Give a read capacity in the form that is stored."""
    return None if given is None else given.model_dump(exclude_none=True)


def _check_unchanged(**given: object) -> None:
    for name, value in given.items():
        if value is not None:
            raise errors.invalid(f"{name}: the emulator cannot change it.")


def _from_schema(body: bodies.CreateIndex) -> NewIndex:
    for name, field in body.schema_.fields.items():
        _check_field(name, field)
        if body.cmek_id is not None and "full_text_search" in field:
            raise errors.precondition(
                "Index creation failed. Indexes with full_text_search fields are not supported in "
                "CMEK-encrypted projects"
            )
    deployment = body.deployment or bodies.ManagedDeployment()
    return NewIndex(
        name=f"index-{uuid.uuid4().hex[:12]}" if body.name is None else body.name,
        schema=body.schema_.fields,
        deployment=deployment.model_dump(),
        read_capacity=read_capacity(body.read_capacity) or ON_DEMAND,
        tags=body.tags or {},
        deletion_protection=body.deletion_protection,
        cmek_id=body.cmek_id,
    )


def _check_field(name: str, field: Json) -> None:
    if field.get("type") == "sparse_vector" and field.get("metric", "dotproduct") != "dotproduct":
        raise errors.invalid(f"Field {name!r}: the metric of sparse vectors must be dotproduct.")
    if field.get("type") != "dense_vector":
        return
    dimension = field.get("dimension")
    if not isinstance(dimension, int) or not 1 <= dimension <= 20_000:
        raise errors.invalid(f"Field {name!r}: dimension must be an integer between 1 and 20000.")
    field.setdefault("metric", "cosine")
    if field["metric"] not in ("cosine", "euclidean", "dotproduct"):
        raise errors.invalid(f"Field {name!r}: metric must be cosine, euclidean or dotproduct.")


def _from_classic(body: bodies.ClassicCreateIndex) -> NewIndex:
    given = [spec for spec in (body.spec.serverless, body.spec.pod, body.spec.byoc) if spec is not None]
    if len(given) != 1:
        raise errors.unprocessable("spec: exactly one of serverless, pod and byoc is needed")
    capacity, metadata, source_collection = None, None, None
    match given[0]:
        case bodies.ServerlessSpec() as spec:
            deployment = bodies.ManagedDeployment(cloud=spec.cloud, region=spec.region).model_dump()
            capacity, metadata, source_collection = spec.read_capacity, spec.schema_, spec.source_collection
        case bodies.ByocSpec() as spec:
            deployment = {"deployment_type": "byoc", "environment": spec.environment}
            capacity, metadata = spec.read_capacity, spec.schema_
        case bodies.PodSpec() as spec:
            deployment = {"deployment_type": "pod", **spec.model_dump(exclude={"source_collection"})}
            source_collection = spec.source_collection
    return NewIndex(
        name=body.name,
        schema=_vector_fields(body) | _metadata(metadata),
        deployment=deployment,
        read_capacity=read_capacity(capacity) or ON_DEMAND,
        tags=body.tags or {},
        deletion_protection=body.deletion_protection,
        source_collection=source_collection,
    )


def _metadata(schema: bodies.Schema | None) -> Json:
    return schema.fields if schema else {}


def _vector_fields(body: bodies.ClassicCreateIndex) -> dict[str, Json]:
    if body.vector_type == "sparse":
        if body.dimension is not None:
            raise errors.invalid("A sparse index has no dimension.")
        if body.metric not in (None, "dotproduct"):
            raise errors.invalid("The metric of a sparse index must be dotproduct.")
        return SPARSE
    if body.dimension is None:
        raise errors.unprocessable("missing field `dimension`")
    measures = {"dimension": body.dimension, "metric": body.metric or "cosine"}
    return {DENSE_FIELD: {"type": "dense_vector", **measures}}
