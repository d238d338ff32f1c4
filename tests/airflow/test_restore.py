"""Restoring: one new index per run, by the backup's id or by its source's name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.policies.identity import RUN_TAG
from tests.airflow.conftest import context_of, created
from tests.contract.conftest import Emulator

RESTORED = "movies-restored"


def operator(**arguments: Any) -> PineconeCreateIndexFromBackupOperator:
    settings = {"task_id": "restore", "index_name": RESTORED, "timeout": 60.0}
    return PineconeCreateIndexFromBackupOperator(**settings | arguments)


def run(task: PineconeCreateIndexFromBackupOperator, **ti: Any) -> dict[str, Any]:
    return task.execute(context_of(task, **ti))


def restores(emulator: Emulator) -> int:
    """How many restores the emulator was asked for."""
    return sum(request.endswith("/create-index") for request in created(emulator))


@pytest.fixture
def backup_id(movies: dict[str, Any], quick: None, backup_of: Callable[..., str]) -> str:
    """A backup of movies."""
    return backup_of("movies")


def test_the_job_is_returned_as_the_api_describes_it(backup_id: str, read: Callable[[str], Any]) -> None:
    job = run(operator(backup_id=backup_id))
    described = read(f"/restore-jobs/{job['restore_job_id']}")
    assert described["status"] == "Completed"
    assert {key: job[key] for key in described} == described


def test_the_new_index_holds_the_records(
    backup_id: str, read: Callable[[str], Any], connected: Emulator
) -> None:
    run(operator(backup_id=backup_id))
    host = read(f"/indexes/{RESTORED}")["host"]
    with connected.client() as client:
        stats = client.post(f"{host}/describe_index_stats", json={}).json()
    counts = {name: namespace["vectorCount"] for name, namespace in stats["namespaces"].items()}
    assert counts == {"old": 3, "new": 3}


def test_all_ids_are_on_record(backup_id: str, read: Callable[[str], Any]) -> None:
    task = operator(backup_id=backup_id)
    context = context_of(task)
    job = task.execute(context)
    assert context["ti"].xcoms == {
        "restore_job_id": job["restore_job_id"],
        "index_name": RESTORED,
        "index_id": job["target_index_id"],
        "host": read(f"/indexes/{RESTORED}")["host"],
    }


def test_the_ids_are_on_record_before_the_wait(connected: Emulator, backup_id: str) -> None:
    connected.change_settings(restore_seconds=3600)
    task = operator(backup_id=backup_id, timeout=0.2)
    context = context_of(task)
    with pytest.raises(Exception, match="had not ended after"):
        task.execute(context)
    xcoms = context["ti"].xcoms
    assert all(xcoms[key] for key in ("restore_job_id", "index_name", "index_id"))
    assert "host" not in xcoms


def test_without_a_wait_the_task_only_begins(connected: Emulator, backup_id: str) -> None:
    connected.change_settings(restore_seconds=3600)
    task = operator(backup_id=backup_id, wait_for_completion=False)
    context = context_of(task)
    job = task.execute(context)
    assert job["status"] == "Pending"
    assert (job["backup_id"], job["target_index_name"]) == (backup_id, RESTORED)
    assert context["ti"].xcoms == {
        "restore_job_id": job["restore_job_id"],
        "index_name": RESTORED,
        "index_id": job["target_index_id"],
    }


def test_the_dict_that_creating_a_backup_returns_stands_for_its_id(
    backup_id: str, read: Callable[[str], Any]
) -> None:
    backup = read(f"/backups/{backup_id}")
    assert run(operator(backup_id=backup))["backup_id"] == backup_id


def test_a_retry_finds_the_index_of_the_try_before(connected: Emulator, backup_id: str) -> None:
    first = run(operator(backup_id=backup_id))
    task = operator(backup_id=backup_id)
    context = context_of(task, try_number=2)
    assert task.execute(context) == first
    assert context["ti"].xcoms["index_id"] == first["target_index_id"]
    assert restores(connected) == 1


def test_a_retry_by_name_finds_it_also_where_a_newer_backup_was_made_meanwhile(
    connected: Emulator, backup_id: str, backup_of: Callable[..., str]
) -> None:
    first = run(operator(source_index_name="movies"))
    backup_of("movies")
    second = run(operator(source_index_name="movies"), try_number=2)
    assert second["restore_job_id"] == first["restore_job_id"]
    assert restores(connected) == 1


@pytest.mark.parametrize("action", ["close_after", "truncate", "close_before"])
def test_a_lost_answer_makes_neither_none_nor_an_error(
    connected: Emulator,
    backup_id: str,
    read: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    action: str,
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    connected.set_faults({"method": "POST", "nth": 1, "action": action})
    job = run(operator(backup_id=backup_id))
    assert job["status"] == "Completed"
    assert [one["restore_job_id"] for one in read("/restore-jobs")["data"]] == [job["restore_job_id"]]


@pytest.mark.parametrize("ti", [{"run_id": "manual__2"}, {"max_tries": 3}], ids=["another run", "cleared"])
def test_an_index_of_another_run_is_never_taken_nor_removed(
    connected: Emulator, backup_id: str, read: Callable[[str], Any], ti: dict[str, Any]
) -> None:
    first = run(operator(backup_id=backup_id))
    with pytest.raises(AirflowFailException, match="is taken"):
        run(operator(backup_id=backup_id), **ti)
    assert restores(connected) == 1
    assert read(f"/restore-jobs/{first['restore_job_id']}")["status"] == "Completed"


def test_by_name_the_newest_usable_backup_is_taken(
    connected: Emulator, backup_id: str, backup_of: Callable[..., str], told: Callable[[], str]
) -> None:
    newest = backup_of("movies")
    connected.change_settings(next_backups=["InitializationFailed"])
    backup_of("movies")
    assert run(operator(source_index_name="movies"))["backup_id"] == newest
    assert f"Backup {newest} chosen: the newest usable one of movies, made at " in told()


@pytest.mark.parametrize("as_text", [True, False])
def test_by_name_a_backup_not_after_a_moment_is_taken(
    connected: Emulator, backup_id: str, backup_of: Callable[..., str], as_text: bool
) -> None:
    before = datetime.now(UTC)
    connected.advance(3600)
    backup_of("movies")
    task = operator(source_index_name="movies", before=before.isoformat() if as_text else before)
    assert run(task)["backup_id"] == backup_id


def test_a_deleted_index_is_restored_by_its_name(connected: Emulator, backup_id: str) -> None:
    with connected.client() as client:
        assert client.delete("/indexes/movies").is_success
    assert run(operator(source_index_name="movies"))["backup_id"] == backup_id


def test_of_two_indexes_that_bore_the_name_one_is_named_by_its_id(
    connected: Emulator,
    backup_id: str,
    backup_of: Callable[..., str],
    fill: Callable[..., Any],
    read: Callable[[str], Any],
) -> None:
    with connected.client() as client:
        assert client.delete("/indexes/movies").is_success
    fill("movies")
    backup_of("movies")
    first = read(f"/backups/{backup_id}")["source_index_id"]
    assert run(operator(source_index_name="movies", source_index_id=first))["backup_id"] == backup_id


def test_fields_that_a_form_leaves_empty_count_as_not_given(
    connected: Emulator, backup_id: str, read: Callable[[str], Any]
) -> None:
    task = operator(
        backup_id=backup_id, source_index_name="", before="None", tags=None, deletion_protection=""
    )
    assert run(task)["backup_id"] == backup_id
    assert read(f"/indexes/{RESTORED}")["deletion_protection"] == "disabled"


def tags_of(read: Callable[[str], Any]) -> dict[str, str]:
    return dict(read(f"/indexes/{RESTORED}")["tags"])


def test_the_backups_tags_are_inherited(
    connected: Emulator, fill: Callable[..., Any], backup_of: Callable[..., str], read: Callable[[str], Any]
) -> None:
    fill("tagged", tags={"team": "search", RUN_TAG: "another run's"})
    run(operator(backup_id=backup_of("tagged")))
    tags = tags_of(read)
    assert tags.pop(RUN_TAG) != "another run's"
    assert tags == {"team": "search"}


def test_tags_that_are_given_replace_the_backups(
    connected: Emulator, fill: Callable[..., Any], backup_of: Callable[..., str], read: Callable[[str], Any]
) -> None:
    fill("tagged", tags={"team": "search", "env": "prod"})
    run(operator(backup_id=backup_of("tagged"), tags={"env": "trial"}))
    tags = tags_of(read)
    assert tags.pop(RUN_TAG)
    assert tags == {"env": "trial"}


def test_twenty_tags_are_refused_before_anything_is_sent_and_nineteen_are_restored(
    connected: Emulator, backup_id: str, read: Callable[[str], Any]
) -> None:
    twenty = {f"tag-{number}": "yes" for number in range(20)}
    asked = len(connected.requests())
    with pytest.raises(AirflowFailException, match="tags may hold at most 19, since this run adds its own"):
        run(operator(backup_id=backup_id, tags=twenty))
    assert len(connected.requests()) == asked
    nineteen = dict(list(twenty.items())[1:])
    run(operator(backup_id=backup_id, tags=nineteen))
    tags = tags_of(read)
    assert tags.pop(RUN_TAG)
    assert tags == nineteen


def test_a_backup_of_twenty_tags_is_restored_with_tags_given(
    connected: Emulator, fill: Callable[..., Any], backup_of: Callable[..., str], read: Callable[[str], Any]
) -> None:
    fill("crowded", tags={f"tag-{number}": "yes" for number in range(20)})
    crowded = backup_of("crowded")
    with pytest.raises(AirflowFailException, match="Tags that you pass replace the backup's"):
        run(operator(backup_id=crowded))
    assert restores(connected) == 0
    run(operator(backup_id=crowded, tags={"env": "trial"}))
    assert tags_of(read)["env"] == "trial"


@pytest.mark.parametrize("protection", ["enabled", "disabled"])
def test_deletion_protection_is_passed_on(
    backup_id: str, read: Callable[[str], Any], protection: str
) -> None:
    run(operator(backup_id=backup_id, deletion_protection=protection))
    assert read(f"/indexes/{RESTORED}")["deletion_protection"] == protection


def test_an_estimate_is_told_once_there_was_a_restore_of_this_index(
    connected: Emulator, backup_id: str, restore_of: Callable[..., str], told: Callable[[], str]
) -> None:
    connected.change_settings(restore_seconds=0.3)
    run(operator(backup_id=backup_id))
    assert "No estimate of how long this takes: no restore like this is on record." in told()
    with connected.client() as client:
        assert client.delete(f"/indexes/{RESTORED}").is_success
    connected.change_settings(restore_seconds=125)
    restore_of(backup_id, name="first")
    restore_of(backup_id, name="second")
    connected.advance(126)
    connected.change_settings(restore_seconds=0.3)
    run(operator(backup_id=backup_id, index_name="third"))
    assert "Estimate: about 2 min left, past ones took about 2 min." in told()


def test_a_restore_works_also_where_no_estimate_can_be_read(
    connected: Emulator, backup_id: str, told: Callable[[], str]
) -> None:
    connected.set_faults({"method": "GET", "path": "/restore-jobs", "action": "status", "status": 403})
    assert run(operator(backup_id=backup_id))["status"] == "Completed"
    assert "No estimate of how long this takes: " in told()
    assert "(GET /restore-jobs: 403" in told()


@pytest.mark.parametrize("outcome", ["Failed", "Cancelled"])
def test_a_restore_that_does_not_end_well_fails_the_task(
    connected: Emulator, backup_id: str, outcome: str
) -> None:
    connected.change_settings(next_restores=[outcome])
    task = operator(backup_id=backup_id)
    context = context_of(task)
    with pytest.raises(AirflowFailException, match=f"restore failed: {outcome}") as caught:
        task.execute(context)
    xcoms = context["ti"].xcoms
    assert xcoms["restore_job_id"] in str(caught.value)
    assert xcoms["error"] == {"index_name": RESTORED, "message": str(caught.value)}


def test_a_job_that_can_no_longer_be_read_is_judged_by_its_index(
    connected: Emulator, backup_id: str, told: Callable[[], str]
) -> None:
    connected.set_faults({"method": "GET", "path": "/restore-jobs/*", "action": "status", "status": 404})
    job = run(operator(backup_id=backup_id))
    assert (job["status"], job["backup_id"], job["target_index_name"]) == ("Completed", backup_id, RESTORED)
    assert "The restore job could not be read; judged by its index, which is ready." in told()


def test_a_backup_that_failed_is_not_restored(connected: Emulator, movies: Any, backup_of: Any) -> None:
    connected.change_settings(next_backups=["InitializationFailed"])
    backup_id = backup_of("movies")
    with pytest.raises(
        AirflowFailException, match=f"is InitializationFailed. Choose another. backup_id '{backup_id}'"
    ):
        run(operator(backup_id=backup_id))
    assert restores(connected) == 0


def test_an_empty_backup_is_restored_by_its_id_with_a_warning(
    connected: Emulator, fill: Callable[..., Any], backup_of: Callable[..., str], told: Callable[[], str]
) -> None:
    fill("empty", records=0)
    backup_id = backup_of("empty")
    assert run(operator(backup_id=backup_id))["status"] == "Completed"
    assert f"Backup {backup_id} is empty: so will be the restored index." in told()


def test_what_a_dag_fills_in_is_templated() -> None:
    task = operator(
        index_name="{{ params.target }}",
        backup_id="{{ params.backup }}",
        source_index_name="{{ params.source }}",
        source_index_id="{{ params.source }}-id",
        before="{{ params.before }}",
        tags={"team": "{{ params.team }}"},
        deletion_protection="{{ params.protection }}",
        read_capacity={"mode": "{{ params.mode }}"},
        pinecone_conn_id="pinecone_{{ params.where }}",
    )
    params = {
        "target": "movies-2",
        "backup": "an-id",
        "source": "movies",
        "before": "2026-07-31",
        "team": "search",
        "protection": "enabled",
        "mode": "OnDemand",
        "where": "eu",
    }
    task.render_template_fields({"params": params})
    assert {field: getattr(task, field) for field in task.template_fields} == {
        "index_name": "movies-2",
        "backup_id": "an-id",
        "source_index_name": "movies",
        "source_index_id": "movies-id",
        "before": "2026-07-31",
        "tags": {"team": "search"},
        "deletion_protection": "enabled",
        "read_capacity": {"mode": "OnDemand"},
        "pinecone_conn_id": "pinecone_eu",
    }
