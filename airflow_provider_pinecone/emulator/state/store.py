"""The SQLite file that holds an emulated project."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic_core import from_json

Json = dict[str, Any]  # an object as JSON has it

# The `owner` of a record or namespace is the index or backup that holds it. A backup shares its records'
# contents with its index, so it costs one row per record and no copy of the vector.
SCHEMA = """
CREATE TABLE IF NOT EXISTS indexes (
    index_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    host TEXT NOT NULL UNIQUE,
    schema TEXT NOT NULL,
    deployment TEXT NOT NULL,
    embed TEXT NOT NULL,
    read_capacity TEXT NOT NULL,
    tags TEXT NOT NULL,
    deletion_protection TEXT NOT NULL,
    cmek_id TEXT,
    source_collection TEXT,
    source_backup_id TEXT,
    created_at REAL NOT NULL,
    ready_at REAL NOT NULL,
    outcome TEXT NOT NULL,
    deleted_at REAL
);
CREATE INDEX IF NOT EXISTS indexes_by_name ON indexes (name);

CREATE TABLE IF NOT EXISTS backups (
    backup_id TEXT PRIMARY KEY,
    source_index_id TEXT NOT NULL REFERENCES indexes (index_id),
    source_index_name TEXT NOT NULL,
    name TEXT,
    description TEXT,
    schedule_id TEXT,
    schema TEXT NOT NULL,
    deployment TEXT NOT NULL,
    embed TEXT NOT NULL,
    tags TEXT NOT NULL,
    record_count INTEGER NOT NULL,
    namespace_count INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at REAL NOT NULL,
    ready_at REAL NOT NULL,
    outcome TEXT NOT NULL,
    deleted_at REAL,
    source_index_deleted_at REAL
);
CREATE INDEX IF NOT EXISTS backups_by_age ON backups (created_at);
CREATE INDEX IF NOT EXISTS backups_by_source ON backups (source_index_name, created_at);
CREATE INDEX IF NOT EXISTS backups_by_schedule ON backups (schedule_id);
CREATE INDEX IF NOT EXISTS backups_by_end ON backups (deleted_at);

CREATE TABLE IF NOT EXISTS backup_schedules (
    schedule_id TEXT PRIMARY KEY,
    index_id TEXT NOT NULL REFERENCES indexes (index_id),
    name TEXT NOT NULL,
    frequency TEXT NOT NULL,
    retention_days INTEGER NOT NULL,
    created_at REAL NOT NULL,
    first_run_at REAL NOT NULL,
    planned_at REAL NOT NULL,
    next_run_at REAL,
    deleted_at REAL
);
CREATE INDEX IF NOT EXISTS backup_schedules_by_index ON backup_schedules (index_id);

CREATE TABLE IF NOT EXISTS restore_jobs (
    restore_job_id TEXT PRIMARY KEY,
    backup_id TEXT NOT NULL REFERENCES backups (backup_id),
    target_index_id TEXT NOT NULL REFERENCES indexes (index_id),
    target_index_name TEXT NOT NULL,
    created_at REAL NOT NULL,
    done_at REAL NOT NULL,
    outcome TEXT NOT NULL,
    deleted_at REAL,
    target_deleted_at REAL
);
CREATE INDEX IF NOT EXISTS restore_jobs_by_age ON restore_jobs (created_at);
CREATE INDEX IF NOT EXISTS restore_jobs_by_backup ON restore_jobs (backup_id);

CREATE TABLE IF NOT EXISTS namespaces (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    schema TEXT,
    created_at REAL NOT NULL,
    PRIMARY KEY (owner, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contents (
    content INTEGER PRIMARY KEY,
    dense BLOB NOT NULL,
    sparse BLOB NOT NULL,
    metadata TEXT
);
CREATE TABLE IF NOT EXISTS records (
    owner TEXT NOT NULL,
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    content INTEGER NOT NULL REFERENCES contents (content),
    written_at REAL NOT NULL,
    PRIMARY KEY (owner, namespace, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_by_content ON records (content);

CREATE TABLE IF NOT EXISTS clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    offset_seconds REAL NOT NULL,
    frozen_at REAL
);
"""

_EXISTS = "created_at <= :moment AND (deleted_at IS NULL OR deleted_at > :moment)"

JSON_COLUMNS = {"schema", "deployment", "embed", "read_capacity", "tags"}
TABLES = (
    "records",
    "namespaces",
    "contents",
    "restore_jobs",
    "backup_schedules",
    "backups",
    "indexes",
    "clock",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of one of the tables of indexes, backups, schedules and restore jobs.

    Moments are seconds since 1970. Deleted things keep their row, since a stale listing shows the past and
    backups outlive their index; only their records go. The `deleted_at` of a scheduled backup is known from
    the start and lies in the future.
    """

    table: ClassVar[str]

    created_at: float
    deleted_at: float | None = None


R = TypeVar("R", bound=Row)


class Store:
    """One connection to the state. All requests share it: they are served one at a time, on one thread.

    :param path: the state file; ``:memory:`` keeps nothing.
    """

    def __init__(self, path: str = ":memory:") -> None:
        if path != ":memory:":
            Path(path).touch(mode=0o600)  # SQLite gives its log files the same mode
        # No implicit transactions: the BEGIN and COMMIT in `transaction` are the only ones.
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        # With a write-ahead log, NORMAL keeps every committed transaction if the process dies; only a power
        # cut may lose the last ones.
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do the whole block or, if it raises, nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction() as db:
            for table in TABLES:
                db.execute(f"DELETE FROM {table}")

    def select(
        self, kind: type[R], condition: str, moment: float, *, limit: int = -1, offset: int = 0, **values: str
    ) -> list[R]:
        """Give the rows that exist at a moment and meet a condition on `values`, newest first."""
        rows = self.db.execute(
            f"SELECT * FROM {kind.table} WHERE {condition} AND {_EXISTS}"
            " ORDER BY created_at DESC, rowid DESC LIMIT :limit OFFSET :offset",
            {**values, "moment": moment, "limit": limit, "offset": offset},
        )
        return [kind(**_read(row)) for row in rows]

    def count(self, kind: type[Row], moment: float) -> int:
        """Count the rows that exist at a moment."""
        query = f"SELECT count(*) FROM {kind.table} WHERE {_EXISTS}"
        (number,) = self.db.execute(query, {"moment": moment}).fetchone()
        return int(number)

    def first(self, kind: type[R], condition: str, moment: float, **values: str) -> R | None:
        """Give the newest row that `select` finds."""
        return next(iter(self.select(kind, condition, moment, limit=1, offset=0, **values)), None)


def insert(db: sqlite3.Connection, row: Row) -> None:
    """Add a row; objects are stored as JSON."""
    values = {name: json.dumps(value) if name in JSON_COLUMNS else value for name, value in vars(row).items()}
    places = ", ".join(f":{name}" for name in values)
    db.execute(f"INSERT INTO {row.table} ({', '.join(values)}) VALUES ({places})", values)


def _read(row: sqlite3.Row) -> Json:
    return {name: from_json(value) if name in JSON_COLUMNS else value for name, value in dict(row).items()}
