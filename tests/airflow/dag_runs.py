"""The example DAGs, run to their end in this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.airflow.versions import DagBag

DAGS = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]


@pytest.fixture
def bag() -> DagBag:
    """The DAGs, parsed anew: a run in this process leaves its parameters on them."""
    return DagBag(DAGS)


class Run:
    """A DAG run that has ended."""

    def __init__(self, dag_run: Any) -> None:
        self.tasks = {(ti.task_id, ti.map_index): ti for ti in dag_run.get_task_instances()}
        self.succeeded = str(dag_run.state) == "success"

    def states(self) -> dict[str, str]:
        """The states of all tasks, by task id, or ``task id:map index``."""
        return {
            task_id if index < 0 else f"{task_id}:{index}": str(ti.state)
            for (task_id, index), ti in self.tasks.items()
        }

    def xcom(self, task_id: str, key: str = "return_value", *, map_index: int = -1) -> Any:
        ti = self.tasks[task_id, map_index]
        return ti.xcom_pull(task_ids=task_id, key=key, map_indexes=map_index)


@pytest.fixture
def run(bag: DagBag) -> Callable[..., Run]:
    """Run a DAG to its end. Tasks that fail try again at once."""

    def run(dag_id: str, **conf: Any) -> Run:
        dag = bag.dags[dag_id]
        for task in dag.tasks:
            if hasattr(task, "partial_kwargs"):
                task.partial_kwargs["retry_delay"] = timedelta(0)
            else:
                task.retry_delay = timedelta(0)
        return Run(dag.test(run_conf=conf))

    return run
