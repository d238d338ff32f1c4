"""Triggers that wait on one connection read it, and read it anew, once for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_pinecone.flows.steps import Flow, Reconnect, Sleep
from airflow_provider_pinecone.hooks import pinecone
from airflow_provider_pinecone.triggers import _connection
from airflow_provider_pinecone.triggers.watcher import watching
from tests.airflow.watched import CONNECTION, MISSING, reading, together, untold
from tests.contract.conftest import Emulator


@pytest.fixture(autouse=True)
def _some_records(quick: None, movies: dict[str, Any]) -> None:
    """Every test has six records."""


def test_the_connection_is_read_once_for_all(
    connected: Emulator, backups: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = counted(monkeypatch)
    together(*map(reading, backups(20)))
    assert reads == [CONNECTION]


def test_a_refused_key_is_read_anew_once_for_all(
    connected: Emulator,
    connect: Callable[..., None],
    backups: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def with_a_new_key(id: str) -> Flow[Any]:
        refused = yield from reading(id)
        assert "401" in str(refused)
        connect(host=connected.url, password=connected.api_key)
        yield Sleep(1.1)
        yield Reconnect()
        return (yield from reading(id))

    ids = backups(10)
    connect(host=connected.url, password="pcsk_test_an_old_key")
    monkeypatch.setattr(_connection, "RECONNECT_PAUSE", 1.0)
    reads = counted(monkeypatch)
    assert [backup.backup_id for backup in together(*map(with_a_new_key, ids))] == ids
    assert len(reads) == 2


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The connections read from now on."""
    reads: list[str] = []
    kept = pinecone.get_async_connection

    async def count(conn_id: str) -> Any:
        reads.append(conn_id)
        return await kept(conn_id)

    monkeypatch.setattr(pinecone, "get_async_connection", count)
    return reads


def test_a_connection_that_cannot_be_read_is_a_fault_that_passes(
    connected: Emulator, backups: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = backups(1)
    kept, fails = pinecone.get_async_connection, [True]

    async def out_of_order(conn_id: str) -> Any:
        if fails.pop() if fails else False:
            raise RuntimeError("the database is away")
        return await kept(conn_id)

    monkeypatch.setattr(pinecone, "get_async_connection", out_of_order)
    seen: list[Any] = []

    def wait() -> Flow[Any]:
        seen.append((yield from reading(id)))
        yield Sleep(1.1)  # for so long others are told the same
        return (yield from reading(id))

    assert together(wait())[0].backup_id == id
    assert seen[0].passing
    assert "the database is away" in str(seen[0])


def test_a_wait_that_is_cancelled_while_the_connection_is_read_leaves_no_client_behind(
    connections: Callable[[], int], backups: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    kept = pinecone.PineconeBackupHook.new_async_client

    async def slowly(hook: Any) -> Any:
        await asyncio.sleep(0.3)
        made.append(await kept(hook))
        return made[-1]

    monkeypatch.setattr(pinecone.PineconeBackupHook, "new_async_client", slowly)
    ids = backups(2)

    async def wait(id: str) -> Any:
        async with watching(CONNECTION) as watcher:
            return await watcher.run(reading(id), tell=untold)

    async def run() -> int:
        first = asyncio.create_task(wait(ids[0]))
        await asyncio.sleep(0.15)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await wait(ids[1])
        return connections()

    assert asyncio.run(run()) == 0
    assert all(not client._pools or all(pool.is_closed for pool in client._pools.values()) for client in made)


def test_a_wait_that_is_cancelled_while_the_connection_is_read_anew_does_not_cut_that_in_two(
    connections: Callable[[], int], backups: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = backups(1)
    kept = pinecone.PineconeBackupHook.new_async_client
    begun: list[str] = []
    ended: list[Any] = []

    async def slowly(hook: Any) -> Any:
        begun.append(id)
        await asyncio.sleep(0.3)
        ended.append(await kept(hook))
        return ended[-1]

    def reconnecting() -> Flow[Any]:
        yield from reading(id)
        yield Reconnect()

    monkeypatch.setattr(pinecone.PineconeBackupHook, "new_async_client", slowly)
    monkeypatch.setattr(_connection, "RECONNECT_PAUSE", 0.0)

    async def run() -> int:
        async with watching(CONNECTION) as watcher:
            wait = asyncio.create_task(watcher.run(reconnecting(), tell=untold))
            while len(begun) < 2:
                await asyncio.sleep(0.01)
            wait.cancel()
            await asyncio.gather(wait, return_exceptions=True)
        return connections()

    assert asyncio.run(run()) == 0
    assert len(ended) == 2


def test_a_connection_that_does_not_exist_is_no_fault_that_passes() -> None:
    (error,) = together(reading(MISSING), conn_id="nowhere")
    assert not error.passing
    assert "nowhere" in str(error)
