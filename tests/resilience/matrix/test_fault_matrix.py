"""Every request of every task, met by every fault: in the end there is one backup, or one index.

Which requests there are is taken from the log of a run that meets no fault.
"""

from __future__ import annotations

from collections import Counter

import pytest

from airflow_provider_pinecone.flows import once
from tests.resilience.matrix.faults import Request, requests_of
from tests.resilience.matrix.scene import CASES, Case
from tests.resilience.matrix.stage import Played, Stage, play_abreast, play_on
from tests.resilience.matrix.tries import RETRIES
from tests.resilience.matrix.verdict import asks, deleted

Cell = tuple[Request, str]
"""A request, and the name of the fault that it meets."""

REFUSALS = ("401", "404")
"""What ends a task for good where it has not begun anything yet: a wrong key, a wrong name."""

of_each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "in the triggerer"])
@of_each_case
def test_whatever_befalls_a_request_there_is_one_in_the_end(
    case: Case, deferrable: bool, stages: list[Stage], hasty: None, capsys: pytest.CaptureFixture[str]
) -> None:
    requests = _requests(stages[0], case, deferrable=deferrable)
    table = _play_all(stages, case, deferrable=deferrable, requests=requests)
    with capsys.disabled():
        print(f"\n  {case.name}, {'triggerer' if deferrable else 'worker'}: {_summary(requests, table)}")
    assert _failures(case, requests, table) == []


@of_each_case
def test_what_a_try_leaves_open_the_next_one_settles(
    case: Case,
    stages: list[Stage],
    hasty: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    requests = _requests(stages[0], case, deferrable=False)
    beginning = requests[: _asking(case, requests) + 1]
    # Every fault that the client does not wait out by itself ends the try.
    monkeypatch.setattr(once, "SUBMIT_PATIENCE", 0.0)
    table = _play_all(stages, case, deferrable=False, requests=beginning, most_times=RETRIES)
    with capsys.disabled():
        print(f"\n  {case.name}, left to the retries: {_summary(beginning, table)}")
    assert _failures(case, requests, table) == []
    assert max(played.told.tries for played in table.values()) > 1


def _requests(stage: Stage, case: Case, *, deferrable: bool) -> list[Request]:
    clean = play_on(stage, case, deferrable=deferrable)
    assert clean.objections == []
    assert clean.told.deferrals == deferrable
    return requests_of(clean.log)


def _asking(case: Case, requests: list[Request]) -> int:
    [number] = [n for n, request in enumerate(requests) if asks(case, request.method, request.path)]
    return number


def _play_all(
    stages: list[Stage], case: Case, *, deferrable: bool, requests: list[Request], most_times: int = 5
) -> dict[Cell, Played]:
    """Play every request with every fault, as many at once as there are stages.

    :param most_times: leave out the faults that meet a request more often.
    """

    def play_cell(stage: Stage, cell: Cell) -> Played:
        request, fault = cell
        rule = request.met_by(request.faults[fault])
        return play_on(stage, case, deferrable=deferrable, faults=(rule,))

    cells = [
        (request, name)
        for request in requests
        for name, fault in request.faults.items()
        if fault.get("times", 1) <= most_times
    ]
    return play_abreast(stages, cells, play_cell)


def _summary(requests: list[Request], table: dict[Cell, Played]) -> str:
    tries = Counter(played.told.tries for played in table.values())
    entries = [entry for played in table.values() for entry in played.log]
    for_good = sum(played.told.is_final for played in table.values())
    return (
        f"{len(requests)} requests x {len({fault for _, fault in table})} faults: {len(table)} tasks, "
        f"{dict(sorted(tries.items()))} by tries, {for_good} refused for good and cleared; "
        f"{len(entries)} requests, {sum(entry['method'] == 'POST' for entry in entries)} POSTs, "
        f"{deleted(entries)} duplicates deleted"
    )


def _failures(case: Case, requests: list[Request], table: dict[Cell, Played]) -> list[str]:
    beginning = set(requests[: _asking(case, requests) + 1])
    return [
        f"{request} <- {fault}: {objection}"
        for (request, fault), played in table.items()
        for objection in (
            *played.objections,
            *([] if played.met_its_fault else ["the fault was not met"]),
            *(
                [f"lost for good: {played.told.failure}"]
                if played.told.is_final and not (request in beginning and fault in REFUSALS)
                else []
            ),
        )
    ]
