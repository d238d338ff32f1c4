"""The whole search, small: it takes a few seconds, and fails where a flow is plainly wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.resilience.search.chance import play, scenario
from tests.resilience.search.explore import explore
from tests.resilience.search.faults import NARROW
from tests.resilience.search.runs import Setup
from tests.resilience.search.tasks import SettlingTask
from tests.resilience.search.test_exhaustive import BACKUP, MUCH_LAG, RESTORE
from tests.resilience.search.zombies import Interleaving, meet

SETTLING = Setup(SettlingTask("movies"))


@pytest.mark.parametrize("setup", [BACKUP, replace(BACKUP, listing_lag=MUCH_LAG), SETTLING, RESTORE])
def test_one_fault_leaves_one(setup: Setup) -> None:
    tally = explore(setup, NARROW, most_faults=1)
    assert tally.failures == []
    assert tally.schedules > 30


@pytest.mark.parametrize("seed", range(10))
def test_several_random_faults_leave_one_each(seed: int) -> None:
    assert play(scenario(seed)).objections == []


@pytest.mark.parametrize("suspended_at", range(0, 6, 2))
@pytest.mark.parametrize("setup", [BACKUP, RESTORE])
def test_a_try_that_goes_on_beside_its_successor_leaves_one(setup: Setup, suspended_at: int) -> None:
    for resumed_at in range(0, 6, 2):
        assert meet(setup, Interleaving(suspended_at, resumed_at, 2)).objections == []
