"""The emulator as an ASGI application, which also works without a socket."""

from __future__ import annotations

from collections import deque

from fastapi import Depends, FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from airflow_provider_pinecone.emulator.clock import Clock
from airflow_provider_pinecone.emulator.control_plane import collections, schedule_endpoints
from airflow_provider_pinecone.emulator.control_plane import endpoints as control_plane
from airflow_provider_pinecone.emulator.data_plane import endpoints as data_plane
from airflow_provider_pinecone.emulator.data_plane import namespace_endpoints
from airflow_provider_pinecone.emulator.gateway import steering
from airflow_provider_pinecone.emulator.gateway.middleware import Gateway
from airflow_provider_pinecone.emulator.gateway.request_log import CAPACITY
from airflow_provider_pinecone.emulator.protocol.context import CurrentProject
from airflow_provider_pinecone.emulator.protocol.errors import ApiError
from airflow_provider_pinecone.emulator.resources import schedules
from airflow_provider_pinecone.emulator.settings import Settings
from airflow_provider_pinecone.emulator.state.project import Project


def create_app(
    settings: Settings | None = None, *, clock: Clock | None = None, state: str = ":memory:"
) -> FastAPI:
    """Build an emulator with a project of its own, at ``app.state.project``.

    All requests must come from one event loop; each is one transaction.

    :param settings: how the project behaves.
    :param clock: the clock that everything follows.
    :param state: the path of the SQLite file.
    """
    app = FastAPI(openapi_url=None, dependencies=[Depends(_catch_up)])
    app.state.project = Project(settings or Settings(), clock or Clock(), state=state)
    app.state.faults = []
    app.state.log = deque(maxlen=CAPACITY)
    for room in (control_plane, schedule_endpoints, collections, data_plane, namespace_endpoints, steering):
        app.include_router(room.router)
    app.add_middleware(Gateway)
    app.add_exception_handler(ApiError, _show)
    app.add_exception_handler(HTTPException, _show_http)
    app.add_exception_handler(Exception, _show_unknown)
    return app


async def _catch_up(project: CurrentProject) -> None:
    # Nothing happens in the background: each request first does what has come due since the last one.
    schedules.run_due(project, project.now())


async def _show(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - what it is registered for
    return JSONResponse(error.body, error.status)


async def _show_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    code = {404: "NOT_FOUND", 405: "UNIMPLEMENTED"}.get(error.status_code, "UNKNOWN")
    shown = ApiError(error.status_code, code, f"{error.detail}: {request.method} {request.url.path}")
    return JSONResponse(shown.body, error.status_code, error.headers)


async def _show_unknown(request: Request, error: Exception) -> Response:
    return JSONResponse(ApiError(500, "UNKNOWN", "Internal server error").body, 500)
