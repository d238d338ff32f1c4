"""What endpoints ask FastAPI for: the project, the version, the body, and how to show things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from airflow_provider_pinecone.emulator.protocol.errors import no_such_path
from airflow_provider_pinecone.emulator.protocol.paging import Window, window
from airflow_provider_pinecone.emulator.protocol.versions import HEADER, ApiVersion, version_named
from airflow_provider_pinecone.emulator.state.project import Project


@dataclass(frozen=True)
class View:
    """What a request works on and how to show it.

    :param moment: the moment to show; a stale listing shows an earlier one than now.
    :param base_url: where the client reached the emulator, so that it can reach an index there too.
    """

    project: Project
    version: ApiVersion
    moment: float
    base_url: str

    @property
    def quirks(self) -> bool:
        """Whether to deviate from the specs as the live API does."""
        return self.project.settings.quirks == "real"


async def _version(request: Request) -> ApiVersion:
    return version_named(request.headers.get(HEADER))


async def _body(request: Request) -> bytes:
    return await request.body()


CurrentVersion = Annotated[ApiVersion, Depends(_version)]
RawBody = Annotated[bytes, Depends(_body)]


async def _project(request: Request) -> Project:
    # The gateway has read the body: nothing is awaited from here to the response, so no handler misses what
    # other requests did while its own body was on its way.
    return cast("Project", request.app.state.project)


CurrentProject = Annotated[Project, Depends(_project)]


async def _view(request: Request, project: CurrentProject, version: CurrentVersion) -> View:
    stale_seconds = getattr(request.state, "stale_seconds", 0.0) if request.method == "GET" else 0.0
    return View(project, version, project.now() - stale_seconds, str(request.base_url).rstrip("/"))


async def _window(request: Request, version: CurrentVersion) -> Window:
    return window(request.query_params.get("limit"), request.query_params.get("paginationToken"), version)


CurrentView = Annotated[View, Depends(_view)]
CurrentWindow = Annotated[Window, Depends(_window)]


async def before_2026_07(request: Request, version: CurrentVersion) -> None:
    """Serve an endpoint only in the versions before 2026-07."""
    if version.schema_shape:
        raise no_such_path(request.method, request.url.path)


async def since_2026_07(request: Request, version: CurrentVersion) -> None:
    """Serve an endpoint only since 2026-07."""
    if not version.schema_shape:
        raise no_such_path(request.method, request.url.path)
