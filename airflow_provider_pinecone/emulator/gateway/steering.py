"""The emulator's own endpoints under ``/_emulator``, by which tests steer it. They need no key."""

from __future__ import annotations

import json
from typing import Annotated, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.responses import JSONResponse

from airflow_provider_pinecone.emulator.clock import Clock, from_text, to_text
from airflow_provider_pinecone.emulator.gateway.faults import RULES
from airflow_provider_pinecone.emulator.protocol.context import CurrentProject, RawBody
from airflow_provider_pinecone.emulator.protocol.errors import first_problem, invalid
from airflow_provider_pinecone.emulator.settings import Settings
from airflow_provider_pinecone.emulator.state.store import Json

router = APIRouter(prefix="/_emulator")


class ClockChange(BaseModel):
    """A change of the clock: first it is stopped or started, then set, then moved forward.

    :param frozen: True stops the clock, False lets it run again.
    :param now: the date to set it to.
    :param advance: seconds to move it forward.
    """

    model_config = ConfigDict(extra="forbid")

    frozen: bool | None = None
    now: str | None = None
    advance: Annotated[float, Field(ge=0)] = 0.0


END_OF_TIME = from_text("9000-01-01")  # dates end in 9999, and a schedule looks a month ahead
CLOCK_CHANGE = TypeAdapter(ClockChange)
SETTINGS = TypeAdapter(Settings)
SETTING_CHANGES: TypeAdapter[Json] = TypeAdapter(Json)


@router.get("/health")
async def health() -> Response:
    """Say that it runs."""
    return JSONResponse({"status": "ok"})


@router.get("/requests")
async def read_requests(request: Request) -> Response:
    """Give the log."""
    return JSONResponse({"requests": request.app.state.log.entries()})


@router.delete("/requests")
async def forget_requests(request: Request) -> Response:
    """Empty the log."""
    request.app.state.log.clear()
    return Response(status_code=204)


@router.get("/faults")
async def read_faults(request: Request) -> Response:
    """Give the rules in force."""
    return JSONResponse(RULES.dump_python(request.app.state.faults.rules(), mode="json"))


@router.put("/faults")
async def set_faults(request: Request, raw: RawBody) -> Response:
    """Replace all rules."""
    request.app.state.faults.set(_parse(RULES, raw))
    return await read_faults(request)


@router.get("/clock")
async def read_clock(project: CurrentProject) -> Response:
    """Say what time it is."""
    return _clock(project.clock)


@router.put("/clock")
async def set_clock(project: CurrentProject, raw: RawBody) -> Response:
    """Move or stop the clock."""
    change = _parse(CLOCK_CHANGE, raw)
    moment = project.now() if change.now is None else _moment(change.now)
    if moment + change.advance >= END_OF_TIME:
        raise invalid(f"The clock cannot be set to {to_text(END_OF_TIME)} or later.")
    if change.frozen is True:
        project.clock.freeze()
    if change.frozen is False:
        project.clock.thaw()
    if change.now is not None or change.advance:
        project.clock.set(moment + change.advance)
    project.remember_clock()
    return _clock(project.clock)


@router.get("/settings")
async def read_settings(project: CurrentProject) -> Response:
    """Give the settings, without the key."""
    return JSONResponse(project.settings.model_dump(mode="json", exclude={"api_key"}))


@router.put("/settings")
async def set_settings(project: CurrentProject, raw: RawBody) -> Response:
    """Change the settings that the body names."""
    changes = _parse(SETTING_CHANGES, raw)
    merged = project.settings.model_dump() | changes
    project.change_settings(_parse(SETTINGS, json.dumps(merged).encode()))
    return await read_settings(project)


@router.post("/reset")
async def reset(request: Request, project: CurrentProject) -> Response:
    """Start afresh: no data, no faults, no log, the real time, the settings of the command line."""
    project.reset()
    request.app.state.faults.set([])
    request.app.state.log.clear()
    return Response(status_code=204)


def _moment(date: str) -> float:
    try:
        return from_text(date)
    except ValueError:
        raise invalid(f"now: {date!r} is not a date such as 2026-01-31T12:00:00Z.") from None


T = TypeVar("T")


def _parse(shape: TypeAdapter[T], raw: bytes) -> T:
    try:
        return shape.validate_json(raw)
    except ValidationError as error:
        problem, field = first_problem(error)
        raise invalid(f"{field or 'body'}: {problem['msg']}") from None


def _clock(clock: Clock) -> Response:
    return JSONResponse({"now": to_text(clock.now()), "frozen": clock.frozen_at is not None})
