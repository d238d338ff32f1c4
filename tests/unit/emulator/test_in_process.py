"""The emulator can be called without a socket and in virtual time, for searches over many runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from airflow_provider_pinecone.emulator.app import create_app
from airflow_provider_pinecone.emulator.clock import Clock
from airflow_provider_pinecone.emulator.gateway.faults import Rule
from airflow_provider_pinecone.emulator.settings import Settings

INDEX = {
    "name": "docs",
    "schema": {"fields": {"_values": {"type": "dense_vector", "dimension": 2, "metric": "cosine"}}},
}

Scenario = Callable[[httpx.AsyncClient], Awaitable[None]]


def play(app: Any, scenario: Scenario) -> None:
    async def run() -> None:
        headers = {"Api-Key": app.state.project.settings.api_key}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            await scenario(client)

    asyncio.run(run())


def test_time_is_what_the_caller_says_it_is() -> None:
    times = [100.0]
    app = create_app(Settings(backup_seconds=50), clock=Clock(lambda: times[-1]))

    async def scenario(client: httpx.AsyncClient) -> None:
        await client.post("/indexes", json=INDEX)
        backup = (await client.post("/indexes/docs/backups", json={})).json()
        for moment, status in ((149.0, "Initializing"), (150.0, "Ready")):
            times.append(moment)
            assert (await client.get(f"/backups/{backup['backup_id']}")).json()["status"] == status

    play(app, scenario)


def test_a_name_is_taken_once_however_slowly_the_requests_arrive() -> None:
    async def slow_body() -> AsyncIterator[bytes]:
        yield b" "
        await asyncio.sleep(0.05)
        yield json.dumps(INDEX).encode()

    async def scenario(client: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(
            client.post("/indexes", content=slow_body()), client.post("/indexes", json=INDEX)
        )
        assert [answer.status_code for answer in answers] == [409, 201]

    play(create_app(), scenario)


def test_two_emulators_share_nothing() -> None:
    one, other = create_app(), create_app()

    async def create(client: httpx.AsyncClient) -> None:
        assert (await client.post("/indexes", json=INDEX)).status_code == 201

    async def find_nothing(client: httpx.AsyncClient) -> None:
        assert (await client.get("/indexes")).json() == {"indexes": []}

    play(one, create)
    play(other, find_nothing)


def test_a_closed_connection_is_a_connection_error() -> None:
    app = create_app()
    app.state.faults.append(Rule(method="POST", action="close_after"))

    async def scenario(client: httpx.AsyncClient) -> None:
        with pytest.raises(ConnectionError):
            await client.post("/indexes", json=INDEX)
        assert [index["name"] for index in (await client.get("/indexes")).json()["indexes"]] == ["docs"]

    play(app, scenario)
