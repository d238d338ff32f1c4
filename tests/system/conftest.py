"""A running demo, and one Airflow that the crash tests share, on PostgreSQL if this machine has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.system.airflow_process import LocalAirflow
from tests.system.demo_process import Demo, running_demo
from tests.system.guard import REPOSITORY
from tests.system.postgres_process import Postgres, server_programs

# What is dead is noticed after less than a minute rather than five. What lives on a busy machine may then be
# taken for dead, too, and be tried again: the tests allow for that.
QUICK_TO_NOTICE = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "45",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "15",
}


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres | None]:
    """Airflow's metadata database; None where this machine has no PostgreSQL, and SQLite must do."""
    programs = server_programs()
    log = tmp_path_factory.mktemp("database") / "database.log"
    with nullcontext() if programs is None else Postgres(programs, log=log) as database:
        yield database


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory, database: Postgres | None) -> Iterator[LocalAirflow]:
    """An Airflow with the DAGs of ``tests/system/dags``, and no connection yet."""
    directory = tmp_path_factory.mktemp("crashes")
    with LocalAirflow(
        directory / "airflow",
        dags_folder=Path(__file__).parent / "dags",
        parallelism=24,
        database=None if database is None else database.settings,
        env={**QUICK_TO_NOTICE, "PYTHONPATH": str(REPOSITORY)},
    ) as airflow:
        yield airflow


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """The demo, running."""
    with running_demo(tmp_path) as demo:
        yield demo
