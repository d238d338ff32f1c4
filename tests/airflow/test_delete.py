"""Deleting: never an index's last good backup, and only what is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_pinecone.api.errors import PineconeGoneError
from airflow_provider_pinecone.operators.backup import PineconeDeleteBackupOperator
from airflow_provider_pinecone.operators.index import PineconeDeleteIndexOperator
from tests.airflow.conftest import context_of
from tests.contract.conftest import Emulator


def delete(backup_id: Any, **arguments: Any) -> bool:
    task = PineconeDeleteBackupOperator(task_id="forget", backup_id=backup_id, **arguments)
    return task.execute(context_of(task))


def delete_index(index_name: str, **arguments: Any) -> bool:
    task = PineconeDeleteIndexOperator(task_id="drop", index_name=index_name, **arguments)
    return task.execute(context_of(task))


@pytest.fixture
def ids(movies: dict[str, Any], read: Callable[[str], Any]) -> Callable[[], list[str]]:
    """The ids of the backups that there are, newest first."""
    return lambda: [backup["backup_id"] for backup in read("/backups")["data"]]


@pytest.fixture
def deletions(connected: Emulator) -> Callable[[], list[str]]:
    """What the emulator was asked to delete."""
    return lambda: [entry["path"] for entry in connected.requests() if entry["method"] == "DELETE"]


def test_an_older_backup_is_deleted(backup_of: Callable[..., str], ids: Any, told: Callable[[], str]) -> None:
    older, newer = backup_of("movies"), backup_of("movies")
    assert delete(older) is True
    assert ids() == [newer]
    assert f"Backup {older} of movies deleted: 6 records in 2 namespaces" in told()


def test_the_dict_that_creating_a_backup_returns_stands_for_its_id(
    backup_of: Callable[..., str], ids: Any, read: Callable[[str], Any]
) -> None:
    older, newer = backup_of("movies"), backup_of("movies")
    assert delete(read(f"/backups/{older}")) is True
    assert ids() == [newer]


def test_the_last_good_backup_is_not_deleted(
    backup_of: Callable[..., str], ids: Any, deletions: Callable[[], list[str]]
) -> None:
    older, newest = backup_of("movies"), backup_of("movies")
    with pytest.raises(
        AirflowFailException, match=f"movies: its last good backup is not deleted: .* Backup {newest} "
    ) as caught:
        delete(newest)
    assert "6 records in 2 namespaces" in str(caught.value)
    assert "allow_last=True" in str(caught.value)
    assert deletions() == []
    assert ids() == [newest, older]


def test_newer_backups_that_failed_or_are_not_done_make_none_less_the_last(
    connected: Emulator, backup_of: Callable[..., str], ids: Any
) -> None:
    good = backup_of("movies")
    connected.change_settings(next_backups=["InitializationFailed"])
    backup_of("movies")
    connected.change_settings(backup_seconds=3600)
    backup_of("movies")
    with pytest.raises(AirflowFailException, match="last good backup"):
        delete(good)
    assert good in ids()


def test_the_newest_usable_backup_survives_beside_a_newer_empty_one(
    connected: Emulator, movies: dict[str, Any], backup_of: Callable[..., str], ids: Any
) -> None:
    full = backup_of("movies")
    with connected.client() as client:
        for namespace in ("old", "new"):
            answer = client.post(
                f"{movies['host']}/vectors/delete", json={"deleteAll": True, "namespace": namespace}
            )
            assert answer.is_success, answer.text
    empty = backup_of("movies")
    for backup_id in (full, empty):
        with pytest.raises(AirflowFailException, match="last good backup"):
            delete(backup_id)
    assert ids() == [empty, full]


def test_the_last_backup_of_a_deleted_index_survives_its_namesakes(
    connected: Emulator, backup_of: Callable[..., str], fill: Callable[..., Any], ids: Any
) -> None:
    first = backup_of("movies")
    with connected.client() as client:
        assert client.delete("/indexes/movies").is_success
    fill("movies")
    second = backup_of("movies")
    with pytest.raises(AirflowFailException, match="last good backup"):
        delete(first)
    assert ids() == [second, first]


def test_the_last_good_backup_is_deleted_where_that_is_said_aloud(
    backup_of: Callable[..., str], ids: Any
) -> None:
    assert delete(backup_of("movies"), allow_last=True) is True
    assert ids() == []


def test_a_failed_backup_is_deleted(connected: Emulator, backup_of: Callable[..., str], ids: Any) -> None:
    connected.change_settings(next_backups=["InitializationFailed"])
    assert delete(backup_of("movies")) is True
    assert ids() == []


def test_nothing_is_deleted_where_the_listing_breaks_off(
    movies: dict[str, Any],
    connected: Emulator,
    backup_of: Callable[..., str],
    deletions: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    older, _ = backup_of("movies"), backup_of("movies")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    connected.set_faults({"path": "/backups", "action": "status", "status": 500})
    with pytest.raises(Exception, match="GET /backups: 500"):
        delete(older)
    assert deletions() == []


def test_a_backup_that_is_not_there_fails_the_task(movies: dict[str, Any]) -> None:
    with pytest.raises(AirflowFailException, match="404 NOT_FOUND"):
        delete("6a00902c-0000-0000-0000-000000000000")


def test_a_backup_that_is_not_there_can_be_fine(movies: dict[str, Any], told: Callable[[], str]) -> None:
    missing = "6a00902c-0000-0000-0000-000000000000"
    assert delete(missing, missing_ok=True) is False
    assert f"Nothing deleted: there is no backup {missing}." in told()


@pytest.mark.parametrize("backup_id", ["", None, {"name": "no id"}])
def test_without_an_id_nothing_is_asked_for(connected: Emulator, backup_id: Any) -> None:
    with pytest.raises(AirflowFailException, match="backup_id must be a name or an id"):
        delete(backup_id)
    assert connected.requests() == []


def test_a_deletion_whose_answer_was_lost_is_done(
    connected: Emulator, backup_of: Callable[..., str], ids: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer = backup_of("movies"), backup_of("movies")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    connected.set_faults({"method": "DELETE", "nth": 1, "action": "close_after"})
    assert delete(older) is True
    assert ids() == [newer]


def test_an_index_is_deleted_and_its_backups_stay(
    movies: dict[str, Any], backup_of: Callable[..., str], ids: Any, read: Callable[[str], Any]
) -> None:
    backup_id = backup_of("movies")
    assert delete_index("movies") is True
    assert read("/indexes")["indexes"] == []
    assert ids() == [backup_id]


def test_an_index_that_is_protected_is_not_deleted(
    connected: Emulator, fill: Callable[..., Any], read: Callable[[str], Any]
) -> None:
    fill("precious", deletion_protection="enabled")
    with pytest.raises(AirflowFailException, match="403"):
        delete_index("precious")
    assert [index["name"] for index in read("/indexes")["indexes"]] == ["precious"]


def test_an_index_that_is_not_there_fails_the_task_or_can_be_fine(
    connected: Emulator, deletions: Callable[[], list[str]], told: Callable[[], str]
) -> None:
    with pytest.raises(AirflowFailException, match="404 NOT_FOUND"):
        delete_index("no-such-index")
    assert delete_index("no-such-index", missing_ok=True) is False
    assert "Nothing deleted: there is no index no-such-index." in told()
    assert deletions() == []


def test_a_404_is_not_taken_for_a_deletion(connected: Emulator, movies: Any, backup_of: Any) -> None:
    older, _ = backup_of("movies"), backup_of("movies")
    connected.set_faults({"method": "DELETE", "action": "status", "status": 404})
    for delete_it in (lambda: delete(older), lambda: delete_index("movies")):
        # Not AirflowFailException: the task's next try may succeed.
        with pytest.raises(PineconeGoneError, match=r"(backup|index) \S+ still exists\. .*404"):
            delete_it()


def test_an_index_whose_deletion_was_lost_on_the_way_back_is_deleted(
    connected: Emulator, movies: Any, read: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    connected.set_faults({"method": "DELETE", "nth": 1, "action": "close_after"})
    assert delete_index("movies") is True
    assert read("/indexes")["indexes"] == []
