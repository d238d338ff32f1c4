"""Every scenario runs twice: as the worker drives a flow, and as the triggerer does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_pinecone.flows.steps import Flow, adrive, drive
from tests.unit.flows.world import World

Runner = Callable[[Flow[Any]], Any]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=["worker", "triggerer"])
def run(request: pytest.FixtureRequest, world: World) -> Runner:
    if request.param == "worker":
        return lambda flow: drive(flow, perform=world.perform)
    return lambda flow: asyncio.run(adrive(flow, perform=world.aperform))
