"""Triggers: they survive storage, wait without blocking, and say how it ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from airflow.models.trigger import Trigger

from airflow_provider_pinecone.flows import deferring
from airflow_provider_pinecone.flows.waiting.backup import BackupWait
from airflow_provider_pinecone.flows.waiting.restore import RestoreWait
from airflow_provider_pinecone.policies.durations import Expectation
from airflow_provider_pinecone.triggers.backup import PineconeBackupTrigger
from airflow_provider_pinecone.triggers.restore import PineconeRestoreJobTrigger
from tests.airflow.conftest import event_of
from tests.airflow.event_loops import longest_gap_beside
from tests.contract.conftest import Emulator

MISSING = "6a00902c-0000-0000-0000-000000000000"


@pytest.fixture(autouse=True)
def _quick(quick: None, movies: dict[str, Any]) -> None:
    """Every test has six records, and triggers that fire soon."""


def times(**more: Any) -> dict[str, Any]:
    now = time.time()
    return {"started_at": now, "deadline": now + 60, **more}


def of_backup(backup_id: str, *, poll_interval: float | None = None, **more: Any) -> PineconeBackupTrigger:
    wait = BackupWait(backup_id=backup_id, **times(**more))
    return PineconeBackupTrigger(pinecone_conn_id="pinecone_default", wait=wait, poll_interval=poll_interval)


def of_job(
    restore_job_id: str | None, *, poll_interval: float | None = None, **more: Any
) -> PineconeRestoreJobTrigger:
    wait = RestoreWait(restore_job_id=restore_job_id, **times(**more))
    return PineconeRestoreJobTrigger(
        pinecone_conn_id="pinecone_default", wait=wait, poll_interval=poll_interval
    )


def stored(trigger: Any) -> Any:
    """The same trigger, after Airflow stored it in its database and a triggerer read it."""
    path, arguments = trigger.serialize()
    kept = Trigger(classpath=path, kwargs=arguments)
    module, _, name = path.rpartition(".")
    cls = getattr(__import__(module, fromlist=[name]), name)
    return cls(**Trigger(classpath=path, kwargs=kept.kwargs).kwargs)


@pytest.fixture
def begun(
    connected: Emulator, backup_of: Callable[..., str], restore_of: Callable[..., str]
) -> Callable[..., Any]:
    """A trigger that waits for a backup or a restore which takes some seconds."""

    def begin(kind: str, *, seconds: float, **more: Any) -> Any:
        if kind == "restore":
            backup_id = backup_of("movies")
            connected.change_settings(restore_seconds=seconds)
            return of_job(restore_of(backup_id), index_name="movies-restored", **more)
        connected.change_settings(backup_seconds=seconds)
        return of_backup(backup_of("movies"), **more)

    return begin


of_both_kinds = pytest.mark.parametrize("kind", ["backup", "restore"])


@of_both_kinds
def test_a_trigger_survives_storage_and_waits_to_the_end(begun: Callable[..., Any], kind: str) -> None:
    trigger = stored(begun(kind, seconds=0.4, poll_interval=1.0))
    event = asyncio.run(event_of(trigger))
    assert event["status"] == "done"
    assert event["message"].endswith(" ended.")
    assert event["wait"] == trigger.wait.to_json()


@pytest.mark.parametrize(
    "trigger",
    [
        of_backup("b", started_at=1.5, deadline=2.5),
        of_backup("b", poll_interval=30.0),
        of_job(
            "j", index_name="movies", percent_complete=40.0, expected=Expectation(seconds=60.0, factor=2.0)
        ),
        of_job(None, index_name="movies"),
    ],
    ids=["a backup", "at an interval", "a restore job", "a restore without a job"],
)
def test_nothing_is_lost_in_storage(trigger: Any) -> None:
    assert vars(stored(trigger)) == vars(trigger)


def test_a_backup_that_fails_is_told_of(connected: Emulator, begun: Callable[..., Any]) -> None:
    connected.change_settings(next_backups=["InitializationFailed"])
    trigger = begun("backup", seconds=0.2)
    event = asyncio.run(event_of(trigger))
    assert event["status"] == "error"
    assert "movies: backup failed: InitializationFailed" in event["message"]
    assert event["wait"] == trigger.wait.to_json()


def test_a_restore_that_fails_is_told_of(connected: Emulator, begun: Callable[..., Any]) -> None:
    connected.change_settings(next_restores=["Cancelled"])
    event = asyncio.run(event_of(begun("restore", seconds=0.2)))
    assert event["status"] == "error"
    assert "restore failed: Cancelled" in event["message"]


def test_what_is_not_there_is_told_of() -> None:
    event = asyncio.run(event_of(of_backup(MISSING, deadline=time.time() + 1)))
    assert event["status"] == "error"
    assert f"Backup {MISSING} had not ended" in event["message"]
    assert "Last seen: not found." in event["message"]


def test_the_deadline_is_kept(begun: Callable[..., Any]) -> None:
    trigger = begun("backup", seconds=3600, deadline=time.time() + 0.5)
    event = asyncio.run(event_of(trigger))
    assert event["status"] == "error"
    assert "had not ended after" in event["message"]


@pytest.mark.parametrize(
    ("jump", "seconds", "timeout", "status"),
    [(-86_400.0, 3600.0, 1.0, "error"), (86_400.0, 1.0, 60.0, "done")],
    ids=["back", "forward"],
)
def test_the_deadline_comes_neither_later_nor_sooner_if_the_clock_is_set_meanwhile(
    connected: Emulator,
    begun: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    jump: float,
    seconds: float,
    timeout: float,
    status: str,
) -> None:
    trigger = begun("backup", seconds=seconds, deadline=time.time() + timeout)
    wall = time.time
    asked = len(connected.requests())

    async def run() -> dict[str, Any]:
        waiting = asyncio.create_task(event_of(trigger))
        while len(connected.requests()) == asked:
            await asyncio.sleep(0.02)
        monkeypatch.setattr(time, "time", lambda: wall() + jump)
        return await asyncio.wait_for(waiting, timeout=60)

    assert asyncio.run(run())["status"] == status


def test_a_wait_that_a_worker_with_a_fast_clock_hands_over_ends_after_its_timeout(
    begun: Callable[..., Any],
) -> None:
    tomorrow = time.time() + 86_400
    trigger = begun("backup", seconds=3600, started_at=tomorrow, deadline=tomorrow + 0.5)
    event = asyncio.run(asyncio.wait_for(event_of(trigger), timeout=60))
    assert "had not ended" in event["message"]


def test_a_trigger_that_another_triggerer_begins_anew_keeps_its_deadline(begun: Callable[..., Any]) -> None:
    trigger = begun("backup", seconds=3600, deadline=time.time() - 1)
    event = asyncio.run(event_of(stored(trigger)))
    assert (event["status"], event["wait"]["deadline"]) == ("error", trigger.wait.deadline)


def test_a_lost_job_is_judged_by_its_index(begun: Callable[..., Any]) -> None:
    begun("restore", seconds=0.3)
    assert asyncio.run(event_of(of_job(None, index_name="movies-restored")))["status"] == "done"


def test_faults_that_pass_do_not_end_the_wait(connected: Emulator, begun: Callable[..., Any]) -> None:
    trigger = begun("backup", seconds=0.0)
    connected.set_faults(
        {"method": "GET", "action": "status", "status": 429, "retry_after": 0.01, "times": 2},
        {"method": "GET", "action": "close_before", "times": 1},
        {"method": "GET", "action": "status", "status": 404, "times": 2},
    )
    assert asyncio.run(event_of(trigger))["status"] == "done"
    assert [entry["status"] for entry in connected.requests()[-6:]] == [429, 429, None, 404, 404, 200]


def test_no_event_comes_before_airflow_can_bear_it(
    begun: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deferring, "EARLIEST_EVENT", 0.5)
    trigger = begun("backup", seconds=0.0)

    async def seconds_until_the_event() -> float:
        began = time.monotonic()
        await event_of(trigger)
        return time.monotonic() - began

    assert asyncio.run(seconds_until_the_event()) >= 0.5


@of_both_kinds
def test_the_event_loop_is_never_blocked(connected: Emulator, begun: Callable[..., Any], kind: str) -> None:
    trigger = begun(kind, seconds=0.0)
    seconds = 1.0

    async def run() -> tuple[float, dict[str, Any]]:
        # Once before, since the first run imports the client.
        await asyncio.wait_for(event_of(of_backup(MISSING, deadline=0.0)), timeout=30)
        connected.set_faults({"method": "GET", "action": "delay", "seconds": seconds})
        work = asyncio.create_task(event_of(trigger))
        return await longest_gap_beside(work), work.result()

    gap, event = asyncio.run(run())
    assert event["status"] == "done"
    assert gap < seconds / 2


def test_many_triggers_wait_side_by_side(connected: Emulator, backup_of: Callable[..., str]) -> None:
    triggers = [of_backup(backup_of("movies")) for _ in range(20)]

    async def run() -> list[dict[str, Any]]:
        return await asyncio.gather(*map(event_of, triggers))

    events = asyncio.run(run())
    assert [event["wait"] for event in events] == [one.wait.to_json() for one in triggers]


@of_both_kinds
def test_a_trigger_that_is_cancelled_leaves_nothing_behind(
    connected: Emulator,
    connections: Callable[[], int],
    begun: Callable[..., Any],
    read: Callable[[str], Any],
    kind: str,
) -> None:
    trigger = begun(kind, seconds=3600)

    async def run() -> tuple[set[asyncio.Task[Any]], int]:
        work = asyncio.create_task(event_of(trigger))
        asked = len(connected.requests())
        while len(connected.requests()) == asked and not work.done():
            await asyncio.sleep(0.02)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        await trigger.cleanup()
        return asyncio.all_tasks() - {asyncio.current_task()}, connections()

    assert asyncio.run(run()) == (set(), 0)
    assert [entry["method"] for entry in connected.requests()].count("DELETE") == 0
    status = read(f"/backups/{trigger.wait.backup_id}" if kind == "backup" else "/indexes/movies-restored")
    assert "Initializing" in str(status["status"])


@of_both_kinds
def test_the_key_is_nowhere(
    connected: Emulator,
    begun: Callable[..., Any],
    told: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
    kind: str,
) -> None:
    caplog.set_level("DEBUG")
    trigger = begun(kind, seconds=0.0)
    key = connected.api_key
    connected.set_faults({"action": "status", "status": 500, "body": f"I was sent {key}", "times": 1})
    event = asyncio.run(event_of(trigger))
    seen = [repr(trigger), str(trigger.serialize()), str(trigger.__dict__), str(event), told()]
    assert [text for text in seen if key in text] == []
    assert "I was sent ***" in told()
