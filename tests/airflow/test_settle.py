"""A backup that settles includes what was just written, is made once, and the task says why it waits."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.models.trigger import Trigger
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, TaskDeferred

from airflow_provider_pinecone.hooks import _driver, clock
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from tests.airflow.conftest import context_of, created, event_of
from tests.contract.conftest import Emulator

POST = "POST /indexes/movies/backups"
LAG = 900.0
TEMPORAL = ("airflow.triggers.temporal", "airflow.providers.standard.triggers.temporal")


class Time:
    """This process's clocks, and the emulator's: sleeping moves them all."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.now = datetime.fromisoformat(emulator.now()).timestamp()
        self.naps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self._emulator.advance(seconds)

    @property
    def text(self) -> str:
        return datetime.fromtimestamp(self.now, tz=UTC).isoformat()


@pytest.fixture
def when(connected: Emulator, monkeypatch: pytest.MonkeyPatch) -> Time:
    """A time that only sleeping moves, in a project whose backups lack the last 15 minutes."""
    connected.change_settings(write_lag=LAG)
    connected.freeze()
    when = Time(connected)
    clocks = SimpleNamespace(time=lambda: when.now, monotonic=lambda: when.now)
    monkeypatch.setattr(clock, "time", clocks)
    monkeypatch.setattr(_driver, "time", SimpleNamespace(sleep=when.sleep))
    return when


@pytest.fixture(autouse=True)
def _just_written(when: Time, movies: dict[str, Any]) -> None:
    """Every test has six records, written a moment ago."""


class Store(dict[str, Any]):
    """What outlives the tries of a task since Airflow 3.3."""

    def set(self, key: str, value: Any) -> None:
        self[key] = json.loads(json.dumps(value))


def operator(**arguments: Any) -> PineconeCreateBackupOperator:
    return PineconeCreateBackupOperator(
        **{"task_id": "back_up", "index_name": "movies", "settle": True} | arguments
    )


def run(task: PineconeCreateBackupOperator, *, store: Store | None = None, **ti: Any) -> dict[str, Any]:
    context = context_of(task, **ti)
    return task.execute(context if store is None else {**context, "task_state_store": store})


def deferral(task: PineconeCreateBackupOperator, **more: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        run(task, **more)
    return caught.value


def is_settling(deferred: TaskDeferred) -> bool:
    return deferred.method_name == "execute_settled"


def test_without_settling_a_backup_lacks_what_was_just_written() -> None:
    with pytest.raises(AirflowFailException, match="backup refused: 0 records"):
        run(operator(settle=False))


@pytest.mark.parametrize("waits", [True, False])
def test_a_backup_that_settles_includes_what_was_just_written(
    connected: Emulator, when: Time, waits: bool, told: Callable[[], str]
) -> None:
    backup = run(operator(data_written_at=when.text, wait_for_completion=waits))
    assert connected.client().get(f"/backups/{backup['backup_id']}").json()["record_count"] == 6
    assert when.naps[0] == LAG
    assert "A backup lacks the writes of the last 15 min 0 s: requesting it at " in told()


def test_it_waits_no_longer_than_the_data_needs(when: Time) -> None:
    written = when.text
    when.pass_by(600)
    run(operator(data_written_at=written))
    assert when.naps[0] == 300.0


def test_by_default_the_data_was_written_when_the_task_started(when: Time) -> None:
    run(operator())
    assert when.naps[0] == LAG


def test_a_deferrable_task_waits_in_the_triggerer_and_then_backs_up(
    connected: Emulator, when: Time, told: Callable[[], str]
) -> None:
    task = operator(deferrable=True, data_written_at=when.text)
    deferred = deferral(task)
    assert is_settling(deferred)
    path, arguments = deferred.trigger.serialize()
    assert path.removesuffix(".DateTimeTrigger") in TEMPORAL
    assert LAG < deferred.timeout.total_seconds() <= LAG + 8 * 3600
    assert POST not in created(connected)

    when.pass_by(LAG)
    assert task.execute_settled(context_of(task), event=arguments["moment"])["record_count"] == 6
    assert created(connected).count(POST) == 1


def test_airflows_own_trigger_survives_storage_and_brings_back_a_time(when: Time) -> None:
    path, arguments = deferral(operator(deferrable=True)).trigger.serialize()
    stored = dict(Trigger(classpath=path, kwargs=arguments).kwargs)
    assert stored["moment"] == arguments["moment"]
    stored["moment"] -= timedelta(days=1)
    module, _, name = path.rpartition(".")
    trigger = getattr(importlib.import_module(module), name)(**stored)
    assert asyncio.run(event_of(trigger)) == stored["moment"]


def test_the_first_start_is_kept_over_the_deferral(connected: Emulator, when: Time) -> None:
    task = operator(deferrable=True)
    moment = deferral(task).trigger.moment
    when.pass_by(LAG)
    assert task.execute_settled(context_of(task), event=moment)["record_count"] == 6
    assert created(connected).count(POST) == 1


def test_an_event_that_comes_early_is_not_believed(connected: Emulator, when: Time) -> None:
    task = operator(deferrable=True)
    moment = deferral(task).trigger.moment
    when.pass_by(LAG - 60)
    with pytest.raises(TaskDeferred) as again:
        task.execute_settled(context_of(task), event=moment)
    assert is_settling(again.value)
    assert abs(again.value.trigger.moment - datetime.now(UTC)) < timedelta(seconds=120)
    assert POST not in created(connected)


@pytest.mark.parametrize("event", [None, {}, "done", {"status": "done"}, 1.0])
def test_an_event_that_is_no_time_fails_the_task(connected: Emulator, event: Any) -> None:
    task = operator(deferrable=True)
    with pytest.raises(AirflowException, match="The trigger ended without saying when"):
        task.execute_settled(context_of(task), event=event)
    assert POST not in created(connected)


def test_a_retry_that_finds_its_runs_backup_does_not_settle_again(connected: Emulator, when: Time) -> None:
    """As before Airflow 3.3, where each try takes its own start for the time of the last write."""
    first = run(operator(), try_number=1)
    naps = len(when.naps)
    assert run(operator(), try_number=2) == first
    assert sum(when.naps[naps:]) < LAG / 2
    assert created(connected).count(POST) == 1


class Killed(BaseException):
    """The end of the worker's process."""


def test_a_task_that_is_killed_while_it_settles_makes_one_backup(
    connected: Emulator, when: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(seconds: float) -> None:
        when.pass_by(300.0)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(_driver, "time", SimpleNamespace(sleep=killed))
        task = operator()
        with pytest.raises(Killed):
            run(task)
        task.on_kill()
    assert POST not in created(connected)
    assert run(operator(), try_number=2)["record_count"] == 6
    assert created(connected).count(POST) == 1


@pytest.mark.parametrize(
    ("second", "rest"),
    [
        ({"try_number": 2}, LAG - 300),
        ({"try_number": 2, "max_tries": 1}, LAG),
    ],
    ids=["retried", "cleared"],
)
@pytest.mark.parametrize("on_clear", ["new", "reuse"])
def test_the_store_keeps_the_first_start_over_retries_and_forgets_it_when_the_task_is_cleared(
    when: Time, second: dict[str, Any], rest: float, on_clear: str
) -> None:
    store = Store()
    assert is_settling(deferral(operator(deferrable=True, on_clear=on_clear), store=store))
    when.pass_by(300)
    run(operator(on_clear=on_clear), store=store, **second)
    assert when.naps[0] == rest


def test_without_a_store_a_retry_settles_from_its_own_start(when: Time) -> None:
    deferral(operator(deferrable=True))
    when.pass_by(300)
    run(operator(), try_number=2)
    assert when.naps[0] == LAG


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"data_written_at": "yesterday"}, "data_written_at must be a time"),
        ({"data_written_at": "2999-01-01"}, "data_written_at must not be in the future"),
        ({"settle": "a while"}, "settle must be"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(
    connected: Emulator, arguments: dict[str, Any], complaint: str
) -> None:
    before = len(connected.requests())
    with pytest.raises(AirflowFailException, match=complaint):
        run(operator(**arguments))
    assert len(connected.requests()) == before


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"settle": -1}, "settle must be"),
        ({"settle": float("nan")}, "settle must be"),
        ({"settle": None, "data_written_at": "2026-07-31"}, "data_written_at has no effect without settle"),
        ({"settle": False, "data_written_at": "2026-07-31"}, "data_written_at has no effect without settle"),
    ],
)
def test_what_cannot_be_meant_does_not_parse(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        operator(**arguments)
