"""Backing up: one backup per run and index, on record before the wait, and never a bad one taken for good."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_pinecone.api.errors import (
    PineconeBackupFailedError,
    PineconeServerError,
    PineconeWaitTimeoutError,
)
from airflow_provider_pinecone.hooks import _driver, clock
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from tests.airflow.conftest import RUN_ID, context_of, created
from tests.contract.conftest import Emulator

POST = "POST /indexes/movies/backups"


def operator(**arguments: Any) -> PineconeCreateBackupOperator:
    settings = {"task_id": "back_up", "index_name": "movies", "timeout": 60.0}
    return PineconeCreateBackupOperator(**settings | arguments)


def run(task: PineconeCreateBackupOperator, **ti: Any) -> dict[str, Any]:
    return task.execute(context_of(task, **ti))


@pytest.fixture(autouse=True)
def _movies(movies: dict[str, Any], quick: None) -> None:
    """Every test backs up these six records, and waits briefly."""


def test_the_backup_is_returned_as_the_api_describes_it(read: Callable[[str], Any]) -> None:
    made = run(operator())
    assert made["status"] == "Ready"
    assert (made["source_index_name"], made["record_count"], made["namespace_count"]) == ("movies", 6, 2)
    # The API says null for no tags.
    described = read(f"/backups/{made['backup_id']}") | {"tags": {}}
    assert {key: made[key] for key in described} == described


def test_the_task_waits_until_the_backup_is_ready(connected: Emulator, told: Callable[[], str]) -> None:
    connected.change_settings(backup_seconds=0.3)
    made = run(operator())
    assert made["status"] == "Ready"
    assert f"Backup {made['backup_id']}: Initializing after 0 s." in told()
    assert f"Backup {made['backup_id']} of movies: 6 records in 2 namespaces" in told()


def test_setting_the_clock_back_makes_no_task_poll_faster_or_longer(
    connected: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the worker's own time: each of its sleeps moves its clocks and the emulator's."""
    connected.change_settings(backup_seconds=1200)
    connected.freeze()
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        connected.advance(seconds)

    def wall() -> float:
        return 1e9 + sum(naps) - (86_400.0 if sum(naps) > 300 else 0.0)

    monkeypatch.setattr(clock, "time", SimpleNamespace(time=wall, monotonic=lambda: sum(naps)))
    monkeypatch.setattr(_driver, "time", SimpleNamespace(sleep=sleep))
    task = operator(poll_interval=None, timeout=3600.0)
    assert run(task)["status"] == "Ready"
    assert sum(naps) == pytest.approx(1200, rel=0.06)
    assert max(naps) > 50


def test_the_id_is_on_record_before_the_wait(connected: Emulator) -> None:
    connected.change_settings(backup_seconds=3600)
    task = operator(timeout=0.2)
    context = context_of(task)
    with pytest.raises(PineconeWaitTimeoutError):
        task.execute(context)
    assert context["ti"].xcoms["backup_id"]


def test_the_backup_says_which_run_made_it() -> None:
    made = run(operator(description="before the migration"))
    assert made["name"].startswith("movies-20260731-0200-")
    assert made["description"].startswith("[airflow-provider-pinecone token=")
    assert made["description"].endswith(
        f" deployment=prod generation=0 dag=nightly task=back_up run={RUN_ID} map_index=-1] "
        f"before the migration"
    )
    made = run(operator(backup_name="by-hand", task_id="another"))
    assert made["name"] == "by-hand"
    assert made["description"].endswith(f" dag=nightly task=another run={RUN_ID} map_index=-1]")


def test_a_retry_finds_the_backup_of_the_try_before(connected: Emulator, told: Callable[[], str]) -> None:
    first = run(operator())
    second = run(operator(), try_number=2)
    assert second == first
    assert created(connected).count(POST) == 1
    assert f"Backup {first['backup_id']} of index movies: found, started by this run earlier" in told()


def test_a_retry_waits_for_a_backup_that_is_still_initializing(connected: Emulator) -> None:
    connected.change_settings(backup_seconds=0.5)
    begun = run(operator(wait_for_completion=False))
    assert begun["status"] == "Initializing"
    ended = run(operator(), try_number=2)
    assert (ended["backup_id"], ended["status"]) == (begun["backup_id"], "Ready")
    assert created(connected).count(POST) == 1


def test_a_retry_does_not_take_a_failed_backup_for_its_own(connected: Emulator) -> None:
    connected.change_settings(next_backups=["InitializationFailed"])
    task = operator(retries=2)
    with pytest.raises(PineconeBackupFailedError, match="movies: backup failed: InitializationFailed"):
        run(task)
    assert run(task, try_number=2)["status"] == "Ready"
    assert created(connected).count(POST) == 2


def test_a_cleared_task_makes_a_new_backup(connected: Emulator) -> None:
    task = operator(retries=2)
    first = run(task, max_tries=2)
    cleared = run(task, try_number=2, max_tries=3)
    assert cleared["backup_id"] != first["backup_id"]
    assert cleared["name"] != first["name"]
    assert run(task, try_number=3, max_tries=3) == cleared
    assert created(connected).count(POST) == 2


@pytest.mark.parametrize(
    "ti", [{"run_id": "manual__2"}, {"dag_id": "weekly"}], ids=["another run", "another DAG"]
)
def test_another_run_makes_its_own(connected: Emulator, ti: dict[str, Any]) -> None:
    assert run(operator(), **ti)["backup_id"] != run(operator())["backup_id"]
    assert created(connected).count(POST) == 2


def test_one_task_mapped_over_two_indexes_makes_two(connected: Emulator, fill: Callable[..., Any]) -> None:
    fill("books")
    made = [run(operator(index_name=name), map_index=n) for n, name in enumerate(["movies", "books"])]
    assert [backup["source_index_name"] for backup in made] == ["movies", "books"]
    assert all(f" map_index={n}]" in backup["description"] for n, backup in enumerate(made))
    assert len(created(connected)) == 4


def test_a_deployment_without_a_name_is_called_default(
    connected: Emulator, connect: Callable[..., None]
) -> None:
    connect(host=connected.url, password=connected.api_key)
    assert " deployment=default generation=0 " in run(operator())["description"]


def test_two_deployments_of_one_project_make_two(connected: Emulator, connect: Callable[..., None]) -> None:
    made = []
    for deployment in ("eu", "us"):
        connect(host=connected.url, password=connected.api_key, extra={"deployment": deployment})
        made.append(run(operator()))
    assert made[0]["backup_id"] != made[1]["backup_id"]
    assert "deployment=eu " in made[0]["description"]
    assert "deployment=us " in made[1]["description"]


def test_an_index_made_again_under_its_name_is_backed_up_again(
    connected: Emulator, fill: Callable[..., Any]
) -> None:
    first = run(operator())
    with connected.client() as client:
        assert client.delete("/indexes/movies").is_success
    fill("movies")
    second = run(operator(), try_number=2)
    assert second["backup_id"] != first["backup_id"]
    assert second["source_index_id"] != first["source_index_id"]


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "close_after"},
        {"action": "truncate"},
        {"action": "close_before"},
        {"action": "status", "status": 500},
        {"action": "status", "status": 429, "retry_after": 0.1},
    ],
    ids=lambda fault: fault.get("status") or fault["action"],
)
def test_a_fault_while_asking_makes_neither_none_nor_two(
    connected: Emulator, read: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    connected.set_faults({"method": "POST", "nth": 1, **fault})
    made = run(operator())
    assert [backup["backup_id"] for backup in read("/backups")["data"]] == [made["backup_id"]]


def test_without_a_wait_the_task_only_begins(connected: Emulator) -> None:
    connected.change_settings(backup_seconds=3600)
    task = operator(wait_for_completion=False)
    context = context_of(task)
    begun = task.execute(context)
    assert begun["status"] == "Initializing"
    assert context["ti"].xcoms == {"backup_id": begun["backup_id"]}


def refusal(task: PineconeCreateBackupOperator, **ti: Any) -> tuple[str, str]:
    """The message that a guard fails the task with for good, and the id of the backup it is about."""
    context = context_of(task, **ti)
    with pytest.raises(AirflowFailException) as caught:
        task.execute(context)
    xcoms = context["ti"].xcoms
    assert xcoms["error"] == {"index_name": task.index_name, "message": str(caught.value)}
    return str(caught.value), xcoms["backup_id"]


def test_an_empty_backup_fails_the_task_and_stays(
    fill: Callable[..., Any], read: Callable[[str], Any]
) -> None:
    fill("empty", records=0)
    message, backup_id = refusal(operator(index_name="empty"))
    assert message.startswith("empty: backup refused: 0 records, at least 1 wanted (min_records).")
    assert message.endswith(f"Backup {backup_id} stays.")
    assert read(f"/backups/{backup_id}")["status"] == "Ready"


def test_an_empty_backup_can_be_allowed(fill: Callable[..., Any]) -> None:
    fill("empty", records=0)
    assert run(operator(index_name="empty", min_records=0))["record_count"] == 0


def test_a_backup_of_fewer_records_than_asked_for_fails(read: Callable[[str], Any]) -> None:
    message, backup_id = refusal(operator(min_records=1000))
    assert "movies: backup refused: 6 records, at least 1,000 wanted (min_records)." in message
    assert read(f"/backups/{backup_id}")["status"] == "Ready"


def test_a_backup_of_far_fewer_records_than_the_one_before_fails(
    connected: Emulator, backup_of: Callable[..., str], movies: dict[str, Any], read: Callable[[str], Any]
) -> None:
    before = backup_of("movies")
    with connected.client() as client:
        for namespace in ("old", "new"):
            ids = [f"{namespace}-{number}" for number in range(2)]
            answer = client.post(
                f"{movies['host']}/vectors/delete", json={"ids": ids, "namespace": namespace}
            )
            assert answer.is_success, answer.text
    message, backup_id = refusal(operator(max_record_drop=0.5))
    assert message == (
        f"movies: backup refused: 2 records, 67% fewer than the 6 before; max_record_drop is 0.5. "
        f"The backup before it is {before}. Backup {backup_id} stays."
    )
    assert read(f"/backups/{backup_id}")["status"] == "Ready"
    assert run(operator(max_record_drop=0.7), run_id="manual__2")["record_count"] == 2
    assert run(operator(max_record_drop=None), run_id="manual__3")["record_count"] == 2


def test_a_drop_is_measured_against_the_same_index_not_its_namesake(
    connected: Emulator, backup_of: Callable[..., str], fill: Callable[..., Any]
) -> None:
    backup_of("movies")
    with connected.client() as client:
        assert client.delete("/indexes/movies").is_success
    fill("movies", records=1)
    assert run(operator())["record_count"] == 1


def test_a_backup_that_fails_fails_the_task(connected: Emulator) -> None:
    connected.change_settings(next_backups=["InitializationFailed"])
    task = operator()
    context = context_of(task)
    with pytest.raises(PineconeBackupFailedError, match="failed: InitializationFailed after") as caught:
        task.execute(context)
    assert context["ti"].xcoms["backup_id"] in str(caught.value)
    assert context["ti"].xcoms["error"]["message"] == str(caught.value)


def test_a_backup_that_does_not_end_in_time_fails_the_task_and_goes_on(
    connected: Emulator, read: Callable[[str], Any]
) -> None:
    connected.change_settings(backup_seconds=3600)
    task = operator(timeout=0.2)
    context = context_of(task)
    with pytest.raises(PineconeWaitTimeoutError, match=r"It goes on in Pinecone\. Last seen: Initializing\."):
        task.execute(context)
    assert read(f"/backups/{context['ti'].xcoms['backup_id']}")["status"] == "Initializing"


def test_faults_while_waiting_do_not_end_the_wait(
    connected: Emulator, monkeypatch: pytest.MonkeyPatch, told: Callable[[], str]
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    connected.set_faults(
        {"method": "GET", "path": "/backups/*", "action": "status", "status": 503, "times": 12},
        {"method": "GET", "path": "/backups/*", "action": "close_before", "times": 3},
        {"method": "GET", "path": "/backups/*", "action": "status", "status": 404, "times": 2},
    )
    assert run(operator())["status"] == "Ready"
    assert re.search(r"could not be read, waiting on: .* \(GET /backups/", told())


def test_a_server_that_never_takes_the_request_is_left_to_a_retry(
    connected: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_pinecone.flows.once.SUBMIT_PATIENCE", 0.0)
    connected.set_faults({"method": "POST", "action": "status", "status": 503})
    with pytest.raises(PineconeServerError, match="503"):
        run(operator())
    connected.set_faults()
    assert run(operator(), try_number=2)["status"] == "Ready"


def test_what_a_dag_fills_in_is_templated() -> None:
    assert set(operator().template_fields) == {
        "pinecone_conn_id",
        "index_name",
        "backup_name",
        "description",
        "settle",
        "data_written_at",
    }
    task = operator(
        index_name="{{ params.index }}",
        pinecone_conn_id="pinecone_{{ params.where }}",
        backup_name="{{ params.index }}-by-hand",
        description="for {{ params.where }}",
        settle="{{ params.minutes * 60 }}",
        data_written_at="{{ params.written }}",
    )
    params = {"index": "movies", "where": "eu", "minutes": 20, "written": "2026-07-31T02:00:00Z"}
    task.render_template_fields({"params": params})
    assert (task.index_name, task.pinecone_conn_id) == ("movies", "pinecone_eu")
    assert (task.backup_name, task.description) == ("movies-by-hand", "for eu")
    assert (task.settle, task.data_written_at) == ("1200", "2026-07-31T02:00:00Z")
