"""The drivers' contract: results are sent in, errors of ours are thrown in, all else goes straight out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_pinecone.api.errors import PineconeError, PineconeNotFoundError
from airflow_provider_pinecone.flows.kinds import BACKUP, INDEX, RESTORE_JOB, Kind
from airflow_provider_pinecone.flows.steps import (
    Flow,
    Read,
    Reconnect,
    Remember,
    Send,
    Sleep,
    Tell,
    blocking,
    drive,
    or_none,
    read,
)

NOT_FOUND = PineconeNotFoundError("no such backup.", method="GET", path="/backups/x", status=404)


class Noting:
    """Notes each step; a step that has an answer is answered by ``answer``."""

    def __init__(self, answer: Callable[[Any], Any] = lambda asked: asked) -> None:
        self.answer = answer
        self.noted: list[Any] = []

    async def send(self, call: Any, *, attempts: int | None) -> Any:
        self.noted.append(("send", call, attempts))
        return self.answer(call)

    async def read(self, kind: Kind[Any], id: str) -> Any:
        self.noted.append(("read", kind, id))
        return self.answer(id)

    async def sleep(self, seconds: float) -> None:
        self.noted.append(("sleep", seconds))

    async def reconnect(self) -> None:
        self.noted.append(("reconnect",))

    async def tell(self, message: str, *, warning: bool) -> None:
        self.noted.append(("tell", message, warning))

    async def remember(self, ids: Any) -> None:
        self.noted.append(("remember", ids))


def raising(error: BaseException) -> Noting:
    def answer(asked: Any) -> Any:
        raise error

    return Noting(answer)


def test_each_step_is_performed_by_its_method_and_answered() -> None:
    def flow() -> Flow[list[Any]]:
        call = BACKUP.describe("a")
        answers = []
        for step in (
            Send(call, 2),
            Read(BACKUP, "b"),
            Sleep(3),
            Reconnect(),
            Tell("d"),
            Remember({"e": "f"}),
        ):
            answers.append((yield step))
        return answers

    driver = Noting(lambda asked: asked if isinstance(asked, str) else "sent")
    assert blocking(drive(flow(), driver)) == ["sent", "b", None, None, None, None]
    assert [name for name, *_ in driver.noted] == ["send", "read", "sleep", "reconnect", "tell", "remember"]
    assert [rest for _, *rest in driver.noted][1:] == [[BACKUP, "b"], [3], [], ["d", False], [{"e": "f"}]]


def test_a_flow_may_yield_nothing() -> None:
    def flow() -> Flow[str]:
        yield from ()
        return "verdict"

    assert blocking(drive(flow(), Noting())) == "verdict"


def test_an_error_of_ours_is_thrown_in_and_the_flow_may_go_on() -> None:
    def flow() -> Flow[str]:
        try:
            yield from read(BACKUP, "a")
        except PineconeError as error:
            return f"caught {error}"
        return "not caught"

    assert blocking(drive(flow(), raising(PineconeError("it")))) == "caught it"


def test_only_a_404_stands_for_none() -> None:
    assert blocking(drive(or_none(read(BACKUP, "a")), raising(NOT_FOUND))) is None
    assert blocking(drive(or_none(read(BACKUP, "a")), Noting())) == "a"
    with pytest.raises(PineconeError, match="another"):
        blocking(drive(or_none(read(BACKUP, "a")), raising(PineconeError("another"))))


@pytest.mark.parametrize("error", [PineconeError("ours"), KeyboardInterrupt(), ZeroDivisionError()])
def test_what_a_flow_does_not_catch_goes_out(error: BaseException) -> None:
    with pytest.raises(type(error)):
        blocking(drive(read(BACKUP, "a"), raising(error)))


def test_an_error_that_is_not_ours_is_not_thrown_in() -> None:
    caught: list[BaseException] = []

    def flow() -> Flow[None]:
        try:
            yield from read(BACKUP, "a")
        except Exception as error:
            caught.append(error)

    with pytest.raises(ZeroDivisionError):
        blocking(drive(flow(), raising(ZeroDivisionError())))
    assert caught == []


def test_an_event_loop_drives_in_the_same_way_and_is_not_blocked() -> None:
    class Awaiting(Noting):
        async def read(self, kind: Kind[Any], id: str) -> Any:
            await asyncio.sleep(0)
            return await super().read(kind, id)

    assert asyncio.run(drive(read(BACKUP, "a"), Awaiting())) == "a"
    with pytest.raises(RuntimeError, match="must block"):
        blocking(drive(read(BACKUP, "a"), Awaiting()))


@pytest.mark.parametrize(
    ("kind", "path"),
    [(BACKUP, "/backups/x-y"), (RESTORE_JOB, "/restore-jobs/x-y"), (INDEX, "/indexes/x-y")],
)
def test_a_reading_is_the_call_that_reads_just_that(kind: Kind[Any], path: str) -> None:
    call = Read(kind, "x-y").call
    assert (call.method, call.path, call.repeatable) == ("GET", path, True)
