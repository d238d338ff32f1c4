"""Namespaces. Only HTTP: the work is done in `state.namespaces`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from airflow_provider_pinecone.emulator.data_plane import vectors
from airflow_provider_pinecone.emulator.data_plane.addressing import (
    DEFAULT_NAMESPACE,
    PREFIX,
    CurrentIndex,
    ReadableOwner,
    namespace_named,
    namespace_shown,
)
from airflow_provider_pinecone.emulator.data_plane.paging import limit_of, pagination, read_token
from airflow_provider_pinecone.emulator.protocol.context import CurrentProject, CurrentVersion, RawBody
from airflow_provider_pinecone.emulator.protocol.errors import (
    bad_request,
    name_is_taken,
    no_such_record_store,
)
from airflow_provider_pinecone.emulator.protocol.versions import ApiVersion
from airflow_provider_pinecone.emulator.state import namespaces, records
from airflow_provider_pinecone.emulator.state.namespaces import Namespace
from airflow_provider_pinecone.emulator.state.store import Json


async def _only_serverless(index: CurrentIndex) -> None:
    if index.deployment["deployment_type"] == "pod":
        raise bad_request("Namespace operations are not supported for pod-based indexes.")


router = APIRouter(prefix=f"{PREFIX}/namespaces", dependencies=[Depends(_only_serverless)])


class MetadataField(BaseModel):
    """How a namespace indexes a metadata field. A field that it does not index is left out instead."""

    filterable: Literal[True]


class MetadataSchema(BaseModel):
    """The metadata fields that a namespace indexes."""

    fields: dict[str, MetadataField]


class CreateNamespace(BaseModel):
    """A new namespace."""

    name: Annotated[str, Field(min_length=1, max_length=512, pattern="^[\x01-\x7f]*$")]
    metadata_schema: Annotated[MetadataSchema | None, Field(alias="schema")] = None


@router.post("")
async def create_namespace(
    index: CurrentIndex, project: CurrentProject, version: CurrentVersion, raw: RawBody
) -> Response:
    """An empty namespace."""
    if not version.namespace_schemas:
        raise no_such_record_store("Not Found: before 2025-10, a namespace comes with its first record.")
    body = vectors.parse(CreateNamespace, raw)
    if body.name == DEFAULT_NAMESPACE:
        raise bad_request(f"{DEFAULT_NAMESPACE} is reserved: it comes with its first record.")
    schema = None if body.metadata_schema is None else body.metadata_schema.model_dump()
    made = Namespace(body.name, schema=schema)
    with project.store.transaction() as db:
        if not namespaces.add(db, index.index_id, made, moment=project.now()):
            raise name_is_taken(f"Namespace {body.name} already exists.")
    return JSONResponse(_show(made, version))


@router.get("")
async def list_namespaces(
    request: Request, owner: ReadableOwner, project: CurrentProject, version: CurrentVersion
) -> Response:
    """Namespaces, in order."""
    query = request.query_params
    limit, after = limit_of(query.get("limit")), read_token(query.get("paginationToken"))
    found = {
        namespace_shown(name): namespace
        for name, namespace in namespaces.read_all(project.store.db, owner).items()
    }
    names = sorted(name for name in found if name.startswith(query.get("prefix", "")))
    left = [name for name in names if name > after]
    body: Json = {"namespaces": [_show(found[name], version) for name in left[:limit]]}
    if version.namespace_schemas:
        body["total_count"] = len(names)
    return JSONResponse(body | pagination(left, limit))


@router.get("/{namespace:path}")
async def describe_namespace(
    namespace: str, owner: ReadableOwner, project: CurrentProject, version: CurrentVersion
) -> Response:
    """One namespace."""
    found = namespaces.read_all(project.store.db, owner).get(namespace_named(namespace))
    if found is None:
        raise _no_such(namespace)
    return JSONResponse(_show(found, version))


@router.delete("/{namespace:path}")
async def delete_namespace(namespace: str, index: CurrentIndex, project: CurrentProject) -> Response:
    """Delete a namespace and its records."""
    name = namespace_named(namespace)
    with project.store.transaction() as db:
        if name not in namespaces.read_all(db, index.index_id):
            raise _no_such(namespace)
        records.drop_namespace(db, index.index_id, name)
        namespaces.drop(db, index.index_id, name)
    return JSONResponse({})


def _no_such(namespace: str) -> Exception:
    return no_such_record_store(f"Namespace {namespace} not found.")


def _show(namespace: Namespace, version: ApiVersion) -> Json:
    body: Json = {"name": namespace_shown(namespace.name), "record_count": namespace.record_count}
    if namespace.schema is not None and version.namespace_schemas:
        body |= {"schema": namespace.schema, "indexed_fields": {"fields": list(namespace.schema["fields"])}}
    return body
