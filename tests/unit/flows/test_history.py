"""Waits learn from those that the same process has seen before."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airflow_provider_pinecone.flows.waiting.backup import wait_for_backup
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.policies.durations import History
from tests.unit.builders import a_backup
from tests.unit.flows.world import World, never_sent

HOUR = 3600.0


def waited(history: History | None, *, seconds: float = HOUR, begun_before: float = 0.0) -> World:
    """A world in which a backup was waited for that took some seconds."""
    world = World(reads_ahead=True)
    created_at = datetime.fromtimestamp(world.now - begun_before, tz=UTC)
    world.add(a_backup("bkp-1", status="Initializing", created_at=created_at))
    if seconds:
        world.later(seconds - begun_before, lambda: world.end_backup("bkp-1"))
    else:
        world.end_backup("bkp-1")
    terms = Terms(started_at=world.now, deadline=world.now + 8 * HOUR, history=history)
    world.drive(wait_for_backup("bkp-1", terms=terms, clock=world.clock))
    return world


def test_the_third_wait_for_the_same_index_looks_less_often_than_the_first() -> None:
    history = History()
    first, _, third = (len(waited(history).asked) for _ in range(3))
    assert third < first / 2


def test_a_wait_that_began_late_counts_from_the_backups_own_beginning() -> None:
    history = History()
    waited(history, begun_before=HOUR / 2)
    expected = history.expected(source_index_id="idx-1")
    assert expected is not None
    assert HOUR <= expected.seconds <= 1.1 * HOUR


def test_a_backup_that_was_ready_already_teaches_nothing() -> None:
    history = History()
    waited(history, seconds=0.0)
    assert list(history) == []


@pytest.mark.parametrize("reads_ahead", [False, True])
def test_an_end_that_came_in_an_outage_teaches_nothing(reads_ahead: bool) -> None:
    world, history = World(reads_ahead=reads_ahead), History()
    world.add(a_backup("bkp-1", status="Initializing", created_at=datetime.fromtimestamp(world.now, tz=UTC)))
    world.later(600, lambda: world.fail("^GET /backups/", never_sent, times=1000))
    world.later(900, lambda: world.end_backup("bkp-1"))
    world.later(HOUR, world.mend)
    terms = Terms(started_at=world.now, deadline=world.now + 8 * HOUR, history=history)
    world.drive(wait_for_backup("bkp-1", terms=terms, clock=world.clock))
    assert list(history) == []


def test_without_a_history_each_wait_is_for_itself() -> None:
    assert len(waited(None).asked) == len(waited(None).asked)
