"""Every request of a prune, met by every fault: only what the policy does not keep is gone, and all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_pinecone.operators.retention import PineconePruneBackupsOperator
from airflow_provider_pinecone.policies.retention import RetentionPolicy
from tests.contract.conftest import Emulator
from tests.resilience.matrix.faults import Request, requests_of
from tests.resilience.matrix.stage import Stage, play_abreast
from tests.resilience.matrix.tries import RETRIES, Told, play

Cell = tuple[Request, str]

OWN = "night-"
NAMES = ("night-5", "night-4", "by-hand", "night-3", "night-2", "night-1")
LEFT = ["by-hand", "night-2", "night-1"]
REFUSALS = ("401", "404")
"""What ends a task for good: a wrong key, a wrong host."""


@dataclass(frozen=True)
class Played:
    """A prune that was played to its end.

    :param left: the names of the backups that it left.
    :param left_by_the_next: those that a second one without faults left.
    """

    told: Told
    log: list[dict[str, Any]]
    left: list[str]
    left_by_the_next: list[str]


def test_whatever_befalls_a_request_only_what_the_policy_does_not_keep_is_gone(
    stages: list[Stage], hasty: None, capsys: pytest.CaptureFixture[str]
) -> None:
    clean = _play(stages[0], {})
    assert (clean.left, clean.told.tries) == (LEFT, 1)
    requests = requests_of(clean.log)
    cells = [(request, name) for request in requests for name in request.faults]

    def play_cell(stage: Stage, cell: Cell) -> Played:
        request, name = cell
        return _play(stage, request.met_by(request.faults[name]))

    table = play_abreast(stages, cells, play_cell)
    with capsys.disabled():
        tries = Counter(played.told.tries for played in table.values())
        final = sum(played.told.is_final for played in table.values())
        late = sum(played.left != LEFT for played in table.values())
        print(
            f"\n  {len(requests)} requests x {len({name for _, name in cells})} faults: {len(table)} tasks, "
            f"{dict(sorted(tries.items()))} by tries, {final} refused for good, {late} not done at once"
        )
    assert [line for cell, played in table.items() for line in _objections(cell, played)] == []


def _objections(cell: Cell, played: Played) -> list[str]:
    request, name = cell
    found = []
    if not set(LEFT) <= set(played.left):
        found.append(f"left are {played.left}")
    if played.left_by_the_next != LEFT:
        found.append(f"the next one leaves {played.left_by_the_next}")
    if played.told.failure is not None and name not in REFUSALS:
        found.append(f"lost: {played.told.failure!r}")
    if played.left != LEFT and name not in (*REFUSALS, "stale"):
        found.append(f"something is left for the next: {played.left}")
    if all(entry["outcome"] == "answered" for entry in played.log):
        found.append("the fault was not met")
    return [f"{request} <- {name}: {line}" for line in found]


def _play(stage: Stage, fault: Mapping[str, Any]) -> Played:
    emulator = stage.emulator
    _set_up(emulator)
    earlier = len(emulator.requests())
    emulator.set_faults(*([fault] if fault else []))

    def make() -> Any:
        return PineconePruneBackupsOperator(
            task_id="prune",
            policy=RetentionPolicy(keep_last=2),
            name_prefix=OWN,
            pinecone_conn_id=stage.conn_id,
            retries=RETRIES,
        )

    told = play(make, meanwhile=lambda: None)
    log = emulator.requests()[earlier:]
    emulator.set_faults()
    left = _names(emulator)
    play(make, meanwhile=lambda: None)
    return Played(told, log, left, _names(emulator))


def _set_up(emulator: Emulator) -> None:
    """The backups of five nights, and one by hand among them, of an index that is deleted by now."""
    emulator.reset()
    emulator.freeze()
    now = datetime.now(UTC)
    schema = {"fields": {"_values": {"type": "dense_vector", "dimension": 2, "metric": "cosine"}}}
    with emulator.client() as client:

        def create(index: str) -> None:
            made = client.post("/indexes", json={"name": index, "schema": schema}).raise_for_status().json()
            body = {"vectors": [{"id": "a", "values": [1, 0]}], "namespace": ""}
            client.post(f"{made['host']}/vectors/upsert", json=body).raise_for_status()

        emulator.set_time((now - timedelta(days=9)).isoformat())
        create("movies")
        for days_ago, name in zip(range(len(NAMES), 0, -1), NAMES, strict=True):
            emulator.set_time((now - timedelta(days=days_ago)).isoformat())
            client.post("/indexes/movies/backups", json={"name": name}).raise_for_status()
        emulator.set_time(now.isoformat())
        client.delete("/indexes/movies").raise_for_status()


def _names(emulator: Emulator) -> list[str]:
    with emulator.client() as client:
        rows = client.get("/backups?limit=100").raise_for_status().json()["data"]
    return [row["name"] for row in rows][::-1]
