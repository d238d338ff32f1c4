"""Backup schedules. Only HTTP: the work is done in `resources`."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from starlette.responses import JSONResponse

from airflow_provider_pinecone.emulator.control_plane import bodies, shapes
from airflow_provider_pinecone.emulator.protocol.context import (
    CurrentProject,
    CurrentView,
    CurrentWindow,
    RawBody,
    since_2026_07,
)
from airflow_provider_pinecone.emulator.resources import schedules

router = APIRouter(dependencies=[Depends(since_2026_07)])


@router.post("/indexes/{index_name}/backup-schedules")
async def create_backup_schedule(
    index_name: str, project: CurrentProject, view: CurrentView, raw: RawBody
) -> Response:
    """A new schedule, enabled."""
    schedules.check_plan(project)
    body = bodies.parse(bodies.CreateBackupSchedule, raw)
    made = schedules.create(
        project,
        index_name,
        view.moment,
        name=body.name,
        frequency=body.schedule.frequency,
        retention_days=body.retention.expire_after_days,
    )
    return JSONResponse(shapes.schedule(made))


@router.get("/indexes/{index_name}/backup-schedules")
async def list_backup_schedules(
    index_name: str, project: CurrentProject, view: CurrentView, window: CurrentWindow
) -> Response:
    """One index's schedules."""
    found = schedules.of_index(project, index_name, view.moment, window)
    rows = [shapes.schedule(schedule) for schedule in found]
    return JSONResponse(shapes.page(rows, window, view))


@router.get("/backup-schedules/{schedule_id}")
async def describe_backup_schedule(schedule_id: str, project: CurrentProject, view: CurrentView) -> Response:
    """One schedule."""
    return JSONResponse(shapes.schedule(schedules.get(project, schedule_id, view.moment)))


@router.patch("/backup-schedules/{schedule_id}")
async def update_backup_schedule(
    schedule_id: str, project: CurrentProject, view: CurrentView, raw: RawBody
) -> Response:
    """Frequency, retention and whether it is enabled."""
    schedules.check_plan(project)
    body = bodies.parse(bodies.UpdateBackupSchedule, raw)
    changed = schedules.update(
        project,
        schedule_id,
        view.moment,
        frequency=body.frequency,
        retention_days=body.retention.expire_after_days if body.retention else None,
        enabled=body.enabled,
    )
    return JSONResponse(shapes.schedule(changed))


@router.delete("/backup-schedules/{schedule_id}")
async def delete_backup_schedule(schedule_id: str, project: CurrentProject, view: CurrentView) -> Response:
    """Delete a schedule."""
    schedules.delete(project, schedule_id, view.moment)
    return Response(status_code=204)


@router.get("/backup-schedules/{schedule_id}/history")
async def list_backup_schedule_history(
    schedule_id: str, project: CurrentProject, view: CurrentView, window: CurrentWindow
) -> Response:
    """The backups that a schedule has taken, and will take next."""
    found = schedules.history(project, schedule_id, view.moment, window)
    rows = [shapes.history_row(row, view) for row in found]
    return JSONResponse(shapes.page(rows, window, view))
