"""Triggers that wait on one connection share what they ask, and nothing else."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from airflow_provider_pinecone.api.endpoints import describe_index_stats
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.flows.kinds import BACKUP, INDEX, RESTORE_JOB, Kind
from airflow_provider_pinecone.flows.steps import AwaitChange, Flow, Send, Sleep, Tell, read
from airflow_provider_pinecone.hooks import pinecone
from airflow_provider_pinecone.triggers import _reader, _throttle
from airflow_provider_pinecone.triggers import watcher as watchers
from airflow_provider_pinecone.triggers.watcher import Watcher, watching
from tests.airflow.event_loops import longest_gap_beside
from tests.airflow.watched import CONNECTION, MISSING, asked, reading, together, untold
from tests.contract.conftest import Emulator


@pytest.fixture(autouse=True)
def _some_records(quick: None, movies: dict[str, Any]) -> None:
    """Every test has six records."""


def test_many_waits_are_answered_by_one_page(connected: Emulator, backups: Callable[..., Any]) -> None:
    ids = backups(30)
    assert [backup.backup_id for backup in together(*map(reading, ids))] == ids
    assert asked(connected) == {"GET /backups": 1}


def test_a_few_among_many_are_read_one_by_one_once_that_is_known(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    # The emulator lists the newest first, so these are on the third page.
    ids = backups(250)[:2]
    together(*(reading(id, times=6, pause=0.2) for id in ids))
    asked_for = asked(connected)
    assert asked_for["GET /backups"] <= 3
    assert all(4 <= asked_for[f"GET /backups/{id}"] <= 6 for id in ids)


def test_the_same_backup_is_read_once_for_all_who_wait_for_it(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    (id,) = backups(1)
    assert len(together(*(reading(id) for _ in range(10)))) == 10
    assert asked(connected) == {f"GET /backups/{id}": 1}


def test_what_a_listing_leaves_out_is_read_by_its_id(
    connected: Emulator, backup_of: Callable[..., str], restore_of: Callable[..., str]
) -> None:
    backup_id = backup_of("movies")
    jobs = [restore_of(backup_id, name=f"copy-{number}") for number in range(6)]
    connected.change_settings(restore_seconds=3600)
    empty = {"data": [], "pagination": None}
    connected.set_faults({"path": "/restore-jobs", "action": "status", "status": 200, "body": empty})
    seen = together(*(reading(job, kind=RESTORE_JOB) for job in jobs))
    assert [job.restore_job_id for job in seen] == jobs


def test_what_is_not_there_is_not_found(backups: Callable[..., Any]) -> None:
    *_, missing = together(*map(reading, [*backups(3), MISSING]))
    assert "404" in str(missing)


def test_a_listing_that_keeps_failing_holds_up_nobody(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    ids = backups(5)
    connected.set_faults({"path": "/backups", "action": "status", "status": 500})
    assert [backup.backup_id for backup in together(*map(reading, ids))] == ids
    assert asked(connected)["GET /backups"] == 1


def test_in_an_outage_not_each_wait_finds_out_by_itself(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    ids = backups(20)
    connected.set_faults({"action": "status", "status": 500})
    assert all(error.passing for error in together(*map(reading, ids)))
    assert sum(asked(connected).values()) == 2


def test_indexes_are_answered_from_their_listing(connected: Emulator, fill: Callable[..., Any]) -> None:
    names = [f"index-{number}" for number in range(5)]
    for name in names:
        fill(name, 0)
    seen = together(*(reading(name, kind=INDEX) for name in names))
    assert [index.name for index in seen] == names
    assert asked(connected) == {"GET /indexes": 1}


def test_waits_that_are_nearly_due_come_along_with_a_listing(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    """Begun at different moments, they soon march in step, and each batch costs one request."""

    def begun_later(id: str, delay: float) -> Flow[Any]:
        yield Sleep(delay)
        return (yield from reading(id, times=6, pause=0.5))

    ids = backups(20)
    together(*(begun_later(id, number * 0.025) for number, id in enumerate(ids)))
    assert sum(asked(connected).values()) <= 20  # one by one: 120


def awaiting(id: str, *pauses: float | None, before: float = 0.0) -> Flow[tuple[str, int]]:
    """A wait that sleeps through what does not change, and returns the status and how often it was asked."""
    yield Sleep(before)
    seen = yield from read(BACKUP, id)
    left = list(pauses)
    yield AwaitChange(BACKUP, id, seen, lambda: left.pop(0) if left else None)
    found = yield from read(BACKUP, id)
    return found.status, len(pauses) - len(left)


def test_a_wait_sleeps_on_while_nothing_has_changed(connected: Emulator, backups: Callable[..., Any]) -> None:
    (id,) = backups(1)
    assert together(awaiting(id, 0.1, 0.1, 0.1)) == [("Initializing", 3)]
    assert asked(connected) == {f"GET /backups/{id}": 4}


def test_a_wait_wakes_once_something_has_changed(connected: Emulator, backup_of: Callable[..., str]) -> None:
    connected.change_settings(backup_seconds=1)
    ids = [backup_of("movies") for _ in range(5)]
    ends = together(*(awaiting(id, *[0.3] * 50) for id in ids))
    assert {status for status, _ in ends} == {"Ready"}
    assert all(2 <= times <= 8 for _, times in ends)


def test_a_wait_that_sleeps_long_holds_up_no_other(backups: Callable[..., Any]) -> None:
    slow, quick = backups(2)
    began = time.monotonic()
    ends = together(awaiting(slow, 2.0), awaiting(quick, *[0.1] * 5))
    assert [times for _, times in ends] == [1, 5]
    assert time.monotonic() - began < 4


def test_waits_that_sleep_share_a_listing_that_another_needs(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    ids = backups(20)
    together(*(awaiting(id, *[1.0 + number * 0.03] * 3) for number, id in enumerate(ids)))
    assert sum(asked(connected).values()) <= 12  # one by one: 80


def test_a_wait_that_joins_later_finds_its_own_on_a_page_that_has_not_changed(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    first, later = backups(5), 0.5
    old, new = first[:3], first[3:]
    ends = together(
        *(awaiting(id, *[0.4] * 3) for id in old), *(awaiting(id, *[0.4] * 3, before=later) for id in new)
    )
    assert {status for status, _ in ends} == {"Initializing"}
    assert set(asked(connected)) == {"GET /backups"}


def test_all_keep_quiet_when_a_server_asks_for_it(connected: Emulator, backups: Callable[..., Any]) -> None:
    ids = backups(5)
    connected.set_faults({"action": "status", "status": 429, "retry_after": 60, "times": 1})
    seen = together(*(reading(id, times=3, pause=0.1) for id in ids))
    assert sum(asked(connected).values()) == 1
    assert {type(error).__name__ for error in seen} == {"PineconeRateLimitedError"}
    assert all(50 < error.retry_after <= 60 for error in seen)


def test_a_listing_that_alone_is_refused_holds_nobody_up_for_long(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    ids = backups(5)
    connected.set_faults({"path": "/backups", "action": "status", "status": 429})
    seen = together(*(reading(id, times=_reader.MOST_REFUSALS + 1, pause=0.1) for id in ids))
    assert [backup.backup_id for backup in seen] == ids
    assert asked(connected)["GET /backups"] == _reader.MOST_REFUSALS


def test_where_everything_is_refused_one_wait_asks_for_all(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    ids = backups(5)
    connected.set_faults({"action": "status", "status": 429})
    looks = _reader.MOST_REFUSALS + 5
    seen = together(*(reading(id, times=looks, pause=0.1) for id in ids))
    assert {type(error).__name__ for error in seen} == {"PineconeRateLimitedError"}
    assert sum(asked(connected).values()) == looks


def of_indexes(count: int) -> list[Flow[Any]]:
    """Calls to indexes of their own."""

    def asking(number: int) -> Flow[Any]:
        yield Send(describe_index_stats(f"index-{number}.svc.pinecone.io"), attempts=1)

    return [asking(number) for number in range(count)]


@pytest.mark.parametrize(
    ("flows", "most_at_once"),
    [
        ([reading(f"b{number}") for number in range(40)], _throttle.MOST_AT_ONCE),
        (of_indexes(120), _throttle.MOST_INDEXES_AT_ONCE),
    ],
    ids=["control plane", "indexes"],
)
def test_only_so_many_requests_are_open_at_a_time(
    connected: Emulator, monkeypatch: pytest.MonkeyPatch, flows: list[Flow[Any]], most_at_once: int
) -> None:
    open_now, most = 0, 0

    async def send(self: Any, call: Any, **more: Any) -> Any:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.01)
        open_now -= 1

    monkeypatch.setattr("airflow_provider_pinecone.api.async_client.AsyncPineconeClient.send", send)
    monkeypatch.setattr(_reader.ListingCost, "is_worth_it", lambda self, wanted: False)
    together(*flows)
    assert most == most_at_once


def test_a_failure_of_the_watcher_itself_reaches_every_wait_as_a_fault_that_passes(
    backups: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any, **more: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Kind, "page", broken)
    seen = together(*map(reading, backups(5)))
    assert all(error.passing for error in seen)
    monkeypatch.undo()


def test_a_wait_whose_pause_fails_is_told_and_holds_up_no_other(backups: Callable[..., Any]) -> None:
    def broken(id: str) -> Flow[PineconeError | None]:
        seen = yield from read(BACKUP, id)
        pauses = iter([0.1])
        yield AwaitChange(BACKUP, id, seen, lambda: next(pauses))
        try:
            yield from read(BACKUP, id)
        except PineconeError as error:
            return error
        return None

    (error, _, _) = together(*(broken(id) for id in backups(3)))
    assert error.passing


def test_one_error_for_many_waits_does_not_grow_with_them(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    ids = backups(50)
    connected.set_faults({"action": "status", "status": 500})
    seen = together(*map(reading, ids))
    frames, traceback = 0, seen[0].__traceback__
    while traceback is not None:
        frames, traceback = frames + 1, traceback.tb_next
    assert frames < 10


def test_a_trigger_that_is_cancelled_leaves_the_others_alone(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    ids = backups(4)
    connected.set_faults({"method": "GET", "action": "delay", "seconds": 0.5, "times": 1})

    async def wait(id: str) -> Any:
        async with watching(CONNECTION) as watcher:
            return await watcher.run(reading(id), tell=untold)

    async def run() -> list[Any]:
        # The first one has opened the batch, and is gone before it is answered.
        waits = [asyncio.create_task(wait(id)) for id in ids]
        await asyncio.sleep(0.3)
        waits[0].cancel()
        return await asyncio.gather(*waits, return_exceptions=True)

    cancelled, *others = asyncio.run(run())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert [backup.backup_id for backup in others] == ids[1:]


def test_the_last_one_out_closes_the_client_and_leaves_nothing_behind(
    connections: Callable[[], int], backups: Callable[..., Any]
) -> None:
    ids = backups(3)

    async def run() -> tuple[int, int, int]:
        async with watching(CONNECTION) as first:
            await first.run(reading(ids[0]), tell=untold)
            async with watching(CONNECTION) as second:
                assert second is first
                await second.run(reading(ids[1]), tell=untold)
            while_one_is_there = connections()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        return while_one_is_there, connections(), len(left)

    assert asyncio.run(run()) == (1, 0, 0)
    assert len(watchers._WATCHERS) == 0


def test_each_event_loop_has_a_watcher_of_its_own(backups: Callable[..., Any]) -> None:
    seen: list[Watcher] = []

    async def run(inner: Callable[[], Awaitable[None]] | None = None) -> None:
        async with watching(CONNECTION) as watcher:
            seen.append(watcher)
            if inner is not None:
                await inner()

    async def in_another_loop() -> None:
        await asyncio.to_thread(asyncio.run, run())

    asyncio.run(run(in_another_loop))
    first, second = seen
    assert first is not second


def test_what_is_done_for_all_is_not_done_in_the_context_of_one(
    connected: Emulator, backups: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A triggerer tells by the context whose log a line belongs to."""
    whose = contextvars.ContextVar("whose", default="nobody's")
    seen: list[str] = []
    kept = pinecone.get_async_connection

    async def look(conn_id: str) -> Any:
        seen.append(whose.get())
        return await kept(conn_id)

    monkeypatch.setattr(pinecone, "get_async_connection", look)
    whose.set("mine")
    together(*map(reading, backups(3)))
    assert seen == ["nobody's"]


def test_each_wait_tells_its_own_log() -> None:
    def telling(line: str) -> Flow[None]:
        yield Tell(line)

    async def run() -> dict[str, list[str]]:
        logs: dict[str, list[str]] = {"a": [], "b": []}
        async with watching(CONNECTION) as watcher:
            for name, log in logs.items():
                await watcher.run(telling(name), tell=lambda message, warning, log=log: log.append(message))
        return logs

    assert asyncio.run(run()) == {"a": ["a"], "b": ["b"]}


def test_a_thousand_waits_do_not_hold_up_the_loop(connected: Emulator, backups: Callable[..., Any]) -> None:
    ids = backups(100)
    logging.disable()

    async def drive(id: str) -> Any:
        async with watching(CONNECTION) as watcher:
            return await watcher.run(reading(id, times=3, pause=0.3), tell=untold)

    async def run() -> float:
        await drive(ids[0])
        return await longest_gap_beside(asyncio.gather(*(drive(ids[number % 100]) for number in range(1000))))

    try:
        assert asyncio.run(run()) < 5.0  # a wait that blocked would add its own time a thousandfold
    finally:
        logging.disable(logging.NOTSET)


def test_what_ended_a_sleep_is_not_read_from_memory_after_another_sleep(
    connected: Emulator, backups: Callable[..., Any]
) -> None:
    (id,) = backups(1)

    def flow() -> Flow[Any]:
        yield AwaitChange(BACKUP, id, None, lambda: 0.0)
        yield Sleep(0.01)
        return (yield from read(BACKUP, id))

    assert together(flow())[0].backup_id == id
    assert asked(connected) == {f"GET /backups/{id}": 2}
