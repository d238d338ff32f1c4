"""Setting the clock changes no pause, no patience and no timeout of a wait."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.flows.deferring import WaitOptions, await_event
from airflow_provider_pinecone.flows.waiting.backup import BackupWait
from airflow_provider_pinecone.hooks import clock
from airflow_provider_pinecone.hooks.clock import steady_clock
from tests.unit.builders import a_backup
from tests.unit.flows.conftest import Runner
from tests.unit.flows.world import START, World

HOUR = 3600.0
DAY = 24 * HOUR
TIMEOUT = 2 * HOUR
BOOTED = 1000.0
"""What the monotonic clock shows when the world begins: seconds since something else."""

by_jumps = pytest.mark.parametrize("jump", [-DAY, -HOUR, HOUR, DAY])


class Wall:
    """A wall clock that can be set. The world's own time is the monotonic clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ahead = 0.0

    def time(self) -> float:
        return self._world.now + self._ahead

    def jump(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture
def world() -> World:
    world = World()
    world.add(a_backup("bkp-1", status="Initializing"))
    return world


@pytest.fixture
def wall(world: World, monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall(world)
    clocks = SimpleNamespace(time=wall.time, monotonic=lambda: world.now - START + BOOTED)
    monkeypatch.setattr(clock, "time", clocks)
    return wall


def wait() -> BackupWait:
    """A wait of two hours that begins now, by the wall clock."""
    now = steady_clock()()
    return BackupWait(started_at=now, deadline=now + TIMEOUT, backup_id="bkp-1")


def in_triggerer(run: Runner, wait: BackupWait) -> errors.PineconeError | None:
    error: errors.PineconeError | None = run(
        await_event(wait, poll_interval=None, history=None, clock=steady_clock())
    )
    return error


def naps_without_a_jump() -> list[float]:
    world = World()
    world.add(a_backup("bkp-1", status="Initializing"))
    world.later(HOUR, lambda: world.end_backup("bkp-1"))
    begun = BackupWait(started_at=START, deadline=START + TIMEOUT, backup_id="bkp-1")
    world.drive(await_event(begun, poll_interval=None, history=None, clock=world.clock))
    return world.naps


@by_jumps
def test_a_wait_polls_at_the_same_moments_though_the_clock_is_set(
    world: World, wall: Wall, run: Runner, jump: float
) -> None:
    world.later(600, lambda: wall.jump(jump))
    world.later(HOUR, lambda: world.end_backup("bkp-1"))
    assert in_triggerer(run, wait()) is None
    assert world.naps == pytest.approx(naps_without_a_jump())


@by_jumps
def test_a_wait_takes_its_timeout_though_the_clock_is_set(
    world: World, wall: Wall, run: Runner, jump: float
) -> None:
    world.later(600, lambda: wall.jump(jump))
    assert isinstance(in_triggerer(run, wait()), errors.PineconeWaitTimeoutError)
    assert world.elapsed == pytest.approx(TIMEOUT)


@by_jumps
def test_patience_lasts_as_long_though_the_clock_is_set(
    world: World, wall: Wall, run: Runner, jump: float
) -> None:
    world.later(300, world.rotate_key)
    world.later(400, lambda: wall.jump(jump))
    assert isinstance(in_triggerer(run, wait()), errors.PineconeAuthError)
    assert world.elapsed == pytest.approx(300 + 300, abs=20)


@pytest.mark.parametrize("back", [HOUR, DAY])
def test_a_wait_that_another_process_continues_after_the_clock_was_set_back_ends_in_time(
    world: World, wall: Wall, run: Runner, back: float
) -> None:
    begun = wait()
    world.pass_time(600)
    wall.jump(-back)
    assert isinstance(in_triggerer(run, begun), errors.PineconeWaitTimeoutError)
    assert TIMEOUT <= world.elapsed <= 600 + TIMEOUT
    assert max(world.naps) > 60


def test_restarts_do_not_move_the_deadline(world: World, wall: Wall, run: Runner) -> None:
    begun = wait()
    for _ in range(3):
        world.pass_time(600)
        terms = WaitOptions(timeout=TIMEOUT).terms(begun, key_patience=0.0, clock=steady_clock())
        assert (terms.started_at, terms.deadline) == (START, START + TIMEOUT)
    in_triggerer(run, begun)
    assert world.elapsed == pytest.approx(TIMEOUT)
