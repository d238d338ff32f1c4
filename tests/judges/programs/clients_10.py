"""Clients of Pinecone's Python SDK 10.2.0 for an empty emulator, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pinecone import AsyncPinecone, Pinecone

from tests.judges.programs.blocking import Blocking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_provider_pinecone.emulator.pytest_plugin import PineconeEmulator


@pytest.fixture(params=["synchronous", "asynchronous"])
def connect(
    request: pytest.FixtureRequest, pinecone_emulator: PineconeEmulator
) -> Iterator[Callable[[str], Any]]:
    """Make clients with a key, of one kind or the other."""
    if request.param == "synchronous":
        yield lambda key: Pinecone(api_key=key, host=pinecone_emulator.url)
        return
    with asyncio.Runner() as runner:
        made: list[Blocking] = []

        def connected(key: str) -> Blocking:
            made.append(Blocking(runner, AsyncPinecone(api_key=key, host=pinecone_emulator.url)))
            return made[-1]

        yield connected
        for client in made:
            client.close()


@pytest.fixture
def pc(connect: Callable[[str], Any], pinecone_emulator: PineconeEmulator) -> Any:
    """The SDK, pointed at an empty emulator."""
    return connect(pinecone_emulator.api_key)


@pytest.fixture
def open_index(pc: Any) -> Iterator[Callable[[str], Any]]:
    """Give an index's own API."""
    opened: list[Any] = []

    def by_name(name: str) -> Any:
        index = pc.index(name=name)
        opened.append(Blocking(pc.runner, index) if isinstance(pc, Blocking) else index)
        return opened[-1]

    yield by_name
    for index in opened:
        index.close()
