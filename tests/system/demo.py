"""Back up an index with a real Airflow, restore it into a new one, and see that the records are there."""

from __future__ import annotations

import argparse
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
from tests.system.emulator_process import Emulator
from tests.system.guide import guide
from tests.system.pinecone_rest import Contents, PineconeRest
from tests.system.processes import LoggedError
from tests.system.report import Report
from tests.system.stage import BACKUP_DAG, INDEX, REPOSITORY, RESTORE_DAG, Stage, new_stage

BACKUP_TASK, RESTORE_TASK = "back_up", "restore"
SOURCE, TARGET = INDEX, "movies-restored"
RUN_TIMEOUT_SECONDS = 300.0


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
        # Who asked it to stay up has now had enough, and make would call any other code an error.
        exit_code = 0 if options.stay_up else 130
        print("\nStopped. Nothing is left running.")
    except Exception as error:
        report.print_failure(_logged(error, directory))
        return 1
    else:
        exit_code = 0
    shutil.rmtree(directory)
    return exit_code


def _run(directory: Path, report: Report, *, stay_up: bool) -> None:
    with ExitStack() as running:
        stage = running.enter_context(new_stage(directory, report))
        if stay_up:
            _stay_up(stage)
        _back_up(stage.airflow, report)
        _restore(stage.airflow, report)
        _compare(stage.pinecone, stage.emulator, report)
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


def _stay_up(stage: Stage) -> None:
    for dag_id in stage.airflow.api.dag_ids():
        stage.airflow.api.unpause(dag_id)
    print(f"{guide(stage)}\nUp. Ctrl-C stops it and removes what it made.", flush=True)
    while True:
        stage.airflow.check()
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


def _logged(error: Exception, directory: Path) -> LoggedError:
    """Give an error a log of its own unless it has one."""
    if isinstance(error, LoggedError):
        return error
    log = directory / "demo.log"
    log.write_text("".join(traceback.format_exception(error)))
    return LoggedError(f"{type(error).__name__}: {error}".splitlines()[0], log=log)


if __name__ == "__main__":
    sys.exit(main())
