"""Listings that lag, by less and by more than the patience with which a task looks for what it made."""

from __future__ import annotations

import pytest

from airflow_provider_pinecone.flows.once import LOOK_PAUSES
from tests.matrix.conftest import SCALE
from tests.matrix.scene import CASES, Case
from tests.matrix.stage import Stage, play_on
from tests.matrix.verdict import asks, deleted

PATIENCE = sum(LOOK_PAUSES)
BACK_UP, RESTORE = CASES[0], CASES[1]

in_both = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "in the triggerer"])


@in_both
@pytest.mark.parametrize(
    ("case", "lag", "asked", "removed"),
    [
        pytest.param(BACK_UP, PATIENCE / 2, 1, 0, id="backup, shorter"),
        pytest.param(BACK_UP, PATIENCE * 2, 2, 1, id="backup, longer"),
        # The second is refused by the API: there are never two of one name.
        pytest.param(RESTORE, PATIENCE / 2, 1, 0, id="index, shorter"),
        pytest.param(RESTORE, PATIENCE * 2, 2, 0, id="index, longer"),
    ],
)
def test_what_is_not_shown_yet_is_not_left_twice(
    case: Case,
    lag: float,
    asked: int,
    removed: int,
    deferrable: bool,
    stages: list[Stage],
    hasty: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    post = {"method": "POST", "path": f"{case.asks}$", "nth": 1, "action": "close_after"}
    looks = {"method": "GET", "path": f"^{case.look}$", "action": "stale", "seconds": lag * SCALE}
    played = play_on(stages[0], case, deferrable=deferrable, faults=(post, looks), seconds=0.2)
    posts = sum(asks(case, entry["method"], entry["path"]) for entry in played.log)
    assert played.objections == []
    assert (posts, deleted(played.log)) == (asked, removed)
    with capsys.disabled():
        print(
            f"\n  {case.name}, {'triggerer' if deferrable else 'worker'}: an answer lost, looks that lag "
            f"{lag:g} s for a patience of {PATIENCE:g} s: {posts} POSTs, {removed} deleted, "
            f"{played.told.tries} tries, one in the end"
        )
