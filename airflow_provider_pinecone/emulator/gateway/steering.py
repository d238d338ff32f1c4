"""The emulator's own endpoints under ``/_emulator``, with which tests steer it. They need no key.

Those that change something need a header: see `guard`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError
from starlette.responses import JSONResponse

from airflow_provider_pinecone.emulator.clock import Clock, to_text
from airflow_provider_pinecone.emulator.gateway.faults import RULES
from airflow_provider_pinecone.emulator.protocol.context import CurrentProject, RawBody
from airflow_provider_pinecone.emulator.protocol.errors import first_problem, invalid
from airflow_provider_pinecone.emulator.settings import Settings
from airflow_provider_pinecone.emulator.state.store import Json

PREFIX = "/_emulator"

router = APIRouter(prefix=PREFIX)


def _in_utc(date: datetime) -> datetime:
    return date if date.tzinfo else date.replace(tzinfo=UTC)


class ClockChange(BaseModel, extra="forbid"):
    """A change of the clock, which is first stopped or started, then set, then moved forward.

    :param frozen: True stops the clock, False lets it run again.
    :param now: the date to set it to, in UTC unless it names another zone.
    :param advance: seconds to move it forward.
    """

    frozen: bool | None = None
    now: Annotated[datetime, AfterValidator(_in_utc)] | None = None
    advance: Annotated[float, Field(ge=0)] = 0.0


END_OF_TIME = datetime(9000, 1, 1, tzinfo=UTC).timestamp()  # Python's dates end in 9999; schedules look ahead
CLOCK_CHANGE = TypeAdapter(ClockChange)
SETTINGS = TypeAdapter(Settings)
SETTING_CHANGES: TypeAdapter[Json] = TypeAdapter(Json)


@router.get("/health")
async def health() -> Response:
    """Say that the emulator runs."""
    return JSONResponse({"status": "ok"})


@router.get("/requests")
async def read_requests(request: Request) -> Response:
    """Give the log."""
    return JSONResponse({"requests": [asdict(entry) for entry in request.app.state.log]})


@router.delete("/requests")
async def forget_requests(request: Request) -> Response:
    """Empty the log."""
    request.app.state.log.clear()
    return Response(status_code=204)


@router.get("/faults")
async def read_faults(request: Request) -> Response:
    """Give the rules in force."""
    return JSONResponse(RULES.dump_python(request.app.state.faults, mode="json"))


@router.put("/faults")
async def set_faults(request: Request, raw: RawBody) -> Response:
    """Replace all rules."""
    request.app.state.faults = _parse(RULES, raw)
    return await read_faults(request)


@router.get("/clock")
async def read_clock(project: CurrentProject) -> Response:
    """Say what time it is."""
    return _clock(project.clock)


@router.put("/clock")
async def set_clock(project: CurrentProject, raw: RawBody) -> Response:
    """Move or stop the clock."""
    change = _parse(CLOCK_CHANGE, raw)
    moment = project.now() if change.now is None else change.now.timestamp()
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
    """Start over: no data, no faults, an empty log, the real time, the settings of the command line."""
    project.reset()
    request.app.state.faults = []
    request.app.state.log.clear()
    return Response(status_code=204)


T = TypeVar("T")


def _parse(shape: TypeAdapter[T], raw: bytes) -> T:
    try:
        return shape.validate_json(raw)
    except ValidationError as error:
        problem, field = first_problem(error)
        raise invalid(f"{field or 'body'}: {problem['msg']}") from None


def _clock(clock: Clock) -> Response:
    return JSONResponse({"now": to_text(clock.now()), "frozen": clock.frozen_at is not None})
