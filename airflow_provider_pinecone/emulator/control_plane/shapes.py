"""How the API shows indexes, backups, schedules and restore jobs, in both of its shapes."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_pinecone.emulator.clock import fraction, to_text
from airflow_provider_pinecone.emulator.control_plane import quirks
from airflow_provider_pinecone.emulator.protocol.context import View
from airflow_provider_pinecone.emulator.protocol.paging import Window
from airflow_provider_pinecone.emulator.protocol.versions import ApiVersion
from airflow_provider_pinecone.emulator.resources.backups import Backup
from airflow_provider_pinecone.emulator.resources.indexes import VECTOR_TYPES, Index
from airflow_provider_pinecone.emulator.resources.restores import RestoreJob
from airflow_provider_pinecone.emulator.resources.schedules import PlannedRun, Schedule
from airflow_provider_pinecone.emulator.state.store import Json

PROJECT_ID = "00000000-0000-4000-8000-000000000001"
READ_CAPACITY_READY = {"status": {"state": "Ready"}}


def index(found: Index, view: View) -> Json:
    """Show an index."""
    specific = _schema_shaped if view.version.schema_shape else _classic
    body = {
        "name": found.name,
        "host": f"{view.base_url}/data/{found.host}",
        "status": {"ready": found.is_ready(view.moment), "state": found.state(view.moment)},
        "deletion_protection": found.deletion_protection,
    }
    return _present(body | specific(found, view.version)) | {"tags": _tags(found.tags, view)}


def backup(found: Backup, view: View, *, with_deletion: bool = False) -> Json:
    """Show a backup. While it is Initializing it has no counts.

    :param with_deletion: whether to show when its index was deleted, as listings with ``include_deleted`` do.
    """
    status = found.status(view.moment)
    body = {
        "backup_id": found.backup_id,
        "source_index_id": found.source_index_id,
        "source_index_name": found.source_index_name,
        "source_index_deleted_at": _date(found.source_index_deleted_at if with_deletion else None),
        "name": found.name,
        "description": found.description,
        "status": status,
        **_place(found.deployment),
        "created_at": to_text(found.created_at),
    }
    if status == "Ready":
        body |= {name: getattr(found, name) for name in quirks.COUNTS}
    if view.version.schema_shape:
        body["schema"] = {"fields": found.schema}
    else:
        body |= _vectors(found.schema)
        if view.version.backup_schema:
            body["schema"] = _metadata_schema(found.schema)
    shown = _present(body) | {"tags": _tags(found.tags, view)}
    return quirks.backup(shown, found.schema) if view.quirks else shown


def restore_job(found: RestoreJob, view: View) -> Json:
    """Show a restore job.

    Since 2026-07 it shows 100 percent or nothing. The older specs let it show progress, so the emulator does;
    the live API never does.
    """
    status = found.status(view.moment)
    percent: float | None = None
    if status == "Completed":
        percent = 100 if view.version.schema_shape else 100.0
    elif status == "Pending" and not view.version.schema_shape and not view.quirks:
        percent = round(100 * fraction(view.moment, begun=found.created_at, done=found.done_at), 1)
    body = {
        "restore_job_id": found.restore_job_id,
        "backup_id": found.backup_id,
        "target_index_name": found.target_index_name,
        "target_index_id": found.target_index_id,
        "status": status,
        "created_at": to_text(found.created_at),
        "completed_at": _date(found.ended_at(view.moment)),
        "percent_complete": percent,
    }
    shown = _present(body)
    return {"completed_at": None, **shown} if view.version.schema_shape else shown


def schedule(found: Schedule) -> Json:
    """Show a schedule."""
    return {
        "schedule_id": found.schedule_id,
        "name": found.name,
        "index_id": found.index_id,
        "project_id": PROJECT_ID,
        "schedule_type": "time-based",
        "frequency": found.frequency,
        "retention_expire_after_days": found.retention_days,
        "enabled": found.enabled,
        "next_scheduled_run": _date(found.next_run_at),
        "created_at": to_text(found.created_at),
    }


def history_row(found: Backup | PlannedRun, view: View) -> Json:
    """Show a backup that a schedule has taken, or will take next.

    The live API shows the next one as an Initializing backup and omits when it will run.
    """
    if not isinstance(found, PlannedRun):
        return backup(found, view)
    made_of = found.index
    body = {
        "backup_id": found.schedule.backup_id(found.run),
        "source_index_id": made_of.index_id,
        "source_index_name": made_of.name,
        "tags": made_of.tags or None,
        "name": found.schedule.backup_name(found.run),
        "status": "Scheduled",
        **_place(made_of.deployment),
        "schema": {"fields": made_of.schema},
        "created_at": to_text(found.schedule.planned_at),
        "scheduled_execution_at": to_text(found.run),
    }
    return quirks.planned_run(body, made_of.schema) if view.quirks else body


def page(rows: Sequence[Json], window: Window, view: View) -> Json:
    """Show a page of a listing."""
    if (next_token := window.next_token(rows)) is not None:
        return {"data": rows, "pagination": {"next": next_token}}
    # Before 2026-07 the specs do not allow null here.
    return {"data": rows, "pagination": None} if view.version.schema_shape or view.quirks else {"data": rows}


def _vectors(schema: dict[str, Json]) -> Json:
    """Give a schema's dimension and metric, as classic responses have them."""
    for field in schema.values():
        if field.get("type") == "dense_vector":
            return {"dimension": field["dimension"], "metric": field["metric"]}
    return {"metric": "dotproduct"}


def _metadata_schema(schema: dict[str, Json]) -> Json | None:
    """Give a schema's filterable metadata fields; None if it has none."""
    fields = {
        name: {"filterable": True} for name, field in schema.items() if field.get("type") not in VECTOR_TYPES
    }
    return {"fields": fields} if fields else None


def _schema_shaped(found: Index, version: ApiVersion) -> Json:
    deployment = found.deployment
    if deployment["deployment_type"] == "managed":
        deployment = deployment | {"environment": f"{deployment['region']}-{deployment['cloud']}"}
    return {
        "schema": {"fields": found.schema},
        "deployment": deployment,
        "read_capacity": None if _is_pod(found) else found.read_capacity | READ_CAPACITY_READY,
        "source_collection": found.source_collection,
        "source_backup_id": found.source_backup_id,
        "cmek_id": found.cmek_id,
    }


def _classic(found: Index, version: ApiVersion) -> Json:
    return _vectors(found.schema) | {
        "vector_type": found.vector_type,
        "spec": _spec(found, version),
        "embed": found.embed,
    }


def _spec(found: Index, version: ApiVersion) -> Json:
    deployment = {name: value for name, value in found.deployment.items() if name != "deployment_type"}
    if _is_pod(found):
        pods = deployment["replicas"] * deployment["shards"]
        return {"pod": _present(deployment | {"pods": pods, "source_collection": found.source_collection})}
    spec: Json = deployment
    if version.read_capacity:
        spec |= {
            "read_capacity": found.read_capacity | READ_CAPACITY_READY,
            "schema": _metadata_schema(found.schema),
        }
    if found.deployment["deployment_type"] == "byoc":
        return {"byoc": _present(spec)}
    return {"serverless": _present(spec | {"source_collection": found.source_collection})}


def _is_pod(found: Index) -> bool:
    return bool(found.deployment["deployment_type"] == "pod")


def _place(deployment: Json) -> Json:
    if deployment["deployment_type"] == "managed":
        return {"cloud": deployment["cloud"], "region": deployment["region"]}
    cloud, _, region = deployment["environment"].partition("-")
    return {"cloud": cloud, "region": region}


def _tags(tags: dict[str, str], view: View) -> dict[str, str] | None:
    # The live API sends null for none; only the specs since 2026-07 allow it.
    return tags or (None if view.version.schema_shape or view.quirks else {})


def _date(moment: float | None) -> str | None:
    return None if moment is None else to_text(moment)


def _present(body: Json) -> Json:
    return {name: value for name, value in body.items() if value is not None}
