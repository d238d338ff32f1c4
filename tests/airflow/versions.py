"""What differs, for the tests, between the Airflow versions that they run on."""

from __future__ import annotations

import functools
import importlib.util

try:
    from airflow.dag_processing.dagbag import DagBag

    HAS_CONNECTION_FORMS = True
except ImportError:  # before 3.2
    from airflow.models.dagbag import DagBag  # type: ignore[no-redef]

    HAS_CONNECTION_FORMS = importlib.util.find_spec("flask_appbuilder") is not None

try:
    from airflow.sdk.exceptions import AirflowRescheduleException
except ImportError:  # before 3.2
    from airflow.exceptions import AirflowRescheduleException  # type: ignore[no-redef]

try:
    from airflow.sdk.execution_time import supervisor

    # Before 3.3 dag.test() builds its API anew for each task, which takes seconds.
    if not hasattr(supervisor.in_process_api_server, "cache_clear"):
        supervisor.in_process_api_server = functools.cache(supervisor.in_process_api_server)
except ImportError:  # before 3.0
    pass

__all__ = ["HAS_CONNECTION_FORMS", "AirflowRescheduleException", "DagBag"]
