"""Every schedule of up to two faults over pruning: what the oracle names is gone, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.resilience.pruning.runs import LAST_1, LAST_2, Setup, explore, play
from tests.resilience.pruning.scene import scene
from tests.resilience.search.explore import Choices
from tests.resilience.search.faults import NARROW, WIDE

WHOLE = Setup()
CAPPED = Setup(max_deletions=2)
APPROVED = Setup(policy=LAST_1, approved=("a", "c"))
LAGGING = Setup(listing_lag=60.0)
"""Longer than between two tries."""

SETUPS = {"all": WHOLE, "capped": CAPPED, "approved": APPROVED, "lagging": LAGGING}


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
@pytest.mark.parametrize(
    ("most_faults", "choices"), [(1, WIDE), (2, NARROW)], ids=["one of all kinds", "two"]
)
def test_whatever_goes_wrong_only_what_the_oracle_names_is_gone(
    setup: Setup,
    most_faults: int,
    choices: Choices,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tally = explore(setup, choices, most_faults=most_faults)
    with capsys.disabled():
        print(
            f"\n  {request.node.callspec.id}: {tally.schedules:,} schedules, {tally.requests:,} requests, "
            f"{tally.late:,} left something for the next night, {len(tally.failures)} failed"
        )
    assert not tally.failures, "\n".join(tally.failures[:3])


def test_what_is_to_go() -> None:
    assert scene().doomed(LAST_2) == {"failed", "song", "a", "b"}
    assert play(WHOLE, {}).gone == {"failed", "song", "a", "b"}
    assert play(CAPPED, {}).gone == {"failed", "song"}
    assert play(replace(WHOLE, policy=LAST_1), {}).gone == {"failed", "song", "a", "b", "c"}
