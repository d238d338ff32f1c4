"""What differs between Airflow versions: one function per gap, detected by feature."""

from __future__ import annotations

from typing import Any


def task_state(task_instance: Any) -> str | None:
    """A task instance's current state; None if it has none, or is unknown.

    Call it in a thread that may block: in Airflow 3 it asks the supervising process.

    :param task_instance: as a task's context or a trigger has it.
    """
    if hasattr(task_instance, "current_state"):
        # Airflow 2, whose workers have the database.
        state = task_instance.current_state()
        return None if state is None else str(state)
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    ti = task_instance
    states = RuntimeTaskInstance.get_task_states(
        dag_id=ti.dag_id, task_ids=[ti.task_id], run_ids=[ti.run_id], map_index=ti.map_index
    ).get(ti.run_id, {})
    key = ti.task_id if ti.map_index in (None, -1) else f"{ti.task_id}_{ti.map_index}"
    state = states.get(key, states.get(ti.task_id))
    return None if state is None else str(state)


def empty_task(**arguments: Any) -> Any:
    """A task that does nothing: the scheduler ends it without a worker."""
    try:
        from airflow.providers.standard.operators.empty import EmptyOperator
    except ImportError:
        # Airflow 2 has its own.
        from airflow.operators.empty import EmptyOperator  # type: ignore[import-not-found,no-redef] # Airflow 2
    return EmptyOperator(**arguments)
