"""Nights of 60 tasks with an outage of hours, a rotated key, or two runs at once: nobody is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_pinecone.flows.deferring import WaitOptions
from airflow_provider_pinecone.operators._waiting import DEFAULT_TIMEOUT
from tests.airflow.versions import DagBag
from tests.resilience.outages.night import HOUR, MINUTE, RESUMPTION, TWO_O_CLOCK, Night, Project, Retries
from tests.resilience.outages.weather import Weather, Window
from tests.resilience.search import tasks, world
from tests.resilience.search.faults import UNAVAILABLE_BEFORE, UNREACHABLE, Fault

DAGS = Path(__file__).parents[3] / "dags"


@pytest.fixture(scope="module")
def retries() -> dict[str, Retries]:
    """What the example DAG says of its tasks' retries."""
    dag = DagBag(str(DAGS / "nightly_backup.py")).dags["pinecone_nightly_backup"]
    return {
        name: Retries(
            most=dag.get_task(name).retries or 0, delay=dag.get_task(name).retry_delay.total_seconds()
        )
        for name in ("list_indexes", "back_up")
    }


@pytest.fixture(autouse=True)
def _as_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks wait as long, and look as often, as they do by default."""
    monkeypatch.setattr(tasks, "OPTIONS", WaitOptions(timeout=DEFAULT_TIMEOUT, deferrable=True))
    monkeypatch.setattr(world, "MOST_REQUESTS", 2000)


@pytest.fixture
def pass_by(retries: dict[str, Retries], capsys: pytest.CaptureFixture[str]) -> Any:
    """Let a night pass, and tell of it."""

    def pass_by(name: str, weather: Weather = Weather(), **more: Any) -> Night:  # noqa: B008 - frozen
        night = Night(Project(weather), retries["list_indexes"], retries["back_up"], **more)
        night.pass_by()
        with capsys.disabled():
            print(f"\n  {name}: {night.summary}")
        return night

    return pass_by


def test_a_night_in_which_nothing_happens(pass_by: Any) -> None:
    night = pass_by("a quiet night")
    assert list(night.objections) == []
    assert {life.tries for life in night.backups.values()} == {1}


@pytest.mark.parametrize("fault", [UNREACHABLE, UNAVAILABLE_BEFORE], ids=["unreachable", "503"])
@pytest.mark.parametrize(
    "minutes", [-10.0, 1.0, 50.0], ids=["from before the night", "from its beginning", "from its middle"]
)
def test_an_outage_of_four_hours_calls_nobody(pass_by: Any, minutes: float, fault: Fault) -> None:
    begins = TWO_O_CLOCK + minutes * MINUTE
    weather = Weather(outage=Window(begins, begins + 4 * HOUR), fault=fault)
    night = pass_by(f"down for 4 h from {minutes:+.0f} min, {fault}", weather)
    assert list(night.objections) == []
    assert any(
        fault in {one.fault for one in life.world.sent} for life in (*night.listings, *night.backups.values())
    )


def test_a_key_rotated_in_the_middle_of_the_waits_calls_nobody(pass_by: Any) -> None:
    begins = TWO_O_CLOCK + 75 * MINUTE
    night = pass_by("the key rotated", Weather(rotation=Window(begins, begins + 4 * MINUTE)))
    assert list(night.objections) == []
    assert all(401 in {one.status for one in life.world.sent} for life in night.backups.values())


def test_a_key_rotated_while_a_task_comes_back_from_its_wait_calls_nobody(pass_by: Any) -> None:
    resumptions = [life.world.resumptions[0] for life in pass_by("a quiet night").backups.values()]
    begins = resumptions[30] - RESUMPTION / 2
    weather = Weather(rotation=Window(begins, begins + 4 * MINUTE))
    night = pass_by("the key rotated between a trigger's event and its task's resumption", weather)
    assert list(night.objections) == []
    refused = {one.by for life in night.backups.values() for one in life.world.sent if one.status == 401}
    assert any(by.endswith("worker") for by in refused)


def test_two_runs_at_once_make_two_backups_of_each_index(pass_by: Any) -> None:
    night = pass_by("two runs at once", run_ids=("nightly-1", "by-hand-1"))
    assert list(night.objections) == []
    assert len(night.project.backups) == 120
