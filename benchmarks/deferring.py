"""A program that defers the tasks of a run, as the scheduler defers those that begin in the triggerer.

Not by ``start_from_trigger`` in the DAG: Airflow 3.3 does not have it for mapped tasks, and for others hands
the triggerer a copy of the whole DAG with each trigger, which tasks deferred by a worker come without.
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

from airflow.models.taskinstance import TaskInstance
from airflow.triggers.base import StartTriggerArgs
from airflow.utils.session import create_session
from sqlalchemy import select


def main(run_id: str) -> None:
    """Defer the run's tasks to the triggers that stand in the input: pairs of a class path and arguments."""
    with create_session() as session:
        tasks = session.scalars(select(TaskInstance).where(TaskInstance.run_id == run_id)).all()
        for task, (path, arguments) in zip(tasks, json.load(sys.stdin), strict=True):
            start = StartTriggerArgs(trigger_cls=path, next_method="execute", trigger_kwargs=arguments)
            operator: Any = SimpleNamespace(
                start_from_trigger=True, start_trigger_args=start, execution_timeout=None
            )
            task.task = operator
            task.defer_task(session=session)


if __name__ == "__main__":
    main(*sys.argv[1:])
