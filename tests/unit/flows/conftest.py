"""A world for each test, and a way to walk flows in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_pinecone.flows.steps import Flow
from tests.unit.flows.world import World

Runner = Callable[[Flow[Any]], Any]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=[False, True], ids=["alone", "reads ahead"])
def run(world: World, request: pytest.FixtureRequest) -> Runner:
    """A worker's driver looks when the flow says so; a triggerer's tells it of changes alone."""
    world.reads_ahead = request.param
    return world.drive
