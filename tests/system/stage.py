"""An Airflow and an emulated Pinecone with an index: for the demo, `make up` and the browser tests."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.system.airflow_process import LocalAirflow
from tests.system.airflow_settings import PASSWORD, USERNAME
from tests.system.emulator_process import Emulator
from tests.system.pinecone_rest import Contents, PineconeRest
from tests.system.report import Report

REPOSITORY = Path(__file__).resolve().parents[2]

BACKUP_DAG, RESTORE_DAG = "pinecone_nightly_backup", "pinecone_restore_from_backup"
INDEX = "movies"
NAMESPACES = ("action", "comedy", "documentary", "drama")
RECORDS_PER_NAMESPACE = 250
DIMENSION = 8

# What is done within about 10 s never leaves the worker, and the demo is to show the triggerer at work.
BACKUP_SECONDS = RESTORE_SECONDS = 15.0

AIRFLOW_SETTINGS = {
    "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
    "AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE": "True",
    # Or else the nightly DAG, once it is not paused any more, catches up on last night by itself.
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
}


@dataclass(frozen=True)
class Stage:
    """A running Airflow with the example DAGs, and the Pinecone that its ``pinecone_default`` names."""

    airflow: LocalAirflow
    emulator: Emulator
    pinecone: PineconeRest


@contextmanager
def new_stage(directory: Path, report: Report) -> Iterator[Stage]:
    """
    Start both for the length of a block, and unpause the DAGs that back up and restore.

    :param directory: an existing directory, for all that they write.
    :param report: told in lines how far the start has come.
    """
    emulator = Emulator(directory, backup_seconds=BACKUP_SECONDS, restore_seconds=RESTORE_SECONDS)
    airflow = LocalAirflow(
        directory / "airflow",
        dags_folder=REPOSITORY / "dags",
        env=AIRFLOW_SETTINGS | emulator.connection | {"PINECONE_STORAGE": f"file://{directory}/storage"},
        beside=[emulator.process],
        say=report.detail,
    )
    with ExitStack() as running:
        with report.step("start the emulator and write an index"):
            running.enter_context(emulator)
            pinecone = running.enter_context(PineconeRest(emulator.url, api_key=emulator.api_key))
            pinecone.create_index(INDEX, dimension=DIMENSION)
            pinecone.write(INDEX, _movies())
        report.detail(f"Pinecone's emulator listens on {emulator.url}")
        with report.step("start Airflow"):
            running.enter_context(airflow)
            for dag_id in (BACKUP_DAG, RESTORE_DAG):
                airflow.wait_for_dag(dag_id)
        report.detail(f"Airflow's UI: {airflow.url}  user: {USERNAME}  password: {PASSWORD}")
        yield Stage(airflow=airflow, emulator=emulator, pinecone=pinecone)


def _movies() -> Contents:
    dice = random.Random(7)
    return Contents(
        {
            namespace: {
                f"{namespace}-{number}": [dice.uniform(-1, 1) for _ in range(DIMENSION)]
                for number in range(RECORDS_PER_NAMESPACE)
            }
            for namespace in NAMESPACES
        }
    )
