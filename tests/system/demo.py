"""Back up an index with a real Airflow, restore it into a new one, and see that the records are there."""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.system.airflow_api import TaskInstance
from tests.system.airflow_process import FinishedRun, LocalAirflow
from tests.system.airflow_settings import PASSWORD, USERNAME
from tests.system.emulator_process import Emulator
from tests.system.pinecone_rest import Contents, PineconeRest
from tests.system.processes import LoggedError
from tests.system.report import Report

REPOSITORY = Path(__file__).resolve().parents[2]

BACKUP_DAG, BACKUP_TASK = "pinecone_nightly_backup", "back_up"
RESTORE_DAG, RESTORE_TASK = "pinecone_restore_from_backup", "restore"
SOURCE, TARGET = "movies", "movies-restored"
NAMESPACES = ("action", "comedy", "documentary", "drama")
RECORDS_PER_NAMESPACE = 250
DIMENSION = 8

# What is done within about 10 s never leaves the worker, and the demo is to show the triggerer at work.
BACKUP_SECONDS = RESTORE_SECONDS = 15.0
RUN_TIMEOUT_SECONDS = 300.0

AIRFLOW_SETTINGS = {
    "AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE": "True",
    # Or else the nightly DAG, once it is not paused any more, catches up on last night by itself.
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
}


def main() -> int:
    """Run the demo, or keep its set-up running; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.system.demo", description=__doc__)
    parser.add_argument("--stay-up", action="store_true", help="run nothing, and stay up until Ctrl-C")
    parser.add_argument(
        "--directory",
        type=Path,
        default=REPOSITORY / ".demo",
        help="where to work, and to leave the logs of a failure (default: .demo)",
    )
    options = parser.parse_args()
    # SIGINT too: a shell has its background jobs ignore it.
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)

    report = Report()
    options.directory.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=options.directory))
    try:
        _run(directory, report, stay_up=options.stay_up)
    except KeyboardInterrupt:
        exit_code = 130
        print("\nStopped. Nothing is left running.")
    except Exception as error:
        report.print_failure(_logged(error, directory))
        return 1
    else:
        exit_code = 0
    shutil.rmtree(directory)
    return exit_code


def _run(directory: Path, report: Report, *, stay_up: bool) -> None:
    emulator = Emulator(directory, backup_seconds=BACKUP_SECONDS, restore_seconds=RESTORE_SECONDS)
    airflow = LocalAirflow(
        directory / "airflow",
        dags_folder=REPOSITORY / "dags",
        env=AIRFLOW_SETTINGS | emulator.connection,
        beside=[emulator.process],
        say=report.detail,
    )
    with ExitStack() as running:
        with report.step("start the emulator and write an index"):
            running.enter_context(emulator)
            pinecone = running.enter_context(PineconeRest(emulator.url, api_key=emulator.api_key))
            pinecone.create_index(SOURCE, dimension=DIMENSION)
            pinecone.write(SOURCE, _movies())
        report.detail(f"Pinecone's emulator listens on {emulator.url}")
        with report.step("start Airflow"):
            running.enter_context(airflow)
            for dag_id in (BACKUP_DAG, RESTORE_DAG):
                airflow.wait_for_dag(dag_id)
        report.detail(f"Airflow's UI: {airflow.url}  user: {USERNAME}  password: {PASSWORD}")
        if stay_up:
            _stay_up(airflow, report)
        _back_up(airflow, report)
        _restore(airflow, report)
        _compare(pinecone, emulator, report)
        with report.step("stop"):
            running.close()
    report.print_table()


def _back_up(airflow: LocalAirflow, report: Report) -> None:
    with report.step("back up"):
        run = _deferred_run(airflow, report, BACKUP_DAG, BACKUP_TASK)
    report.facts["backup_id"] = _xcom(airflow, run, BACKUP_TASK, "backup_id", map_index=0)


def _restore(airflow: LocalAirflow, report: Report) -> None:
    params = {
        "source_index_name": SOURCE,
        "target_index_name": TARGET,
        "deletion_protection": "disabled",
    }
    with report.step("restore"):
        run = _deferred_run(airflow, report, RESTORE_DAG, RESTORE_TASK, params)
    report.facts["restore_job_id"] = _xcom(airflow, run, RESTORE_TASK, "restore_job_id")
    report.facts["restored index"] = _xcom(airflow, run, RESTORE_TASK, "index_name")


def _compare(pinecone: PineconeRest, emulator: Emulator, report: Report) -> None:
    with report.step("compare"):
        source, restored = pinecone.read(SOURCE), pinecone.read(TARGET)
    if difference := _difference(source, restored):
        raise LoggedError(f"{TARGET} is not {SOURCE}: {difference}", log=emulator.process.log)
    for namespace, count in restored.record_counts.items():
        report.facts[f"records in {namespace}"] = f"{count}, as in {SOURCE}, with the same values"
    report.facts["records"] = str(restored.record_count)


def _stay_up(airflow: LocalAirflow, report: Report) -> None:
    for dag_id in airflow.api.dag_ids():
        airflow.api.unpause(dag_id)
    report.say("Up. Ctrl-C stops it and removes what it made.")
    while True:
        airflow.check()
        time.sleep(1)


def _deferred_run(
    airflow: LocalAirflow, report: Report, dag_id: str, task_id: str, params: dict[str, Any] | None = None
) -> FinishedRun:
    """Run a DAG of which a task waits in the triggerer, and insist on both: that it did, and succeeded."""
    dag_run = airflow.trigger(dag_id, params)

    def on_change(task: TaskInstance) -> None:
        report.task(task)
        if (
            task.state == "up_for_retry"
        ):  # the next try may be minutes away, and the demo has no reason to fail
            raise airflow.failure(dag_run, task)

    run = airflow.wait_for_run(dag_run, timeout=RUN_TIMEOUT_SECONDS, on_change=on_change)
    airflow.require_success(run)
    if (task_id, "deferred") not in run.states_seen:
        raise LoggedError(
            f"{task_id} of {dag_id} never waited in the triggerer",
            log=airflow.task_log_path(run.dag_run, run.tasks(task_id)[0]),
        )
    return run


def _xcom(airflow: LocalAirflow, run: FinishedRun, task_id: str, key: str, *, map_index: int = -1) -> str:
    dag_run = run.dag_run
    return str(airflow.api.xcom(dag_run.dag_id, dag_run.run_id, task_id, key=key, map_index=map_index))


def _difference(source: Contents, restored: Contents) -> str:
    """Say what differs first; nothing if nothing does."""
    if source.record_counts != restored.record_counts:
        return f"{restored.record_counts} records instead of {source.record_counts}"
    for namespace, records in source.namespaces.items():
        for id_, values in records.items():
            if restored.namespaces[namespace].get(id_) != values:
                return f"the values of {id_} in {namespace} differ"
    return ""


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


def _logged(error: Exception, directory: Path) -> LoggedError:
    """Give an error a log of its own unless it has one."""
    if isinstance(error, LoggedError):
        return error
    log = directory / "demo.log"
    log.write_text("".join(traceback.format_exception(error)))
    return LoggedError(f"{type(error).__name__}: {error}".splitlines()[0], log=log)


if __name__ == "__main__":
    sys.exit(main())
