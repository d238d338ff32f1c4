"""Indexes, backups and restore jobs. Only HTTP: the work is done in `resources`."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import JSONResponse

from airflow_provider_pinecone.emulator.control_plane import bodies, definitions, quirks, shapes
from airflow_provider_pinecone.emulator.protocol import errors
from airflow_provider_pinecone.emulator.protocol.context import (
    CurrentView,
    CurrentWindow,
    RawBody,
    before_2026_07,
)
from airflow_provider_pinecone.emulator.resources import backups, indexes, restores, rules

router = APIRouter()


@router.get("/indexes")
async def list_indexes(view: CurrentView) -> Response:
    """All indexes."""
    found = indexes.listing(view.project, view.moment)
    return JSONResponse({"indexes": [shapes.index(index, view) for index in found]})


@router.post("/indexes")
async def create_index(view: CurrentView, raw: RawBody) -> Response:
    """A new index, described in the shape of the version."""
    wanted = definitions.new_index(raw, view.version)
    return JSONResponse(shapes.index(indexes.create(view.project, wanted, view.moment), view), 201)


@router.post("/indexes/create-for-model", dependencies=[Depends(before_2026_07)])
async def create_index_for_model(view: CurrentView, raw: RawBody) -> Response:
    """A new index with integrated embedding, which only the classic shape can describe."""
    wanted = definitions.new_index_for_model(raw)
    return JSONResponse(shapes.index(indexes.create(view.project, wanted, view.moment), view), 201)


@router.get("/indexes/{index_name}")
async def describe_index(index_name: str, view: CurrentView) -> Response:
    """One index."""
    return JSONResponse(shapes.index(indexes.get(view.project, index_name, view.moment), view))


@router.patch("/indexes/{index_name}")
async def configure_index(index_name: str, view: CurrentView, raw: RawBody) -> Response:
    """Tags, deletion protection and read capacity."""
    changes = definitions.changes(raw, view.version)
    changed = indexes.configure(view.project, index_name, changes, view.moment)
    return JSONResponse(shapes.index(changed, view), view.version.configured_status)


@router.delete("/indexes/{index_name}")
async def delete_index(index_name: str, view: CurrentView) -> Response:
    """Delete an index."""
    indexes.delete(view.project, index_name, view.moment)
    return Response(status_code=202)


@router.post("/indexes/{index_name}/backups")
async def create_backup(index_name: str, view: CurrentView, raw: RawBody) -> Response:
    """Take a backup. Before 2026-07 any name will do."""
    body = bodies.parse(bodies.CreateBackup, raw)
    if body.name is not None and view.version.schema_shape:
        rules.check_name(body.name, what="Backup name")
    made = backups.create(view.project, index_name, view.moment, name=body.name, description=body.description)
    return JSONResponse(shapes.backup(made, view), view.version.backup_created_status)


@router.get("/indexes/{index_name}/backups")
async def list_index_backups(
    index_name: str, request: Request, view: CurrentView, window: CurrentWindow
) -> Response:
    """One index's backups; with ``include_deleted`` those of all indexes that ever had its name."""
    asked = request.query_params.get("include_deleted", "false")
    if asked not in ("true", "false"):
        raise errors.invalid(f"Invalid include_deleted {asked!r}: must be true or false.")
    include_deleted = asked == "true"
    found = backups.of_index(view.project, index_name, view.moment, window, include_deleted=include_deleted)
    rows = [shapes.backup(backup, view, with_deletion=include_deleted) for backup in found]
    return JSONResponse(shapes.page(rows, window, view))


@router.get("/backups")
async def list_project_backups(view: CurrentView, window: CurrentWindow) -> Response:
    """All backups, including those of deleted indexes."""
    found = backups.of_project(view.project, view.moment, window)
    return JSONResponse(shapes.page([shapes.backup(backup, view) for backup in found], window, view))


@router.get("/backups/{backup_id}")
async def describe_backup(backup_id: str, view: CurrentView) -> Response:
    """One backup."""
    return JSONResponse(shapes.backup(backups.get(view.project, backup_id, view.moment), view))


@router.delete("/backups/{backup_id}")
async def delete_backup(backup_id: str, view: CurrentView) -> Response:
    """Delete a backup."""
    backups.delete(view.project, backup_id, view.moment)
    return Response(status_code=202)


@router.post("/backups/{backup_id}/create-index")
async def create_index_from_backup(backup_id: str, view: CurrentView, raw: RawBody) -> Response:
    """Start making an index from a backup."""
    body = bodies.parse(bodies.CreateIndexFromBackup, raw)
    job = restores.create(
        view.project,
        backup_id,
        view.moment,
        name=body.name,
        tags=body.tags,
        deletion_protection=body.deletion_protection,
        read_capacity=definitions.read_capacity(body.read_capacity),
    )
    return JSONResponse({"restore_job_id": job.restore_job_id, "index_id": job.target_index_id}, 202)


@router.get("/restore-jobs")
async def list_restore_jobs(view: CurrentView, window: CurrentWindow) -> Response:
    """All restore jobs."""
    shown = quirks.overlapping(window, view.project.chance) if view.quirks else window
    found = restores.of_project(view.project, view.moment, shown)
    if view.quirks:
        found = quirks.thinned(found, view.project.chance)
    return JSONResponse(shapes.page([shapes.restore_job(job, view) for job in found], window, view))


@router.get("/restore-jobs/{job_id}")
async def describe_restore_job(job_id: str, view: CurrentView) -> Response:
    """One restore job."""
    job = restores.get(view.project, job_id, view.moment)
    if view.quirks and quirks.hides(job, view.project.chance):
        raise errors.not_found(f"Restore job {job_id}")
    return JSONResponse(shapes.restore_job(job, view))
