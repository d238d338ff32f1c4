"""Someone ends a task: what it began goes on, unless deleting was asked for and nobody goes on with it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_pinecone.flows.kinds import Kind
from airflow_provider_pinecone.hooks._driver import WorkerDriver
from airflow_provider_pinecone.operators import _killing
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.triggers import _base
from airflow_provider_pinecone.triggers.watcher import watching
from tests.airflow.conftest import context_of
from tests.contract.conftest import Emulator

ENDED = ["failed", "skipped", "upstream_failed", "removed"]
GOING_ON = ["running", "deferred", "queued", "up_for_retry", "restarting", "success", None]


@pytest.fixture(autouse=True)
def _unfinished(quick: None, movies: dict[str, Any]) -> None:
    """Every test has six records, and no patience."""


@pytest.fixture
def airflow_says(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Let Airflow say that the task is in a state; the system tests ask a real one."""

    def says(state: str | None) -> None:
        for module in (_killing, _base):
            monkeypatch.setattr(module, "task_state", lambda ti: state)

    return says


@pytest.fixture(autouse=True)
def pushed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The XComs that triggers push."""
    xcoms: dict[str, Any] = {}
    monkeypatch.setattr(_base.XCom, "set", lambda *, key, value, **ti: xcoms.update({key: {**value, **ti}}))
    return xcoms


@pytest.fixture
def begun(connected: Emulator, backup_of: Callable[..., str]) -> Callable[..., Any]:
    """A deferrable task of either kind that has deferred, and its trigger."""

    def begin(kind: str, **arguments: Any) -> tuple[Any, Any]:
        arguments = {"task_id": kind, "deferrable": True} | arguments
        task: Any
        if kind == "back_up":
            task = PineconeCreateBackupOperator(index_name="movies", **arguments)
        else:
            task = PineconeCreateIndexFromBackupOperator(
                index_name="restored", backup_id=backup_of("movies"), **arguments
            )
        connected.change_settings(backup_seconds=3600, restore_seconds=3600)
        with pytest.raises(TaskDeferred) as deferral:
            task.execute(context_of(task))
        trigger = deferral.value.trigger
        trigger.task_instance = context_of(task, map_index=3)["ti"]
        return task, trigger

    return begin


class Killed(BaseException):
    """The end of the worker's process."""


def interrupted_in_the_worker(task: Any) -> dict[str, Any]:
    """What Airflow does to a task while it waits in its worker: tells it, and kills it.

    :return: the task's context.
    """

    async def read(driver: WorkerDriver, kind: Kind[Any], id: str) -> Any:
        if task._begun is not None:
            task.on_kill()
            raise Killed
        return await kept(driver, kind, id)

    kept = WorkerDriver.read
    context = context_of(task, try_number=2)
    with patch.object(WorkerDriver, "read", read), pytest.raises(Killed):
        task.execute(context)
    return context


def exists(read: Callable[[str], Any], kind: str) -> bool:
    """Whether what the task began is there."""
    if kind == "back_up":
        return bool(read("/backups")["data"])
    return "restored" in [index["name"] for index in read("/indexes")["indexes"]]


KINDS = pytest.mark.parametrize("kind", ["back_up", "restore"])


@KINDS
@pytest.mark.parametrize("state", ENDED)
def test_a_deferred_task_that_was_given_up_deletes_what_is_unfinished_if_asked_to(
    kind: str, state: str, begun: Callable[..., Any], airflow_says: Any, read: Callable[[str], Any]
) -> None:
    _, trigger = begun(kind, delete_on_kill=True)
    airflow_says(state)
    asyncio.run(trigger.on_kill())
    assert not exists(read, kind)


@KINDS
@pytest.mark.parametrize("state", GOING_ON)
def test_a_deferred_task_that_somebody_goes_on_with_deletes_nothing(
    kind: str, state: str | None, begun: Callable[..., Any], airflow_says: Any, read: Callable[[str], Any]
) -> None:
    _, trigger = begun(kind, delete_on_kill=True)
    airflow_says(state)
    asyncio.run(trigger.on_kill())
    assert exists(read, kind)


FATES = {
    ("back_up", False): r"Backup \S+ goes on in Pinecone, which has no call to cancel that\.",
    ("back_up", True): r"Backup \S+ was still Initializing, and is deleted\.",
    ("restore", False): r"Index restored is still being restored in Pinecone, which has no call to cancel",
    ("restore", True): r"Index restored was still Initializing, and is deleted\.",
}


@pytest.mark.parametrize(("kind", "deletes"), FATES)
def test_a_deferred_task_that_was_given_up_says_what_becomes_of_what_it_began(
    kind: str,
    deletes: bool,
    begun: Callable[..., Any],
    airflow_says: Any,
    pushed: dict[str, Any],
    told: Callable[[], str],
) -> None:
    task, trigger = begun(kind, delete_on_kill=deletes)
    airflow_says("failed")
    asyncio.run(trigger.on_kill())
    error = pushed["error"]
    subject = f"{task.index_name}: the task was marked failed while it waited"
    assert re.match(rf"{subject}\. {FATES[kind, deletes]}", error["message"])
    assert error["message"] in told()
    assert (error["index_name"], error["task_id"], error["map_index"]) == (task.index_name, kind, 3)


@pytest.mark.parametrize(("kind", "deletes"), FATES)
def test_the_log_says_beforehand_what_goes_on_since_older_airflows_tell_no_trigger(
    kind: str, deletes: bool, begun: Callable[..., Any], told: Callable[[], str]
) -> None:
    _, trigger = begun(kind, delete_on_kill=deletes)
    assert f"{trigger.wait.what}: the triggerer waits for it, until 20" in told()
    assert ("If this task is ended before, it goes on in Pinecone." in told()) is not deletes


@KINDS
@pytest.mark.parametrize(
    ("state", "fate"), [("success", "goes on in Pinecone"), (None, "stays for the next")]
)
def test_a_deferred_task_that_was_ended_otherwise_has_no_error(
    kind: str,
    state: str | None,
    fate: str,
    begun: Callable[..., Any],
    airflow_says: Any,
    pushed: dict[str, Any],
    told: Callable[[], str],
) -> None:
    _, trigger = begun(kind)
    airflow_says(state)
    asyncio.run(trigger.on_kill())
    assert f"Ended while the task is {state}: {trigger.wait.what} {fate}" in told()
    assert pushed == {}


@pytest.mark.parametrize(("kind", "deletes"), FATES)
def test_a_task_that_was_given_up_in_its_worker_says_what_becomes_of_what_it_began(
    kind: str,
    deletes: bool,
    begun: Callable[..., Any],
    airflow_says: Any,
    told: Callable[[], str],
) -> None:
    task, _ = begun(kind, delete_on_kill=deletes)
    airflow_says("failed")
    context = interrupted_in_the_worker(task)
    error = context["ti"].xcoms["error"]
    subject = f"{task.index_name}: the task was marked failed while it waited"
    assert re.match(rf"{subject}\. {FATES[kind, deletes]}", error["message"])
    assert error["message"] in told()


@KINDS
def test_nothing_is_deleted_unasked(
    kind: str, begun: Callable[..., Any], airflow_says: Any, read: Callable[[str], Any]
) -> None:
    task, trigger = begun(kind)
    airflow_says("failed")
    asyncio.run(trigger.on_kill())
    interrupted_in_the_worker(task)
    assert exists(read, kind)


def test_where_the_connection_is_gone_the_triggerer_is_spared_the_error(
    begun: Callable[..., Any], airflow_says: Any, read: Callable[[str], Any]
) -> None:
    _, trigger = begun("back_up", delete_on_kill=True)
    trigger.pinecone_conn_id = "gone"
    airflow_says("failed")
    asyncio.run(trigger.on_kill())
    assert exists(read, "back_up")


@KINDS
def test_a_triggerers_own_end_deletes_nothing(
    kind: str, begun: Callable[..., Any], airflow_says: Any, read: Callable[[str], Any]
) -> None:
    _, trigger = begun(kind, delete_on_kill=True)
    airflow_says("failed")

    async def end() -> None:
        running = asyncio.create_task(anext(trigger.run()))
        await asyncio.sleep(0.1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await trigger.cleanup()

    asyncio.run(end())
    assert exists(read, kind)


@KINDS
@pytest.mark.parametrize(("state", "stays"), [("failed", False), ("running", True), (None, True)])
def test_a_task_that_waits_in_its_worker_deletes_when_it_was_given_up(
    kind: str,
    state: str | None,
    stays: bool,
    begun: Callable[..., Any],
    airflow_says: Any,
    read: Callable[[str], Any],
) -> None:
    task, _ = begun(kind, delete_on_kill=True)
    airflow_says(state)
    interrupted_in_the_worker(task)
    assert exists(read, kind) is stays


def test_a_task_that_has_begun_nothing_deletes_nothing(
    backup_of: Callable[..., str], airflow_says: Any, read: Callable[[str], Any]
) -> None:
    backup_of("movies")
    airflow_says("failed")
    PineconeCreateBackupOperator(task_id="t", index_name="movies", delete_on_kill=True).on_kill()
    assert exists(read, "back_up")


def test_what_is_done_by_then_stays(
    connected: Emulator, begun: Callable[..., Any], airflow_says: Any, read: Callable[[str], Any]
) -> None:
    _, trigger = begun("back_up", delete_on_kill=True)
    connected.advance(7200)
    airflow_says("failed")
    asyncio.run(trigger.on_kill())
    assert exists(read, "back_up")


def test_a_state_that_cannot_be_read_keeps_everything_and_holds_nobody_up(
    begun: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, read: Callable[[str], Any]
) -> None:
    """A signal may have come while the lock was held that asking takes."""
    task, _ = begun("back_up", delete_on_kill=True)
    monkeypatch.setattr(_killing, "task_state", lambda ti: time.sleep(30))
    monkeypatch.setattr(_killing, "LONGEST_ABANDONING", 0.2)
    before = time.monotonic()
    interrupted_in_the_worker(task)
    assert time.monotonic() - before < 20
    assert exists(read, "back_up")


@KINDS
def test_waits_that_are_told_to_be_quiet_do_not_keep_a_given_up_task_from_deleting(
    kind: str, begun: Callable[..., Any], airflow_says: Any, read: Callable[[str], Any]
) -> None:
    _, trigger = begun(kind, delete_on_kill=True)
    airflow_says("failed")

    async def kill_beside_a_quiet_watcher() -> None:
        async with watching("pinecone_default") as watcher:
            watcher._throttle._quiet_until = asyncio.get_running_loop().time() + 60.0
            await trigger.on_kill()

    asyncio.run(kill_beside_a_quiet_watcher())
    assert not exists(read, kind)
