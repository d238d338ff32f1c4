"""The emulated project that each run begins in, with much in it that is none of the run's business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.api.settings import Settings as ClientSettings
from airflow_provider_pinecone.api.wire import read_answer, request_for
from airflow_provider_pinecone.emulator.settings import Settings
from airflow_provider_pinecone.emulator.state import records
from tests.resilience.search.pinecone import HOST, TABLES, Pinecone, Row
from tests.resilience.search.tasks import BackupTask

START = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
AN_HOUR = 3600.0
SECONDS = 30.0
"""That a backup or a restore takes."""

KEY = "key-number-0"
SOURCES = ("movies", "songs")


@dataclass(frozen=True)
class Scene:
    """A project, as it was before anything ran in it.

    :param backup: one to restore.
    :param before: the rows of its tables.
    :param held: what the backup holds.
    """

    pinecone: Pinecone
    backup: Backup
    before: dict[str, list[Row]]
    held: list[tuple[Any, ...]]


@cache
def scene() -> Scene:
    """The one scene of this process; ``pinecone.begin()`` makes it as it was."""
    pinecone = Pinecone(
        Settings(api_key=KEY, backup_seconds=SECONDS, restore_seconds=SECONDS), now=START - AN_HOUR
    )
    settings = ClientSettings(api_key=KEY, host=HOST)

    def send(call: Call[Any]) -> Any:
        answer = pinecone.answer(request_for(call, settings=settings))
        return read_answer(call, answer, settings=settings)

    for name in (*SOURCES, "movies-2"):
        index = send(endpoints.create_index(name, dimension=2, tags={"team": "films"}))
        _write(pinecone, index.name)
    pinecone.now += 60.0
    backup = send(endpoints.create_backup("movies", name="by-hand", description="by hand"))
    for name in SOURCES:
        this_run, last_run = BackupTask(name).run, BackupTask(name, run_id="nightly-0").run
        for named_after in (this_run, last_run):
            # The other run's both, though one bears the very name that this run gives its own.
            pinecone.now += 1.0
            call = endpoints.create_backup(
                name, name=named_after.backup_name(name), description=last_run.description(name)
            )
            send(call)
    pinecone.now = START
    backup = send(endpoints.describe_backup(backup.backup_id))
    pinecone.keep()
    before = {table: pinecone.rows(table) for table in TABLES}
    return Scene(pinecone, backup, before, pinecone.records_of(backup.backup_id))


def _write(pinecone: Pinecone, index_name: str) -> None:
    [index_id] = [row["index_id"] for row in pinecone.rows("indexes") if row["name"] == index_name]
    written = [records.Record(id=f"r{number}", values=(0.0, float(number))) for number in range(3)]
    with pinecone.project.store.transaction() as db:
        records.write(db, index_id, "", written, moment=pinecone.now)
