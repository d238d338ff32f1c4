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
from airflow_provider_pinecone.emulator.protocol.errors import ApiError
from airflow_provider_pinecone.emulator.resources import schedules


async def _check_plan(project: CurrentProject) -> None:
    if not project.settings.plan_includes_backups:
        raise ApiError(403, "PERMISSION_DENIED", "Scheduled backups are not available for your plan")


router = APIRouter(dependencies=[Depends(since_2026_07), Depends(_check_plan)])


@router.post("/indexes/{index_name}/backup-schedules")
async def create_backup_schedule(index_name: str, view: CurrentView, raw: RawBody) -> Response:
    """A new schedule, enabled."""
    body = bodies.parse(bodies.CreateBackupSchedule, raw)
    made = schedules.create(
        view.project,
        index_name,
        view.moment,
        name=body.name,
        frequency=body.schedule.frequency,
        retention_days=body.retention.expire_after_days,
    )
    return JSONResponse(shapes.schedule(made))


@router.get("/indexes/{index_name}/backup-schedules")
async def list_backup_schedules(index_name: str, view: CurrentView, window: CurrentWindow) -> Response:
    """One index's schedules."""
    found = schedules.of_index(view.project, index_name, view.moment, window)
    return JSONResponse(shapes.page([shapes.schedule(schedule) for schedule in found], window, view))


@router.get("/backup-schedules/{schedule_id}")
async def describe_backup_schedule(schedule_id: str, view: CurrentView) -> Response:
    """One schedule."""
    return JSONResponse(shapes.schedule(schedules.get(view.project, schedule_id, view.moment)))


@router.patch("/backup-schedules/{schedule_id}")
async def update_backup_schedule(schedule_id: str, view: CurrentView, raw: RawBody) -> Response:
    """Frequency, retention and whether it is enabled."""
    body = bodies.parse(bodies.UpdateBackupSchedule, raw)
    changed = schedules.update(
        view.project,
        schedule_id,
        view.moment,
        frequency=body.frequency,
        retention_days=body.retention.expire_after_days if body.retention else None,
        enabled=body.enabled,
    )
    return JSONResponse(shapes.schedule(changed))


@router.delete("/backup-schedules/{schedule_id}")
async def delete_backup_schedule(schedule_id: str, view: CurrentView) -> Response:
    """Delete a schedule."""
    schedules.delete(view.project, schedule_id, view.moment)
    return Response(status_code=204)


@router.get("/backup-schedules/{schedule_id}/history")
async def list_backup_schedule_history(
    schedule_id: str, view: CurrentView, window: CurrentWindow
) -> Response:
    """The backups that a schedule has taken, and will take next."""
    found = schedules.history(view.project, schedule_id, view.moment, window)
    return JSONResponse(shapes.page([shapes.history_row(row, view) for row in found], window, view))
