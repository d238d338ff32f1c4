"""What differs, for the tests, between the Airflow versions that they run on."""

from __future__ import annotations

import functools
import importlib.util
import inspect
from typing import Any

from airflow.models.taskinstance import clear_task_instances

try:
    from airflow.dag_processing.dagbag import DagBag

    HAS_CONNECTION_FORMS = True
except ImportError:  # before 3.2
    from airflow.models.dagbag import DagBag  # type: ignore[no-redef] # where it stood before

    HAS_CONNECTION_FORMS = importlib.util.find_spec("flask_appbuilder") is not None

try:
    from airflow.sdk.exceptions import AirflowRescheduleException
except ImportError:  # before 3.2
    from airflow.exceptions import AirflowRescheduleException  # type: ignore[no-redef] # likewise

try:
    from airflow.sdk.execution_time import supervisor

    # Before 3.3 dag.test() builds its API anew for each task, which takes seconds.
    if not hasattr(supervisor.in_process_api_server, "cache_clear"):
        supervisor.in_process_api_server = functools.cache(supervisor.in_process_api_server)
except ImportError:  # before 3.0
    pass


try:
    from airflow.providers.standard.operators.hitl import ApprovalOperator
except ImportError:  # before 3.1
    ApprovalOperator = None


def clear(task_instance: Any, session: Any, *, dag: Any) -> None:
    """Clear a task instance, as a person does. Airflow 2 has to be told of which DAG."""
    takes_dag = "dag" in inspect.signature(clear_task_instances).parameters
    clear_task_instances([task_instance], session, **({"dag": dag} if takes_dag else {}))


__all__ = ["HAS_CONNECTION_FORMS", "AirflowRescheduleException", "ApprovalOperator", "DagBag", "clear"]
