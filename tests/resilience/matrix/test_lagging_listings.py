"""Listings that lag, by less and by more than the patience with which a task looks for what it made."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_pinecone.flows.once import LOOK_PAUSES
from tests.resilience.matrix.conftest import SCALE
from tests.resilience.matrix.faults import requests_of
from tests.resilience.matrix.scene import CASES, Case
from tests.resilience.matrix.stage import Played, Stage, play_abreast, play_on
from tests.resilience.matrix.verdict import asks, deleted

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
    played = play_on(
        stages[0], case, deferrable=deferrable, faults=_lost_and_not_shown(case, lag=lag), seconds=0.2
    )
    posts = sum(asks(case, entry["method"], entry["path"]) for entry in played.log)
    assert played.objections == []
    assert (posts, deleted(played.log)) == (asked, removed)
    with capsys.disabled():
        print(
            f"\n  {case.name}, {'triggerer' if deferrable else 'worker'}: an answer lost, looks that lag "
            f"{lag:g} s for a patience of {PATIENCE:g} s: {posts} POSTs, {removed} deleted, "
            f"{played.told.tries} tries, one in the end"
        )


def test_whatever_befalls_the_deletion_of_the_second_there_is_one_in_the_end(
    stages: list[Stage], hasty: None, capsys: pytest.CaptureFixture[str]
) -> None:
    two_for_a_while = _lost_and_not_shown(BACK_UP, lag=PATIENCE * 2)
    seen = play_on(stages[0], BACK_UP, deferrable=False, faults=two_for_a_while).log
    [deletion] = [request for request in requests_of(seen) if request.method == "DELETE"]

    def play_cell(stage: Stage, fault: str) -> Played:
        rules = (*two_for_a_while, deletion.met_by(deletion.faults[fault]))
        return play_on(stage, BACK_UP, deferrable=False, faults=rules)

    table = play_abreast(stages, list(deletion.faults), play_cell)
    assert all("DELETE" in {entry["method"] for entry in one.log} for one in table.values())
    # A role that may not delete does not lose the task: what it made stays, and the log says so.
    assert table.pop("401").objections == ["2 backups in the end"]
    assert {fault: one.objections for fault, one in table.items() if one.objections} == {}
    with capsys.disabled():
        print(f"\n  {deletion} x {len(table)} faults: one in the end; a 401: two, and a warning")


def _lost_and_not_shown(case: Case, *, lag: float) -> tuple[dict[str, Any], ...]:
    """The first answer is lost, and what was made is not shown for some seconds."""
    post = {"method": "POST", "path": f"*{case.asks}", "nth": 1, "action": "close_after"}
    looks = {"method": "GET", "path": case.look, "action": "stale", "seconds": lag * SCALE}
    return post, looks
