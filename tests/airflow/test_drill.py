"""The tasks of a restore drill: which index is theirs over retries and clears, and their order."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, TaskGroup

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.operators.drill import (
    PineconeCleanUpDrillOperator,
    PineconePrepareDrillOperator,
    restore_drill,
)
from airflow_provider_pinecone.operators.index import PineconeListIndexesOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.operators.verification import PineconeVerifyRestoreOperator
from tests.airflow.conftest import context_of, created
from tests.contract.conftest import Emulator

OTHERS = DAG("others", schedule=None, start_date=datetime(2026, 1, 1))


def prepare(*, clears: int = 0, **arguments: Any) -> dict[str, Any]:
    """Prepare a drill of movies, after the task was cleared so many times."""
    task = PineconePrepareDrillOperator(
        task_id="prepare", **{"source_index_name": "movies", "retries": 2, **arguments}
    )
    context = context_of(task, max_tries=2 + clears)
    prepared: dict[str, Any] = task.execute(context)
    assert context["ti"].xcoms == {
        "drill_id": prepared["drill_id"],
        "index_name": prepared["index_name"],
        "tags": prepared["tags"],
        "backup_id": prepared["backup"]["backup_id"],
    }
    return prepared


def clean_up(index_name: Any, drill_id: Any) -> bool:
    task = PineconeCleanUpDrillOperator(task_id="clean_up", index_name=index_name, drill_id=drill_id)
    return task.execute(context_of(task))


@pytest.fixture
def indexes(read: Callable[[str], Any]) -> Callable[[], list[str]]:
    """The names of the project's indexes."""
    return lambda: sorted(index["name"] for index in read("/indexes")["indexes"])


@pytest.fixture
def backup_id(connected: Emulator, movies: dict[str, Any], backup_of: Callable[..., str]) -> str:
    connected.change_settings(backup_seconds=0)
    return backup_of("movies")


class TestPrepare:
    def test_a_retry_prepares_the_same_drill(self, backup_id: str) -> None:
        first, second = prepare(pick="random"), prepare(pick="random")
        assert re.fullmatch(r"airflow-drill-movies-[0-9a-f]{8}", first["index_name"])
        assert first["backup"]["backup_id"] == backup_id
        for same in ("drill_id", "index_name", "backup"):
            assert second[same] == first[same]

    def test_a_cleared_task_prepares_another_drill_and_deletes_the_index_of_the_one_before(
        self,
        backup_id: str,
        create_index: Callable[..., Any],
        indexes: Callable[[], list[str]],
        told: Callable[[], str],
    ) -> None:
        before = prepare()
        create_index(before["index_name"], tags=before["tags"])
        assert prepare()["index_name"] in indexes()
        after = prepare(clears=3)
        assert after["index_name"] != before["index_name"]
        assert indexes() == ["movies"]
        assert f"Index {before['index_name']} deleted: drill {before['drill_id']} made it." in told()

    def test_the_drill_expires_when_it_was_told_to(self, backup_id: str) -> None:
        prepared = prepare(expires_after=timedelta(hours=3))
        expires_at = datetime.fromisoformat(prepared["expires_at"])
        assert timedelta(hours=2.9) < expires_at - datetime.now(UTC) <= timedelta(hours=3)
        tag = prepared["tags"]["airflow-provider-pinecone-drill"]
        assert tag == f"{prepared['drill_id']} {expires_at:%Y%m%dT%H%M%SZ}"

    def test_an_index_that_was_deleted_can_be_tried_out(self, backup_id: str, connected: Emulator) -> None:
        with connected.client() as client:
            client.delete("/indexes/movies")
        assert prepare()["backup"]["backup_id"] == backup_id

    @pytest.mark.parametrize(
        ("wrong", "complaint"),
        [
            ({"source_index_name": ""}, "source_index_name must be a non-empty string, got ''"),
            ({"source_index_name": "../movies"}, "source_index_name may contain only lower-case"),
            ({"pick": "oldest"}, "pick must be newest or random, got 'oldest'"),
            ({"source_index_id": "a/b"}, "source_index_id must be a name or an id"),
        ],
        ids=str,
    )
    def test_bad_input_is_one_line_before_anything_is_sent(
        self, connected: Emulator, wrong: dict[str, Any], complaint: str
    ) -> None:
        with pytest.raises(AirflowFailException, match=f"^{re.escape(complaint)}"):
            prepare(**wrong)
        assert connected.requests() == []

    def test_an_index_without_usable_backup_fails_for_good(self, movies: dict[str, Any]) -> None:
        with pytest.raises(AirflowFailException, match="has no backup of an index with that name"):
            prepare()


class TestCleanUp:
    @pytest.fixture
    def index_name(self, backup_id: str, create_index: Callable[..., Any]) -> str:
        prepared = prepare()
        create_index(prepared["index_name"], tags=prepared["tags"])
        name: str = prepared["index_name"]
        return name

    def test_the_index_of_the_drill_is_deleted_once(
        self, index_name: str, indexes: Callable[[], list[str]], told: Callable[[], str]
    ) -> None:
        assert clean_up(index_name, index_name[-8:])
        assert indexes() == ["movies"]
        assert not clean_up(index_name, index_name[-8:])
        assert f"Nothing to delete: there is no index {index_name}." in told()

    def test_an_index_that_somebody_adopted_stays(
        self,
        connected: Emulator,
        index_name: str,
        indexes: Callable[[], list[str]],
        told: Callable[[], str],
    ) -> None:
        with connected.client() as client:
            client.patch(f"/indexes/{index_name}", json={"deletion_protection": "enabled"})
        assert not clean_up(index_name, index_name[-8:])
        assert indexes() == [index_name, "movies"]
        assert f"Index {index_name} stays: its deletion protection is enabled" in told()

    def test_the_source_is_never_deleted(
        self, connected: Emulator, index_name: str, indexes: Callable[[], list[str]]
    ) -> None:
        with connected.client() as client:
            tags = {"airflow-provider-pinecone-drill": f"{index_name[-8:]} 20260301T120000Z"}
            client.patch("/indexes/movies", json={"tags": tags})
        assert not clean_up("movies", index_name[-8:])
        assert "movies" in indexes()

    @pytest.mark.parametrize(
        ("index_name", "drill_id"), [(None, "1a2b3c4d"), ("airflow-drill-m-1a2b3c4d", "")]
    )
    def test_bad_input_is_one_line_before_anything_is_sent(
        self, connected: Emulator, index_name: Any, drill_id: Any
    ) -> None:
        with pytest.raises(AirflowFailException, match="must be a name or an id"):
            clean_up(index_name, drill_id)
        assert created(connected) == []


def test_twenty_drills_in_a_row_pass_while_the_source_goes_on_being_written_to(
    connected: Emulator,
    movies: dict[str, Any],
    upsert: Callable[..., None],
    backup_of: Callable[..., str],
    indexes: Callable[[], list[str]],
) -> None:
    connected.change_settings(backup_seconds=0, restore_seconds=0)

    def write(number: int) -> None:
        """Add a record, and change one that was backed up."""
        upsert(movies, {f"new-{number}": [1, number, 1], "old-1": [number, 1, 1]}, namespace="old")

    def task_of(label: str, operator: Any, **arguments: Any) -> Any:
        task = operator(task_id=label, **arguments)
        return task.execute(context_of(task, run_id=f"drill-{number}"))

    for number in range(20):
        write(4 * number)
        backup_of("movies")
        write(4 * number + 1)
        drill = task_of("prepare", PineconePrepareDrillOperator, source_index_name="movies", pick="random")
        write(4 * number + 2)
        name, tags, backup = drill["index_name"], drill["tags"], drill["backup"]
        restore = {"index_name": name, "backup_id": backup, "tags": tags, "deletion_protection": "disabled"}
        task_of("restore", PineconeCreateIndexFromBackupOperator, **restore)
        write(4 * number + 3)
        verify = {"index_name": name, "backup_id": backup, "expected_tags": tags, "level": "query"}
        assert task_of("verify", PineconeVerifyRestoreOperator, **verify)["verdict"] == "passed"
        assert task_of("clean_up", PineconeCleanUpDrillOperator, index_name=name, drill_id=drill["drill_id"])
    assert indexes() == ["movies"]


class TestGroup:
    def group(self, **arguments: Any) -> TaskGroup:
        with DAG("drills", schedule=None, start_date=datetime(2026, 1, 1)):
            return restore_drill(**{"source_index_name": "movies", **arguments})

    def test_the_clean_up_is_the_teardown_of_what_makes_the_index(self) -> None:
        group = self.group()
        tasks = {
            label: group.children[f"restore_drill.{label}"] for label in ("prepare", "restore", "verify")
        }
        clean_up = group.children["restore_drill.clean_up"]
        assert [task.is_setup for task in tasks.values()] == [True, True, False]
        assert clean_up.is_teardown
        assert clean_up.upstream_task_ids == {task.task_id for task in tasks.values()}

    def test_drills_in_a_row_are_never_at_work_at_the_same_time(self) -> None:
        with DAG("drills", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
            books = restore_drill(source_index_name="books", group_id="books")
            restore_drill(source_index_name="movies", group_id="movies", after=books)
        assert dag.get_task("movies.prepare").upstream_task_ids == {"books.clean_up"}
        assert dag.get_task("movies.prepare").trigger_rule == "all_done"

    def test_each_drill_of_a_row_decides_about_the_state_of_the_run(self) -> None:
        with DAG("drills", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
            books = restore_drill(source_index_name="books", group_id="books")
            restore_drill(source_index_name="movies", group_id="movies", after=books)
        for name in ("books", "movies"):
            done = dag.get_task(f"{name}.done")
            assert done.upstream_task_ids == {f"{name}.verify", f"{name}.clean_up"}
            assert done.trigger_rule == "all_success"
            assert done.downstream_task_ids == set()

    def test_what_follows_a_drill_follows_its_end(self) -> None:
        with DAG("drills", schedule=None, start_date=datetime(2026, 1, 1)):
            drill = restore_drill(source_index_name="books", group_id="books")
            report = PineconeListIndexesOperator(task_id="report")
            drill >> report
        assert report.upstream_task_ids == {"books.done"}

    def test_all_tasks_take_what_is_given_for_all_of_them(self) -> None:
        group = self.group(retries=4, pool="drills", pinecone_conn_id="pinecone_trial")
        tasks = [task for label, task in group.children.items() if not label.endswith("done")]
        assert {(task.retries, task.pool, task.pinecone_conn_id) for task in tasks} == {
            (4, "drills", "pinecone_trial")
        }

    @pytest.mark.parametrize(
        ("wrong", "complaint"),
        [
            (
                {"expires_after": timedelta(hours=8)},
                "expires_after must be more than timeout, 8 h 0 min, since the next drill deletes expired "
                "indexes, got 8 h 0 min.",
            ),
            ({"expires_after": 0}, "expires_after must be a timedelta or a number of seconds above 0"),
            ({"timeout": "1 h"}, "timeout must be a number of seconds above 0"),
            ({"level": "everything"}, "level must be "),
            (
                {"after": TaskGroup("others", dag=OTHERS)},
                "after must be a group made by restore_drill, got 'others'",
            ),
            ({"records_per_namespace": 0}, "records_per_namespace must be a whole number from 1"),
        ],
        # The address of a group in memory would be another one in each process.
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_bad_input_is_refused_when_the_dag_is_parsed(self, wrong: dict[str, Any], complaint: str) -> None:
        with pytest.raises(PineconeInputError, match=f"^{re.escape(complaint)}"):
            self.group(**wrong)
