"""The calls for indexes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_pinecone.api.building import create, delete, get, given
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import DELETION_PROTECTION, check_choice, check_name, check_tags
from airflow_provider_pinecone.api.endpoints.paths import index_path
from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models import Index

FIRST_SCHEMA_VERSION = "2026-07"
"""The first API version in which a ``schema`` replaces ``dimension``, ``metric`` and ``spec``."""


def list_indexes() -> Call[tuple[Index, ...]]:
    """Read all indexes of the project; the API does not page them."""
    return get("/indexes", _indexes)


def describe_index(index_name: str) -> Call[Index]:
    """Read one index."""
    return get(index_path(index_name), Index.decode)


def create_index(
    name: str,
    *,
    dimension: int,
    metric: str = "cosine",
    cloud: str = "aws",
    region: str = "us-east-1",
    tags: Mapping[str, str] | None = None,
    deletion_protection: str | None = None,
    api_version: str = FIRST_SCHEMA_VERSION,
) -> Call[Index]:
    """Make an empty serverless index of dense vectors. ``api_version`` decides the shape of the request."""
    place = {"cloud": cloud, "region": region}
    vectors = {"dimension": dimension, "metric": metric}
    if api_version >= FIRST_SCHEMA_VERSION:
        kind: dict[str, Any] = {
            "schema": {"fields": {"_values": {"type": "dense_vector", **vectors}}},
            "deployment": {"deployment_type": "managed", **place},
        }
    else:
        kind = {**vectors, "spec": {"serverless": place}}
    return create("/indexes", {**new_index(name, tags, deletion_protection), **kind}, Index.decode)


def delete_index(index_name: str) -> Call[None]:
    """Delete an index with all its records. Its backups stay."""
    return delete(index_path(index_name))


def new_index(name: str, tags: Mapping[str, str] | None, deletion_protection: str | None) -> dict[str, Any]:
    """What the body of every request for a new index holds."""
    if deletion_protection is not None:
        check_choice("deletion_protection", deletion_protection, choices=DELETION_PROTECTION)
    return given(
        name=check_name("name", name),
        tags=None if tags is None else dict(check_tags("tags", tags)),
        deletion_protection=deletion_protection,
    )


def _indexes(payload: Any) -> tuple[Index, ...]:
    return tuple(Index.decode(row) for row in Fields.of(payload, "a list of indexes").rows("indexes"))
