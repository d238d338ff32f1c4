"""What differs, for the tests, between the Airflow versions that they run on."""

from __future__ import annotations

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # before 3.2
    from airflow.models.dagbag import DagBag  # type: ignore[no-redef]

try:
    from airflow.sdk.exceptions import AirflowRescheduleException
except ImportError:  # before 3.2
    from airflow.exceptions import AirflowRescheduleException  # type: ignore[no-redef]

__all__ = ["AirflowRescheduleException", "DagBag"]
