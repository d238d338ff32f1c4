"""The clock runs, moves, stops and runs on."""

from __future__ import annotations

import pytest

from airflow_provider_pinecone.emulator.clock import Clock, to_text


class Source:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def source() -> Source:
    return Source()


def test_it_follows_its_source(source: Source) -> None:
    clock = Clock(source)
    source.now += 5
    assert clock.now() == 1005


def test_it_runs_on_from_where_it_was_set(source: Source) -> None:
    clock = Clock(source)
    clock.set(5000)
    source.now += 5
    assert clock.now() == 5005


def test_it_stands_still_while_frozen_and_can_be_set(source: Source) -> None:
    clock = Clock(source)
    clock.freeze()
    source.now += 5
    assert clock.now() == 1000
    clock.set(2000)
    source.now += 5
    assert clock.now() == 2000


def test_thawed_it_runs_on_from_where_it_stood(source: Source) -> None:
    clock = Clock(source)
    clock.freeze()
    source.now += 100
    clock.thaw()
    source.now += 5
    assert clock.now() == 1005


def test_dates_are_written_with_microseconds_and_z() -> None:
    assert to_text(1.25) == "1970-01-01T00:00:01.250000Z"
