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


@pytest.fixture
def run(world: World) -> Runner:
    return world.drive
