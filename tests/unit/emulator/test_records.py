"""Records are shared between indexes and backups, and gone when no one holds them."""

from __future__ import annotations

import sqlite3

import pytest

from airflow_provider_pinecone.emulator.state import namespaces, records
from airflow_provider_pinecone.emulator.state.namespaces import Namespace
from airflow_provider_pinecone.emulator.state.records import Record
from airflow_provider_pinecone.emulator.state.store import Store


@pytest.fixture
def db() -> sqlite3.Connection:
    return Store().db


def contents(db: sqlite3.Connection) -> int:
    (count,) = db.execute("SELECT count(*) FROM contents").fetchone()
    return int(count)


def write(db: sqlite3.Connection, *ids: str, owner: str = "index", moment: float = 0) -> None:
    records.write(db, owner, "", [Record(id_, (1.0,)) for id_ in ids], moment=moment)


def test_a_copy_shares_the_contents(db: sqlite3.Connection) -> None:
    write(db, "a", "b")
    records.copy(db, source="index", target="backup")
    assert contents(db) == 2
    assert namespaces.read_all(db, "backup") == {"": Namespace("", record_count=2)}


def test_a_copy_keeps_what_is_replaced_or_deleted_later(db: sqlite3.Connection) -> None:
    write(db, "a", "b")
    records.copy(db, source="index", target="backup")

    records.write(db, "index", "", [Record("a", (9.0,))], moment=1)
    records.remove(db, "index", "", ["b"])

    assert [record.values for record in records.fetch(db, "backup", "", ["a", "b"])] == [(1.0,), (1.0,)]
    assert contents(db) == 3


def test_contents_go_with_their_last_holder(db: sqlite3.Connection) -> None:
    write(db, "a", "b")
    records.copy(db, source="index", target="backup")
    records.drop_all(db, "index")
    assert contents(db) == 2
    records.drop_all(db, "backup")
    assert contents(db) == 0
    assert namespaces.read_all(db, "backup") == {}


def test_replacing_a_record_that_nothing_else_holds_leaves_no_old_content(db: sqlite3.Connection) -> None:
    write(db, "a")
    write(db, "a")
    assert contents(db) == 1


def test_a_copy_leaves_out_what_was_written_later(db: sqlite3.Connection) -> None:
    write(db, "old", moment=10)
    write(db, "young", moment=10.5)
    records.copy(db, source="index", target="backup", written_until=10)
    assert records.ids(db, "backup", "", prefix="", after="", limit=10) == ["old"]


def test_a_transaction_that_fails_leaves_nothing_behind() -> None:
    store = Store()

    def fail_halfway() -> None:
        with store.transaction() as db:
            write(db, "a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert contents(store.db) == 0
    with store.transaction() as db:
        write(db, "a")
    assert contents(store.db) == 1
