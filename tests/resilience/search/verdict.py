"""What must hold when runs have ended, whatever went wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from airflow_provider_pinecone.policies.identity import RUN_TAG
from tests.resilience.search.faults import MISSING, NEVER_SENT
from tests.resilience.search.pinecone import Row
from tests.resilience.search.runs import TaskRun
from tests.resilience.search.scene import scene
from tests.resilience.search.tasks import BackupTask, RestoreTask, SettlingTask
from tests.resilience.search.world import Sent, World


def objections(world: World, runs: Sequence[TaskRun]) -> list[str]:
    """What does not hold, in one line each."""
    backups, indexes = world.pinecone.rows("backups"), world.pinecone.rows("indexes")
    found: list[str] = []
    for run in runs:
        if run.failure is not None:
            found.append(f"{run.name}: lost after {run.tries} tries: {run.failure!r}")
        elif isinstance(run.task, BackupTask):
            found.extend(_of_backup(run, backups, world.now))
        elif isinstance(run.task, RestoreTask):
            found.extend(_of_restore(run, indexes, world))
        found.extend(_of_requests(run, world.sent))
    return [*found, *_of_foreign_things(world, runs)]


def made_by(run: TaskRun, world: World) -> list[Row]:
    """Whatever the run has made, what was deleted again too."""
    if isinstance(run.task, BackupTask):
        return [row for row in world.pinecone.rows("backups") if _bears(row, run)]
    return [row for row in world.pinecone.rows("indexes") if _is_of(row, run)]


def _of_backup(run: TaskRun, backups: Sequence[Row], now: float) -> Iterator[str]:
    left = [row for row in backups if _bears(row, run) and row["deleted_at"] is None]
    # One that failed is left for people to look at.
    made = [row for row in left if row["outcome"] == "Ready"]
    if len(made) != 1:
        yield f"{run.name}: {len(made)} backups in the end"
    elif made[0]["ready_at"] > now:
        yield f"{run.name}: its backup is not Ready"
    if isinstance(run.task, SettlingTask) and any(
        row["created_at"] < run.task.lag.over_at for row in backups if _bears(row, run)
    ):
        yield f"{run.name}: a backup lacks data"
    ids = {row["backup_id"] for row in made}
    for what, backup_id in (("returned", run.returned), ("on record", run.memory.xcoms.get("backup_id"))):
        if backup_id not in ids:
            yield f"{run.name}: {backup_id} is {what}, and not there"
    if run.memory.xcoms.get("backup_id") != run.returned:
        yield f"{run.name}: what is on record is not what was returned"


def _of_restore(run: TaskRun, indexes: Iterable[Row], world: World) -> Iterator[str]:
    made = [row for row in indexes if _is_of(row, run) and row["deleted_at"] is None]
    if len(made) != 1:
        yield f"{run.name}: {len(made)} indexes in the end"
        return
    [index] = made
    if index["name"] != run.returned or index["ready_at"] > world.now:
        yield f"{run.name}: {index['name']} is not the index that was returned, or not ready"
    if world.pinecone.records_of(index["index_id"]) != scene().held:
        yield f"{run.name}: the index does not hold the backup's records"
    jobs = {row["restore_job_id"]: row["target_index_id"] for row in world.pinecone.rows("restore_jobs")}
    job_id = run.memory.xcoms.get("restore_job_id")
    # None says that the job could not be found again, and the index alone told of the end.
    if job_id is not None and jobs.get(job_id) != index["index_id"]:
        yield f"{run.name}: restore job {job_id} is on record, and did not make the index"


def _of_requests(run: TaskRun, sent: Iterable[Sent]) -> Iterator[str]:
    """No try asks for anything without having looked since it last asked, or begun."""
    if isinstance(run.task, BackupTask):
        look = f"/indexes/{quote(run.task.index_name)}/backups"
    else:
        look = f"/indexes/{quote(run.task.index_name)}"
    have_looked = set()
    for request in sent:
        if not request.by.startswith(f"{run.name},"):
            continue
        if request.method == "GET" and request.path == look and request.fault in (None, MISSING):
            have_looked.add(request.by)
        elif request.method == "POST" and request.fault not in NEVER_SENT and request.status != 401:
            if request.by not in have_looked:
                yield f"{request.by}: a POST without a look before it"
            have_looked.discard(request.by)


def _of_foreign_things(world: World, runs: Sequence[TaskRun]) -> Iterator[str]:
    for table, before in scene().before.items():
        now = world.pinecone.rows(table)
        if now[: len(before)] != before:
            yield f"a foreign row of {table} is not what it was"
        for row in now[len(before) :]:
            if not any(_bears(row, run) or _is_of(row, run) or _is_job_of(row, run) for run in runs):
                yield f"a row of {table} is no run's: {row}"


def _bears(row: Row, run: TaskRun) -> bool:
    return run.task.token in (row.get("description") or "")


def _is_of(row: Row, run: TaskRun) -> bool:
    """Whether an index is what the run makes, by its tag."""
    if "host" not in row or not isinstance(run.task, RestoreTask):
        return False
    return bool(json.loads(row["tags"]).get(RUN_TAG) == run.task.token)


def _is_job_of(row: Row, run: TaskRun) -> bool:
    return "restore_job_id" in row and row["target_index_name"] == run.task.index_name
