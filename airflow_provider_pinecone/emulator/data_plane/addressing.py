"""Which index a request is for, and which records it may read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from airflow_provider_pinecone.emulator.protocol.context import CurrentProject
from airflow_provider_pinecone.emulator.protocol.errors import no_such_record_store
from airflow_provider_pinecone.emulator.resources import indexes
from airflow_provider_pinecone.emulator.resources.indexes import Index

PREFIX = "/data/{host}"
DEFAULT_NAMESPACE = "__default__"


async def _index(host: str, project: CurrentProject) -> Index:
    found = indexes.at_host(project, host, project.now())
    if found is None:
        raise no_such_record_store(f"No index at host {host}.")
    return found


CurrentIndex = Annotated[Index, Depends(_index)]


async def _readable(index: CurrentIndex, project: CurrentProject) -> str:
    # Whether the live service shows records during a restore is unknown; the emulator does not.
    return index.index_id if index.is_ready(project.now()) else ""


ReadableOwner = Annotated[str, Depends(_readable)]


def namespace_named(name: str | None) -> str:
    """Give the namespace that a request names; the default one has two names."""
    return "" if name in (None, DEFAULT_NAMESPACE) else str(name)


def namespace_shown(namespace: str) -> str:
    """Give the name of a namespace in listings."""
    return namespace or DEFAULT_NAMESPACE
