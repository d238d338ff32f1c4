"""A retried task goes on with what it began; a cleared one begins anew, unless it is told to reuse."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airflow.models.taskinstance import TaskInstance
from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.utils.session import create_session
from sqlalchemy import select

from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from tests.airflow.conftest import context_of, created
from tests.airflow.versions import DagBag, clear
from tests.contract.conftest import Emulator

pytestmark = pytest.mark.usefixtures("quick", "movies")

CREATE = "POST /indexes/movies/backups"
RETRIES = 8


def back_up(**arguments: Any) -> PineconeCreateBackupOperator:
    settings = {"task_id": "back_up", "index_name": "movies", "retries": RETRIES}
    return PineconeCreateBackupOperator(**settings | arguments)


def restore(**arguments: Any) -> PineconeCreateIndexFromBackupOperator:
    settings = {"task_id": "restore", "index_name": "movies-restored", "retries": RETRIES}
    return PineconeCreateIndexFromBackupOperator(**settings | arguments)


def nightly() -> Any:
    return DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags["pinecone_nightly_backup"]


def generation_of(task: Any, max_tries: int) -> int:
    return int(task.run_of(context_of(task, max_tries=max_tries)).generation)


class TestWhatAirflowCounts:
    """``max_tries`` as this Airflow keeps it in its database, through retries and clears."""

    @pytest.fixture
    def night(self, airflow_database: None, connected: Emulator) -> Callable[[], Any]:
        """Run the nightly DAG, whose one backup fails at first; gives its task instance."""

        def run() -> Any:
            dag = nightly()
            dag.get_task("back_up").partial_kwargs["retry_delay"] = timedelta(0)
            assert dag.get_task("back_up").partial_kwargs["retries"] == RETRIES
            connected.change_settings(next_backups=["InitializationFailed"])
            (ti,) = [ti for ti in dag.test().get_task_instances() if ti.task_id == "back_up"]
            return ti

        return run

    @staticmethod
    def cleared(ti: Any, *, state: str, try_number: int) -> int:
        """The ``max_tries`` of the task instance after it was cleared in a state."""
        same = {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id, "map_index": ti.map_index}
        with create_session() as session:
            row = session.scalars(select(TaskInstance).filter_by(**same)).one()
            row.state, row.try_number = state, try_number
            session.flush()
            clear(row, session, dag=nightly())
            return int(row.max_tries)

    def test_retries_keep_the_generation_and_each_clear_of_an_ended_task_raises_it(
        self, night: Callable[[], Any]
    ) -> None:
        ti = night()
        assert (ti.try_number, ti.state) == (2, "success")
        task = back_up()
        assert generation_of(task, ti.max_tries) == 0
        assert generation_of(task, self.cleared(ti, state="success", try_number=2)) == 2
        assert generation_of(task, self.cleared(ti, state="failed", try_number=3)) == 3

    def test_clearing_a_running_task_keeps_it(self, night: Callable[[], Any]) -> None:
        assert generation_of(back_up(), self.cleared(night(), state="running", try_number=2)) == 0


def test_editing_the_retries_between_two_tries_counts_as_clearing() -> None:
    assert generation_of(back_up(retries=RETRIES + 1), RETRIES) == -1


def test_a_cleared_task_backs_up_anew_and_its_retries_adopt_that(
    connected: Emulator, told: Callable[[], str]
) -> None:
    first = back_up().execute(context_of(back_up()))
    second = back_up().execute(context_of(back_up(), max_tries=RETRIES + 1))
    again = back_up().execute(context_of(back_up(), max_tries=RETRIES + 1, try_number=3))
    assert first["backup_id"] != second["backup_id"] == again["backup_id"]
    why = "is from before the task was cleared, and on_clear is new: requesting another."
    assert f"Backup {first['backup_id']} of this run (6 records in 2 namespaces" in told()
    assert why in told()
    assert created(connected).count(CREATE) == 2


def test_a_cleared_task_that_reuses_makes_no_second_backup(connected: Emulator) -> None:
    task = back_up(on_clear="reuse")
    first = task.execute(context_of(task))
    second = task.execute(context_of(task, max_tries=RETRIES + 1))
    assert first["backup_id"] == second["backup_id"]
    assert created(connected).count(CREATE) == 1


def test_a_cleared_task_that_reuses_does_not_take_what_its_guard_refused(
    connected: Emulator, fill: Callable[..., Any]
) -> None:
    fill("empty", 0)
    task = back_up(index_name="empty", on_clear="reuse")
    refused: list[str] = []
    for generation in (0, 1):
        with pytest.raises(AirflowFailException, match="backup refused: 0 records") as failure:
            task.execute(context_of(task, max_tries=RETRIES + generation))
        refused.append(str(failure.value))
    assert refused[0] != refused[1]
    assert created(connected).count("POST /indexes/empty/backups") == 2


def test_a_cleared_restore_does_not_take_the_index_made_before_unless_it_reuses(
    backup_of: Callable[..., str],
) -> None:
    backup_id = backup_of("movies")
    for on_clear in ("new", "reuse"):
        task = restore(backup_id=backup_id, on_clear=on_clear, index_name=f"movies-{on_clear}")
        task.execute(context_of(task))
    new = restore(backup_id=backup_id, index_name="movies-new")
    with pytest.raises(AirflowFailException, match="before the task was cleared"):
        new.execute(context_of(new, max_tries=RETRIES + 1))
    reusing = restore(backup_id=backup_id, on_clear="reuse", index_name="movies-reuse")
    assert reusing.execute(context_of(reusing, max_tries=RETRIES + 1))["status"] == "Completed"


def test_on_clear_is_one_of_two_words() -> None:
    with pytest.raises(ValueError, match="on_clear must be new or reuse, got 'never'"):
        back_up(on_clear="never")
