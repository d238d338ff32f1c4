"""A real Airflow on this machine: scheduler, triggerer, dag processor and API server, started and stopped."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.leaks import assert_no_key_in
from tests.system.airflow_api import AirflowApi, DagRun, TaskInstance
from tests.system.airflow_settings import PASSWORD, USERNAME, environment, prepare_home
from tests.system.processes import LoggedError, Process, ProcessDiedError, free_port, stop

MIGRATION_SECONDS = 300.0
START_SECONDS = 300.0
POLL_SECONDS = 1.0
START_OF_KEYS = "pcsk_"
"""How the keys of all emulated projects begin, and nothing in Airflow's logs may."""

# Without log servers: all components share one disk, so the API server reads the logs from there, and no
# port is opened to the network.
_COMPONENTS = {
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "api-server": ["api-server"],
}


class AirflowError(LoggedError):
    """All of Airflow runs, but not as it should."""


@dataclass(frozen=True)
class FinishedRun:
    """A run that has ended, and what was seen of it on the way."""

    dag_run: DagRun
    task_instances: list[TaskInstance]
    states_seen: frozenset[tuple[str, str]]
    """Pairs of a task's id and a state that it was seen in, such as ``("back_up", "deferred")``."""
    seconds: float
    """How long the wait for its end took."""

    @property
    def succeeded(self) -> bool:
        """Whether the run ended well."""
        return self.dag_run.state == "success"

    def tasks(self, task_id: str) -> list[TaskInstance]:
        """Return the instances of one task, by map index."""
        return [task for task in self.task_instances if task.task_id == task_id]

    @property
    def failed_tasks(self) -> list[TaskInstance]:
        """The task instances that failed by themselves, not because of another."""
        return [task for task in self.task_instances if task.state == "failed"]


class LocalAirflow:
    """
    An Airflow of its own in ``home``, running between ``with`` and the end of its block.

    :param home: the directory to be made for it. It stays behind, with all logs below ``home / "logs"``.
    :param dags_folder: where the DAG files are.
    :param parallelism: how many tasks run at the same time.
    :param database: from :attr:`Postgres.settings`; None for a file of SQLite's.
    :param env: more environment variables for every component: connections, further settings.
    :param beside: programs that Airflow's work depends on, watched like its own components.
    :param say: told in a line how far the start has come.
    """

    def __init__(
        self,
        home: Path,
        *,
        dags_folder: Path,
        parallelism: int = 4,
        database: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        beside: Sequence[Process] = (),
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.home = home
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.api = AirflowApi(self.url, username=USERNAME, password=PASSWORD)
        self._env = environment(
            home=home,
            dags_folder=dags_folder.resolve(),
            api_port=port,
            parallelism=parallelism,
            database=database,
        ) | dict(env or {})
        self._processes = {name: self._process(name, arguments) for name, arguments in _COMPONENTS.items()}
        self._beside = tuple(beside)
        self._say = say

    def __enter__(self) -> Self:
        try:
            prepare_home(self.home)
            self._migrate()
            self._say("the database is made")
            for process in self._processes.values():
                process.start()
            self.wait_until(self._answers, timeout=START_SECONDS, what="the API server to answer")
            self._say("the API server answers")
            self.wait_until(self._healthy, timeout=START_SECONDS, what="all components to be healthy")
            self._say("all components are healthy")
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._stop()
        if exc is None:
            assert_no_key_in(self.home / "logs", [START_OF_KEYS])

    def pid(self, component: str) -> int:
        """Return the id of a component's first process: ``scheduler``, ``triggerer``, ``api-server``..."""
        return self._processes[component].pid

    def kill(self, component: str) -> None:
        """Kill a component and all that it started, running tasks too, without a warning."""
        self._processes[component].kill()

    def start(self, component: str) -> None:
        """Start a component again that was killed, and wait until the API answers."""
        self._processes[component].start()
        self.wait_until(self._answers, timeout=START_SECONDS, what="the API server to answer")

    def wait_for_dag(self, dag_id: str, *, timeout: float = 300.0) -> None:
        """
        Wait until the dag processor has read a DAG, and unpause it.

        :raises AirflowError: when a DAG file cannot be imported, or the DAG does not appear in time.
        """

        def known() -> bool:
            if dag_id in self.api.dag_ids():
                return True
            for filename, trace in self.api.import_errors().items():
                reason = trace.strip().splitlines()[-1]
                raise AirflowError(f"{filename} cannot be imported: {reason}", log=self._log("dag-processor"))
            return False

        self.wait_until(known, timeout=timeout, what=f"the DAG {dag_id}", log=self._log("dag-processor"))
        self.api.unpause(dag_id)

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> DagRun:
        """Begin a run of a DAG, with ``conf`` as its params, as soon as the DAG is known."""
        self.wait_for_dag(dag_id)
        return self.api.trigger(dag_id, conf)

    def wait_for_run(
        self,
        dag_run: DagRun,
        *,
        timeout: float,
        on_change: Callable[[TaskInstance], None] = lambda task: None,
    ) -> FinishedRun:
        """
        Wait for the end of a run, whatever that is.

        :param timeout: seconds until the wait ends with an :class:`AirflowError`.
        :param on_change: told of each task instance seen in a new state; what it raises ends the wait.
        """
        started = time.monotonic()
        dag_id, run_id = dag_run.dag_id, dag_run.run_id
        states: dict[tuple[str, int], str | None] = {}
        seen: set[tuple[str, str]] = set()
        ended: list[DagRun] = []

        def observe() -> bool:
            # The run first: when it has ended, its tasks will not change after this look at them.
            current = self.api.dag_run(dag_id, run_id)
            for task in self.api.task_instances(dag_id, run_id):
                if task.state and states.get((task.task_id, task.map_index)) != task.state:
                    states[task.task_id, task.map_index] = task.state
                    seen.add((task.task_id, task.state))
                    on_change(task)
            ended[:] = [current] if current.finished else []
            return current.finished

        self.wait_until(observe, timeout=timeout, what=f"the run of {dag_id}")
        return FinishedRun(
            dag_run=ended[0],
            task_instances=self.api.task_instances(dag_id, run_id),
            states_seen=frozenset(seen),
            seconds=time.monotonic() - started,
        )

    def wait_for_tasks(
        self, dag_run: DagRun, *task_ids: str, state: str, try_number: int = 1, timeout: float
    ) -> None:
        """
        Wait until all instances of some tasks of a run are in a state at once, on this try or a later one.

        :raises AirflowError: when one of them has failed instead, or ``timeout`` seconds have passed.
        """

        def reached() -> bool:
            tasks = self.api.task_instances(dag_run.dag_id, dag_run.run_id)
            for task in tasks:
                if task.state == "failed":
                    raise self.failure(dag_run, task)
            awaited = [task for task in tasks if task.task_id in task_ids]
            return all(task.state == state and task.try_number >= try_number for task in awaited)

        self.wait_until(reached, timeout=timeout, what=f"{', '.join(task_ids)} to be {state}")

    def wait_until(
        self, condition: Callable[[], bool], *, timeout: float, what: str, log: Path | None = None
    ) -> None:
        """
        Ask once a second until it is so.

        :param condition: may fail to reach the API; then it is asked again.
        :raises ProcessDiedError: as soon as a component has died.
        :raises AirflowError: when ``timeout`` seconds have passed; it names ``what`` was waited for.
        """
        deadline = time.monotonic() + timeout
        while True:
            self.check()
            try:
                if condition():
                    return
            except httpx.TransportError:
                pass  # not up yet, or very busy: the deadline and the check above end this
            if time.monotonic() > deadline:
                raise AirflowError(
                    f"Waited {timeout:.0f} s for {what} in vain", log=log or self._log("scheduler")
                )
            time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """:raises ProcessDiedError: naming the component that has died, and its log."""
        for process in (*self._processes.values(), *self._beside):
            process.check()

    def task_log_path(self, dag_run: DagRun, task: TaskInstance) -> Path:
        """Return where the last try of a task wrote its log."""
        directory = self.home / "logs" / f"dag_id={dag_run.dag_id}" / f"run_id={dag_run.run_id}"
        directory /= f"task_id={task.task_id}"
        if task.map_index >= 0:
            directory /= f"map_index={task.map_index}"
        return directory / f"attempt={task.try_number}.log"

    def require_success(self, run: FinishedRun) -> None:
        """:raises AirflowError: for a run that failed, with what its first failed task logged last."""
        if run.succeeded:
            return
        if not run.failed_tasks:
            raise AirflowError(f"{run.dag_run.dag_id} {run.dag_run.state}", log=self._log("scheduler"))
        raise self.failure(run.dag_run, min(run.failed_tasks, key=lambda task: str(task.end_date)))

    def failure(self, dag_run: DagRun, task: TaskInstance) -> AirflowError:
        """Return why a task's last try failed, as an error that can be raised."""
        lines = self.api.log(
            dag_run.dag_id,
            dag_run.run_id,
            task.task_id,
            try_number=task.try_number,
            map_index=task.map_index,
        )
        reasons = [line for line in lines if line.startswith("ERROR ")] or ["it logged no error"]
        return AirflowError(
            f"{task.label} of {dag_run.dag_id} failed: {reasons[-1].removeprefix('ERROR ')}",
            log=self.task_log_path(dag_run, task),
            lines=[line for line in lines if "::group::" not in line and "::endgroup::" not in line][-15:],
        )

    def _answers(self) -> bool:
        return bool(self.api.health()) and self.api.serves_tasks()

    def _healthy(self) -> bool:
        health = self.api.health()
        return all(health.get(name) == "healthy" for name in ("scheduler", "triggerer", "dag_processor"))

    def _migrate(self) -> None:
        migration = self._process("db-migrate", ["db", "migrate"])
        migration.start()
        try:
            exit_code = migration.wait(MIGRATION_SECONDS)
        finally:
            migration.kill()
        if exit_code != 0:
            raise ProcessDiedError("database migration", exit_code, migration.log)

    def _process(self, name: str, arguments: list[str]) -> Process:
        return Process(
            name, [sys.executable, "-m", "airflow", *arguments], log=self._log(name), env=self._env
        )

    def _log(self, component: str) -> Path:
        return self.home / "logs" / f"{component}.log"

    def _stop(self) -> None:
        self.api.close()  # first, because the API server waits for its clients to leave
        stop(self._processes.values())
