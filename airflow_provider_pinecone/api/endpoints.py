"""Every call to the API, described once: its arguments become a ``Call``, which either client can send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import (
    DELETION_PROTECTION,
    check_choice,
    check_limit,
    check_name,
    check_tags,
    check_text,
)
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models import (
    Backup,
    Index,
    IndexStats,
    Page,
    RestoreJob,
    StartedRestore,
    Vector,
)

FIRST_SCHEMA_VERSION = "2026-07"
"""The first API version in which a ``schema`` replaces ``dimension``, ``metric`` and ``spec``."""


def create_backup(
    index_name: str, *, name: str | None = None, description: str | None = None
) -> Call[Backup]:
    """Begin a backup of an index. The API knows no idempotency key and takes the same name twice."""
    body = _given(name=None if name is None else check_name("name", name), description=description)
    return Call(
        method="POST",
        path=f"{_index(index_name)}/backups",
        body=body,
        decode=Backup.decode,
        repeatable=False,
    )


def describe_backup(backup_id: str) -> Call[Backup]:
    """Read one backup."""
    return Call(method="GET", path=_backup(backup_id), decode=Backup.decode)


def list_backups(
    index_name: str | None = None,
    *,
    limit: int | None = None,
    pagination_token: str | None = None,
    include_deleted: bool = False,
) -> Call[Page[Backup]]:
    """Read one page of the backups of an index, or of the whole project.

    By name the API knows only an index that exists, unless ``include_deleted``: then also those deleted
    before that bore the name. The project's listing always holds the backups of deleted indexes.
    """
    query = _paging(limit, pagination_token)
    if index_name is None:
        return Call(method="GET", path="/backups", query=query, decode=Page.decoder(Backup.decode))
    if include_deleted:
        query = (*query, ("include_deleted", "true"))
    return Call(
        method="GET",
        path=f"{_index(index_name)}/backups",
        query=query,
        decode=Page.decoder(Backup.decode),
    )


def delete_backup(backup_id: str) -> Call[None]:
    """Delete a backup. Neither its source nor the indexes made from it are touched."""
    return Call(method="DELETE", path=_backup(backup_id), decode=_nothing)


def create_index_from_backup(
    backup_id: str,
    *,
    name: str,
    tags: Mapping[str, str] | None = None,
    deletion_protection: str | None = None,
    read_capacity: Mapping[str, Any] | None = None,
) -> Call[StartedRestore]:
    """Begin to make a new index from a backup.

    Without ``tags`` the index gets the backup's; with them, only these. Deletion protection is never
    inherited. ``read_capacity`` is known since API version 2026-07.
    """
    body = _given(
        name=check_name("name", name),
        tags=None if tags is None else dict(check_tags("tags", tags)),
        deletion_protection=_protection(deletion_protection),
        read_capacity=None if read_capacity is None else dict(read_capacity),
    )
    return Call(
        method="POST",
        path=f"{_backup(backup_id)}/create-index",
        body=body,
        decode=StartedRestore.decode,
        repeatable=False,
    )


def describe_restore_job(restore_job_id: str) -> Call[RestoreJob]:
    """Read one restore job. The API answers 404 on passing faults, and for ever once the index is deleted."""
    path = f"/restore-jobs/{_segment('restore_job_id', restore_job_id)}"
    return Call(method="GET", path=path, decode=RestoreJob.decode)


def list_restore_jobs(
    *, limit: int | None = None, pagination_token: str | None = None
) -> Call[Page[RestoreJob]]:
    """Read one page of the project's restore jobs. The API's listing drops rows, repeats and stops early."""
    return Call(
        method="GET",
        path="/restore-jobs",
        query=_paging(limit, pagination_token),
        decode=Page.decoder(RestoreJob.decode),
    )


def list_indexes() -> Call[tuple[Index, ...]]:
    """Read all indexes of the project; the API does not page them."""
    return Call(method="GET", path="/indexes", decode=_indexes)


def describe_index(index_name: str) -> Call[Index]:
    """Read one index."""
    return Call(method="GET", path=_index(index_name), decode=Index.decode)


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
    if api_version >= FIRST_SCHEMA_VERSION:
        vectors = {"type": "dense_vector", "dimension": dimension, "metric": metric}
        kind: dict[str, Any] = {
            "schema": {"fields": {"_values": vectors}},
            "deployment": {"deployment_type": "managed", "cloud": cloud, "region": region},
        }
    else:
        serverless = {"cloud": cloud, "region": region}
        kind = {"dimension": dimension, "metric": metric, "spec": {"serverless": serverless}}
    settings = _given(
        name=check_name("name", name),
        tags=None if tags is None else dict(check_tags("tags", tags)),
        deletion_protection=_protection(deletion_protection),
    )
    return Call(
        method="POST", path="/indexes", body={**settings, **kind}, decode=Index.decode, repeatable=False
    )


def delete_index(index_name: str) -> Call[None]:
    """Delete an index with all its records. Its backups stay."""
    return Call(method="DELETE", path=_index(index_name), decode=_nothing)


def describe_index_stats(host: str) -> Call[IndexStats]:
    """Count the records of the index that ``host`` serves. The counts follow writes with some delay."""
    return Call(method="POST", path="/describe_index_stats", body={}, host=host, decode=IndexStats.decode)


def list_vector_ids(
    host: str,
    *,
    namespace: str = "",
    prefix: str | None = None,
    limit: int | None = None,
    pagination_token: str | None = None,
) -> Call[Page[str]]:
    """Read one page of the ids of a namespace."""
    query = (*_paging(limit, pagination_token), ("namespace", namespace))
    if prefix:
        query = (*query, ("prefix", prefix))
    return Call(
        method="GET",
        path="/vectors/list",
        query=query,
        host=host,
        decode=Page.decoder(_vector_id, key="vectors"),
    )


def fetch_vectors(host: str, *, ids: Iterable[str], namespace: str = "") -> Call[dict[str, Vector]]:
    """Read records by their ids. Ids that are not there are not in the answer."""
    if isinstance(ids, str):
        raise PineconeInputError(f"ids must be several texts, got the one text {ids!r:.80}.")
    query = (*(("ids", check_text("ids", one)) for one in ids), ("namespace", namespace))
    return Call(method="GET", path="/vectors/fetch", query=query, host=host, decode=_vectors)


def upsert_vectors(host: str, *, vectors: Iterable[Vector], namespace: str = "") -> Call[int]:
    """Write records, at most 1,000 at once, and answer how many were written."""
    body = {"vectors": [vector.as_payload() for vector in vectors], "namespace": namespace}
    return Call(method="POST", path="/vectors/upsert", body=body, host=host, decode=_upserted)


def _index(index_name: str) -> str:
    return f"/indexes/{_segment('index_name', index_name)}"


def _backup(backup_id: str) -> str:
    return f"/backups/{_segment('backup_id', backup_id)}"


def _segment(field: str, value: str) -> str:
    if check_text(field, value).strip(".") == "":
        raise PineconeInputError(f"{field} must be a name or an id, got {value!r}.")
    return quote(value, safe="")


def _paging(limit: int | None, pagination_token: str | None) -> tuple[tuple[str, str], ...]:
    query = []
    if limit is not None:
        query.append(("limit", str(check_limit(limit))))
    if pagination_token is not None:
        query.append(("paginationToken", check_text("pagination_token", pagination_token)))
    return tuple(query)


def _given(**arguments: Any) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def _protection(value: str | None) -> str | None:
    return None if value is None else check_choice("deletion_protection", value, choices=DELETION_PROTECTION)


def _nothing(payload: Any) -> None:
    return None


def _indexes(payload: Any) -> tuple[Index, ...]:
    return tuple(Index.decode(row) for row in Fields.of(payload, "a list of indexes").rows("indexes"))


def _vector_id(payload: Any) -> str:
    return Fields.of(payload, "a vector").text("id")


def _vectors(payload: Any) -> dict[str, Vector]:
    vectors = Fields.of(payload, "fetched vectors").part("vectors").values
    return {id: Vector.decode(vector) for id, vector in vectors.items()}


def _upserted(payload: Any) -> int:
    return Fields.of(payload, "an upsert's answer").optional_count("upsertedCount") or 0
