"""The drivers' contract: results are sent in, errors of ours are thrown in, all else goes straight out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.steps import Flow, Kind, Read, Sleep, Step, adrive, drive


def drive_both_ways(make: Any, perform: Any) -> list[Any]:
    async def aperform(step: Step) -> Any:
        return perform(step)

    return [
        drive(make(), perform=perform),
        asyncio.run(adrive(make(), perform=aperform)),
    ]


def test_a_flow_is_sent_the_result_of_each_step() -> None:
    def flow() -> Flow[list[float]]:
        first = yield Sleep(1)
        second = yield Sleep(2)
        return [first, second]

    assert drive_both_ways(flow, lambda step: step.seconds * 10) == [[10, 20], [10, 20]]


def test_a_flow_may_yield_nothing() -> None:
    def flow() -> Flow[str]:
        yield from ()
        return "verdict"

    assert drive_both_ways(flow, None) == ["verdict", "verdict"]


def test_an_error_of_ours_is_thrown_in_and_the_flow_may_go_on() -> None:
    def flow() -> Flow[str]:
        try:
            yield Sleep(1)
        except PineconeError as error:
            return f"caught {error}"
        return "not caught"

    def perform(step: Step) -> None:
        raise PineconeError("it")

    assert drive_both_ways(flow, perform) == ["caught it", "caught it"]


@pytest.mark.parametrize("error", [PineconeError("ours"), KeyboardInterrupt(), ZeroDivisionError()])
def test_what_a_flow_does_not_catch_goes_out(error: BaseException) -> None:
    def flow() -> Flow[None]:
        yield Sleep(1)

    def perform(step: Step) -> None:
        raise error

    async def aperform(step: Step) -> None:
        raise error

    with pytest.raises(type(error)):
        drive(flow(), perform=perform)
    with pytest.raises(type(error)):
        asyncio.run(adrive(flow(), perform=aperform))


def test_an_error_that_is_not_ours_is_not_thrown_in() -> None:
    caught: list[BaseException] = []

    def flow() -> Flow[None]:
        try:
            yield Sleep(1)
        except Exception as error:
            caught.append(error)

    def perform(step: Step) -> None:
        raise ZeroDivisionError

    async def aperform(step: Step) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        drive(flow(), perform=perform)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(adrive(flow(), perform=aperform))
    assert caught == []


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (Kind.BACKUP, "/backups/x%2Fy"),
        (Kind.RESTORE_JOB, "/restore-jobs/x%2Fy"),
        (Kind.INDEX, "/indexes/x%2Fy"),
    ],
)
def test_a_reading_is_the_call_that_reads_just_that(kind: Kind, path: str) -> None:
    call = Read(kind, "x/y").call
    assert (call.method, call.path, call.repeatable) == ("GET", path, True)
