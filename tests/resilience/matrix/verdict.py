"""What must hold once a task has ended, whatever befell its requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from airflow_provider_pinecone.policies.identity import RUN_TAG
from tests.resilience.matrix.scene import RECORDS, SOURCE, TARGET, Case, Project
from tests.resilience.matrix.tries import Told

Entry = Mapping[str, Any]


def objections(
    case: Case, told: Told, log: Sequence[Entry], *, token: str, before: Project, after: Project
) -> list[str]:
    """What does not hold, in one line each.

    :param token: the run's.
    :param before: the project as it was before the run.
    """
    ends = _of_restore if case.is_restore else _of_backup
    found = [*_of_others(before, after), *_of_requests(case, log)]
    if told.failure is not None:
        return [*found, f"lost after {told.tries} tries: {told.failure!r}"]
    return [*found, *ends(told, token, before, after)]


def deleted(log: Sequence[Entry]) -> int:
    """How often the task deleted something."""
    return sum(entry["method"] == "DELETE" and entry["status"] in (202, 204) for entry in log)


def asks(case: Case, method: str, path: str) -> bool:
    """Whether a request is the one by which the task asks for what it is to make."""
    return method == "POST" and path.endswith(case.asks)


def _of_requests(case: Case, log: Sequence[Entry]) -> Iterator[str]:
    """A client sends one request after another, so a look that came after a POST began after its end."""
    has_looked = False
    for entry in log:
        if entry["method"] == "GET" and entry["path"] == case.look:
            has_looked |= entry["status"] in (200, 404)
        elif asks(case, entry["method"], entry["path"]):
            if not has_looked:
                yield "a POST without a look before it, and after the one before it"
            has_looked = False


def _of_others(before: Project, after: Project) -> Iterator[str]:
    for was, now in ((before.indexes, after.indexes), (before.backups, after.backups)):
        for key, row in was.items():
            if now.get(key) != row:
                yield f"{key} is not the run's, and is not what it was"
    for name, held in before.records.items():
        if after.records.get(name) != held:
            yield f"the records of {name} are not what they were"


def _of_backup(told: Told, token: str, before: Project, after: Project) -> Iterator[str]:
    made = [backup for key, backup in after.backups.items() if key not in before.backups]
    if len(made) != 1:
        yield f"{len(made)} backups in the end"
        return
    [backup] = made
    if f"token={token} " not in backup["description"]:
        yield "the backup does not bear the run's token"
    if (backup["status"], backup["record_count"]) != ("Ready", len(RECORDS)):
        yield f"the backup is {backup['status']} and holds {backup['record_count']} records"
    if told.returned["backup_id"] != backup["backup_id"] or told.returned["status"] != "Ready":
        yield f"returned is {told.returned}, made was {backup}"
    if told.xcoms.get("backup_id") != backup["backup_id"]:
        yield f"the XCom backup_id is {told.xcoms.get('backup_id')}, made was {backup['backup_id']}"
    if set(after.indexes) != set(before.indexes):
        yield f"indexes are {sorted(after.indexes)}"


def _of_restore(told: Told, token: str, before: Project, after: Project) -> Iterator[str]:
    if set(after.indexes) - set(before.indexes) != {TARGET} or after.backups.keys() != before.backups.keys():
        yield f"indexes are {sorted(after.indexes)}, backups {sorted(after.backups)}"
        return
    index = after.indexes[TARGET]
    source = before.indexes[SOURCE]
    if index["tags"] != {**(source["tags"] or {}), RUN_TAG: token}:
        yield f"the index's tags are {index['tags']}"
    if not index["status"]["ready"] or after.records[TARGET] != before.records[SOURCE]:
        yield f"the index is {index['status']}, and holds {after.records[TARGET]}"
    jobs = [key for key, job in after.jobs.items() if key not in before.jobs]
    if len(jobs) != 1 or told.returned["status"] != "Completed":
        yield f"{len(jobs)} restore jobs; returned is {told.returned}"
    named = {told.returned["restore_job_id"], told.xcoms.get("restore_job_id")}
    if named != set(jobs):
        yield f"returned and the XCom name {named}, made was {jobs}"
    if (told.xcoms.get("index_name"), told.xcoms.get("host")) != (TARGET, index["host"]):
        yield f"XComs are {told.xcoms}"
