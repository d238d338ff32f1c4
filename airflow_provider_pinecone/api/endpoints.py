"""Every call to the API, described once: its arguments become a ``Call`` that either client can send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from airflow_provider_pinecone.api.building import create, delete, get, given, paging, update
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import (
    DELETION_PROTECTION,
    FREQUENCIES,
    check_choice,
    check_flag,
    check_id,
    check_name,
    check_schedule_name,
    check_string,
    check_tags,
    check_text,
    check_whole,
)
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models import (
    Backup,
    BackupSchedule,
    BackupScheduleHistoryItem,
    Index,
    IndexStats,
    Page,
    RestoreJob,
    StartedRestore,
    Vector,
)
from airflow_provider_pinecone.api.redaction import quoted

T = TypeVar("T")

FIRST_SCHEMA_VERSION = "2026-07"
"""The first API version in which a ``schema`` replaces ``dimension``, ``metric`` and ``spec``."""

FIRST_SCHEDULE_VERSION = "2026-07"
"""The first API version with backup schedules."""


FIRST_VERSION_OF_DELETIONS = "2026-07"
"""The first API version that tells when the index of a backup was deleted."""


def create_backup(
    index_name: str, *, name: str | None = None, description: str | None = None
) -> Call[Backup]:
    """Begin a backup of an index. The API has no idempotency keys and accepts the same name twice."""
    body = given(
        name=None if name is None else check_name("name", name),
        description=None if description is None else check_string("description", description),
    )
    return create(f"{_index(index_name)}/backups", body, Backup.decode)


def describe_backup(backup_id: str) -> Call[Backup]:
    """Read one backup."""
    return get(_backup(backup_id), Backup.decode)


def list_backups(
    index_name: str | None = None,
    *,
    limit: int | None = None,
    pagination_token: str | None = None,
    include_deleted: bool = False,
) -> Call[Page[Backup]]:
    """Read one page of the backups of an index, or of the whole project.

    Listing by name works only for existing indexes, unless ``include_deleted``, which adds the backups of
    deleted indexes of that name. The project's listing always holds the backups of deleted indexes.
    """
    query = paging(limit, pagination_token)
    if index_name is None:
        return get("/backups", Page.decoder(Backup.decode), query)
    if include_deleted:
        query = (*query, ("include_deleted", "true"))
    return get(f"{_index(index_name)}/backups", Page.decoder(Backup.decode), query)


def delete_backup(backup_id: str) -> Call[None]:
    """Delete a backup. Its source and the indexes made from it stay."""
    return delete(_backup(backup_id))


def create_index_from_backup(
    backup_id: str,
    *,
    name: str,
    tags: Mapping[str, str] | None = None,
    deletion_protection: str | None = None,
    read_capacity: Mapping[str, Any] | None = None,
) -> Call[StartedRestore]:
    """Begin to make a new index from a backup.

    ``tags`` replace the backup's tags. Deletion protection is never inherited. ``read_capacity`` needs API
    version 2026-07 or later.
    """
    body = _new_index(name, tags, deletion_protection)
    if read_capacity is not None:
        body["read_capacity"] = dict(read_capacity)
    return create(f"{_backup(backup_id)}/create-index", body, StartedRestore.decode)


def describe_restore_job(restore_job_id: str) -> Call[RestoreJob]:
    """Read one restore job. The API answers 404 on passing faults, and always once the index is deleted."""
    return get(f"/restore-jobs/{check_id('restore_job_id', restore_job_id)}", RestoreJob.decode)


def list_restore_jobs(
    *, limit: int | None = None, pagination_token: str | None = None
) -> Call[Page[RestoreJob]]:
    """Read one page of the project's restore jobs. The API's listing drops rows, repeats and stops early."""
    return get("/restore-jobs", Page.decoder(RestoreJob.decode), paging(limit, pagination_token))


def create_backup_schedule(
    index_name: str, *, name: str, frequency: str, retention_days: int
) -> Call[BackupSchedule]:
    """Begin to have Pinecone back an index up ``daily``, ``weekly`` or ``monthly``.

    Pinecone names each backup ``{name}-{YYYYMMDDTHHMMSSZ}`` and deletes it after ``retention_days``. An index
    has at most one enabled schedule.
    """
    body = {
        "name": check_schedule_name("name", name),
        "schedule": {"type": "time-based", "frequency": _frequency(frequency)},
        "retention": _retention(retention_days),
    }
    return _of_schedules(create(f"{_index(index_name)}/backup-schedules", body, BackupSchedule.decode))


def list_backup_schedules(
    index_name: str, *, limit: int | None = None, pagination_token: str | None = None
) -> Call[Page[BackupSchedule]]:
    """Read one page of the schedules of an index, disabled ones included."""
    path, query = f"{_index(index_name)}/backup-schedules", paging(limit, pagination_token)
    return _of_schedules(get(path, Page.decoder(BackupSchedule.decode), query))


def describe_backup_schedule(schedule_id: str) -> Call[BackupSchedule]:
    """Read one schedule."""
    return _of_schedules(get(_schedule(schedule_id), BackupSchedule.decode))


def update_backup_schedule(
    schedule_id: str,
    *,
    frequency: str | None = None,
    retention_days: int | None = None,
    enabled: bool | None = None,
) -> Call[BackupSchedule]:
    """Change a schedule; None leaves things as they are.

    A new retention also applies to the backups that exist. A schedule that is enabled again plans its next
    run from now.
    """
    body = given(
        frequency=None if frequency is None else _frequency(frequency),
        retention=None if retention_days is None else _retention(retention_days),
        enabled=None if enabled is None else check_flag("enabled", enabled),
    )
    if not body:
        raise PineconeInputError("give frequency, retention_days or enabled: there is nothing to update.")
    return _of_schedules(update(_schedule(schedule_id), body, BackupSchedule.decode))


def delete_backup_schedule(schedule_id: str) -> Call[None]:
    """Delete a schedule. Its backups stay until they expire."""
    return _of_schedules(delete(_schedule(schedule_id)))


def list_backup_schedule_history(
    schedule_id: str, *, limit: int | None = None, pagination_token: str | None = None
) -> Call[Page[BackupScheduleHistoryItem]]:
    """Read one page of the backups that a schedule has made, its next run included."""
    path, query = f"{_schedule(schedule_id)}/history", paging(limit, pagination_token)
    return _of_schedules(get(path, Page.decoder(BackupScheduleHistoryItem.decode), query))


def list_indexes() -> Call[tuple[Index, ...]]:
    """Read all indexes of the project; the API does not page them."""
    return get("/indexes", _indexes)


def describe_index(index_name: str) -> Call[Index]:
    """Read one index."""
    return get(_index(index_name), Index.decode)


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
    return create("/indexes", {**_new_index(name, tags, deletion_protection), **kind}, Index.decode)


def delete_index(index_name: str) -> Call[None]:
    """Delete an index with all its records. Its backups stay."""
    return delete(_index(index_name))


def describe_index_stats(host: str) -> Call[IndexStats]:
    """Count the records of the index that ``host`` serves. The counts lag behind writes."""
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
    query = (*paging(limit, pagination_token), _namespace(namespace))
    if prefix:
        query = (*query, ("prefix", check_string("prefix", prefix)))
    return get("/vectors/list", Page.decoder(_vector_id, key="vectors"), query, host=host)


def fetch_vectors(host: str, *, ids: Iterable[str], namespace: str = "") -> Call[dict[str, Vector]]:
    """Read records by their ids. Missing ids are left out of the result."""
    if isinstance(ids, str):
        raise PineconeInputError(f"ids must be several strings, got the one string {quoted(ids)}.")
    query = (*(("ids", check_text("ids", one)) for one in ids), _namespace(namespace))
    return get("/vectors/fetch", _vectors, query, host=host)


def upsert_vectors(host: str, *, vectors: Iterable[Vector], namespace: str = "") -> Call[int]:
    """Write records, at most 1,000 at once. The result is how many were written."""
    body = {"vectors": [vector.as_payload() for vector in vectors], "namespace": namespace}
    return Call(method="POST", path="/vectors/upsert", body=body, host=host, decode=_upserted)


def _namespace(namespace: str) -> tuple[str, str]:
    return "namespace", check_string("namespace", namespace)


def _index(index_name: str) -> str:
    return f"/indexes/{check_id('index_name', index_name)}"


def _backup(backup_id: str) -> str:
    return f"/backups/{check_id('backup_id', backup_id)}"


def _schedule(schedule_id: str) -> str:
    return f"/backup-schedules/{check_id('schedule_id', schedule_id)}"


def _of_schedules(call: Call[T]) -> Call[T]:
    return replace(call, since=FIRST_SCHEDULE_VERSION)


def _frequency(frequency: str) -> str:
    return check_choice("frequency", frequency, choices=FREQUENCIES)


def _retention(days: int) -> dict[str, int]:
    return {"expire_after_days": check_whole("retention_days", days, least=1)}


def _new_index(name: str, tags: Mapping[str, str] | None, deletion_protection: str | None) -> dict[str, Any]:
    if deletion_protection is not None:
        check_choice("deletion_protection", deletion_protection, choices=DELETION_PROTECTION)
    return given(
        name=check_name("name", name),
        tags=None if tags is None else dict(check_tags("tags", tags)),
        deletion_protection=deletion_protection,
    )


def _indexes(payload: Any) -> tuple[Index, ...]:
    return tuple(Index.decode(row) for row in Fields.of(payload, "a list of indexes").rows("indexes"))


def _vector_id(payload: Any) -> str:
    return Fields.of(payload, "a vector").text("id")


def _vectors(payload: Any) -> dict[str, Vector]:
    vectors = Fields.of(payload, "fetched vectors").part("vectors").values
    return {id: Vector.decode(vector) for id, vector in vectors.items()}


def _upserted(payload: Any) -> int:
    return Fields.of(payload, "an upsert's response").optional_count("upsertedCount") or 0
