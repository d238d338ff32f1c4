"""What handlers ask FastAPI for: the project, the version, and how to show things."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from airflow_provider_pinecone.emulator import schedules
from airflow_provider_pinecone.emulator.paging import Window, window
from airflow_provider_pinecone.emulator.project import Project
from airflow_provider_pinecone.emulator.shapes import View
from airflow_provider_pinecone.emulator.versions import HEADER, ApiVersion, version_named


async def _version(request: Request) -> ApiVersion:
    return version_named(request.headers.get(HEADER))


async def _body(request: Request) -> bytes:
    return await request.body()


CurrentVersion = Annotated[ApiVersion, Depends(_version)]
RawBody = Annotated[bytes, Depends(_body)]


async def _project(request: Request, raw: RawBody) -> Project:
    # What time has brought is done when the body is here, and before the request does anything.
    project = cast("Project", request.app.state.project)
    schedules.run_due(project, project.now())
    return project


CurrentProject = Annotated[Project, Depends(_project)]


async def _view(request: Request, project: CurrentProject, version: CurrentVersion, raw: RawBody) -> View:
    # The moment is taken when the body is here, and nothing is waited for between then and the answer.
    # Taken before, it would overlook what other requests do while the body is on its way.
    stale_seconds = getattr(request.state, "stale_seconds", 0.0) if request.method == "GET" else 0.0
    return View(
        version=version,
        moment=project.now() - stale_seconds,
        base_url=str(request.base_url).rstrip("/"),
        quirks=project.settings.quirks == "real",
    )


async def _window(request: Request, version: CurrentVersion) -> Window:
    query = request.query_params
    return window(query.get("limit"), query.get("paginationToken"), version)


CurrentView = Annotated[View, Depends(_view)]
CurrentWindow = Annotated[Window, Depends(_window)]
