"""The emulated project that pruning is searched in: own backups, others', and those of a deleted index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.api.wire import Settings as ClientSettings
from airflow_provider_pinecone.api.wire import read_answer, request_for
from airflow_provider_pinecone.emulator.settings import Settings
from airflow_provider_pinecone.emulator.state import records
from airflow_provider_pinecone.policies.identity import Run
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope
from tests.resilience.search.pinecone import HOST, Pinecone, Row
from tests.unit.policies.retention.histories import Case
from tests.unit.policies.retention.oracle import expected

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_DAY = 86_400.0
KEY = "key-number-0"
SCOPE = Scope(deployment="prod")
GRACE = timedelta(days=30)


@dataclass(frozen=True)
class Scene:
    """A project, as it was before anything was pruned.

    :param names: what the ids of its backups are called here.
    """

    pinecone: Pinecone
    backups: tuple[Backup, ...]
    names: Mapping[str, str]
    deleted_at: Mapping[str, datetime]

    def doomed(self, policy: RetentionPolicy) -> frozenset[str]:
        """The names of what the oracle deletes."""
        case = Case(
            backups=list(self.backups), policy=policy, scope=SCOPE, now=NOW, deleted_at=self.deleted_at
        )
        return frozenset(self.names[id] for id, (keep, _) in expected(case).items() if not keep)

    def left(self) -> frozenset[str]:
        """The names of those that there are."""
        rows = [row for row in self.pinecone.rows("backups") if not _is_gone(row, self.pinecone.now)]
        return frozenset(self.names[row["backup_id"]] for row in rows if row["backup_id"] in self.names)

    def gone(self) -> frozenset[str]:
        """The names of what is deleted."""
        return frozenset(self.names.values()) - self.left()

    def id_of(self, name: str) -> str:
        """The id of a backup."""
        return next(backup_id for backup_id, known in self.names.items() if known == name)

    def send(self, call: Call[Any]) -> Any:
        """Send a call as somebody else."""
        settings = ClientSettings(api_key=self.pinecone.api_key, host=HOST)
        return read_answer(
            call, self.pinecone.answer(request_for(call, settings=settings)), settings=settings
        )


@cache
def scene() -> Scene:
    """The one scene of this process; ``pinecone.begin()`` makes it as it was."""
    failing = Settings(api_key=KEY, backup_seconds=0, next_backups=["InitializationFailed"])
    pinecone = Pinecone(failing, now=_days_ago(90))
    built = Scene(pinecone, (), {}, {})
    for name in ("movies", "songs"):
        built.send(endpoints.create_index(name, dimension=2))
        _write(pinecone, name)
    names = {}

    def back_up(name: str, *, days_ago: float, index: str = "movies", by: str | None = "prod") -> None:
        pinecone.now = _days_ago(days_ago)
        run = Run(deployment=by or "", dag_id="d", task_id="t", run_id=name, moment=NOW)
        text = None if by is None else run.description(index)
        names[built.send(endpoints.create_backup(index, description=text)).backup_id] = name

    back_up("failed", days_ago=60)
    back_up("song", days_ago=50, index="songs")
    pinecone.now = _days_ago(40)
    built.send(endpoints.delete_index("songs"))
    back_up("by hand", days_ago=9, by=None)
    back_up("staging", days_ago=8, by="staging")
    for name, days_ago in (("a", 4.0), ("b", 3.0), ("c", 2.0), ("d", 1.0)):
        back_up(name, days_ago=days_ago)
    pinecone.now = NOW.timestamp()
    pinecone.keep()
    pinecone.begin()
    backups = built.send(endpoints.list_backups(limit=100)).items
    [songs] = {one.source_index_id for one in backups if one.source_index_name == "songs"}
    pinecone.begin()
    return Scene(pinecone, backups, names, {songs: datetime.fromtimestamp(_days_ago(40), tz=UTC)})


def _days_ago(days: float) -> float:
    return NOW.timestamp() - days * A_DAY


def _is_gone(row: Row, now: float) -> bool:
    return row["deleted_at"] is not None and row["deleted_at"] <= now


def _write(pinecone: Pinecone, index_name: str) -> None:
    [index_id] = [row["index_id"] for row in pinecone.rows("indexes") if row["name"] == index_name]
    written = [records.Record(id=f"r{number}", values=(0.0, float(number))) for number in range(3)]
    with pinecone.project.store.transaction() as db:
        records.write(db, index_id, "", written, moment=pinecone.now)
