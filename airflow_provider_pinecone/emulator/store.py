"""The SQLite file that holds an emulated project."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is deleted keeps its row: listings can be asked for as they were some time ago, and backups outlive
# their index. Its records do go. The `deleted_at` of a scheduled backup is known when it is made, and in the
# future.
#
# `owner` of a record is the index or the backup that holds it. A backup shares its records' contents with
# the index it was taken of, so that it costs a row per record and not a copy of its vector.
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
    deleted_at REAL
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
    outcome TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS restore_jobs_by_age ON restore_jobs (created_at);
CREATE INDEX IF NOT EXISTS restore_jobs_by_backup ON restore_jobs (backup_id);

CREATE TABLE IF NOT EXISTS contents (
    content INTEGER PRIMARY KEY,
    vector BLOB,
    sparse TEXT,
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

TABLES = ("records", "contents", "restore_jobs", "backup_schedules", "backups", "indexes", "clock")


class Store:
    """One connection to the state; everything runs on the event loop's thread, one request at a time.

    :param path: the state file; ``:memory:`` keeps nothing.
    """

    def __init__(self, path: str = ":memory:") -> None:
        # The schema's own BEGIN and COMMIT below are the only ones: no implicit transactions.
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        # With a write-ahead log, NORMAL keeps every committed transaction through the death of the
        # process. Only a power cut may lose the last ones, and no emulator needs to survive that.
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all of the block or, when it raises, none of it."""
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
