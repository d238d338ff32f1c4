"""Records: vectors with their metadata, held by an index or a backup (their `owner`)."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from airflow_provider_pinecone.emulator.state import namespaces
from airflow_provider_pinecone.emulator.state.namespaces import Namespace
from airflow_provider_pinecone.emulator.state.store import Json


@dataclass(frozen=True)
class Record:
    """A record. Its values are rounded to 32-bit floats when they are stored.

    :param sparse: its sparse values by their indices, in the order in which they were written.
    """

    id: str
    values: tuple[float, ...] = ()
    sparse: Mapping[int, float] = field(default_factory=dict)
    metadata: Json | None = None


@dataclass(frozen=True)
class Key:
    """Which record of an owner it is, and when it was written."""

    namespace: str
    id: str
    written_at: float


def pack(record: Record) -> tuple[bytes, bytes]:
    """Give a record's dense and sparse values as they are stored: 32-bit indices first, then 32-bit floats.

    :raises OverflowError: for a value that does not fit.
    """
    sparse = record.sparse
    return (
        struct.pack(f"<{len(record.values)}f", *record.values),
        struct.pack(f"<{len(sparse)}I{len(sparse)}f", *sparse.keys(), *sparse.values()),
    )


def _unpack_dense(stored: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(stored) // 4}f", stored)


def _unpack_sparse(stored: bytes) -> Mapping[int, float]:
    half = len(stored) // 2
    return dict(
        zip(struct.unpack(f"<{half // 4}I", stored[:half]), _unpack_dense(stored[half:]), strict=True)
    )


def write(
    db: sqlite3.Connection, owner: str, namespace: str, records: Iterable[Record], *, moment: float
) -> None:
    """Write records, replacing any with the same ids. The first one makes the namespace."""
    by_id = {record.id: record for record in records}
    namespaces.add(db, owner, Namespace(namespace), moment=moment)
    remove(db, owner, namespace, by_id)
    (last,) = db.execute("SELECT coalesce(max(content), 0) FROM contents").fetchone()
    numbered = list(enumerate(by_id.values(), start=last + 1))
    db.executemany(
        "INSERT INTO contents VALUES (?, ?, ?, ?)",
        (
            (
                number,
                *pack(record),
                None if record.metadata is None else json.dumps(record.metadata),
            )
            for number, record in numbered
        ),
    )
    db.executemany(
        "INSERT INTO records VALUES (?, ?, ?, ?, ?)",
        ((owner, namespace, record.id, number, moment) for number, record in numbered),
    )


def copy(db: sqlite3.Connection, *, source: str, target: str, written_until: float | None = None) -> None:
    """Give `target` the records of `source`, by reference to their contents, and its namespaces.

    :param written_until: leave out records written, and namespaces created, after this moment.
    """
    db.execute(
        "INSERT INTO records SELECT ?, namespace, id, content, written_at FROM records"
        " WHERE owner = ? AND (? IS NULL OR written_at <= ?)",
        (target, source, written_until, written_until),
    )
    namespaces.copy(db, source=source, target=target, created_until=written_until)


def measure(db: sqlite3.Connection, owner: str) -> dict[str, int]:
    """Count an owner's records, namespaces and bytes."""
    row = db.execute(
        "SELECT count(*) AS record_count,"
        " (SELECT count(*) FROM namespaces WHERE owner = :owner) AS namespace_count,"
        " coalesce(sum(length(CAST(id AS BLOB)) + length(dense) + length(sparse)"
        " + coalesce(length(CAST(metadata AS BLOB)), 0)), 0) AS size_bytes"
        " FROM records JOIN contents USING (content) WHERE owner = :owner",
        {"owner": owner},
    ).fetchone()
    return dict(row)


def fetch(db: sqlite3.Connection, owner: str, namespace: str, ids: Iterable[str]) -> list[Record]:
    """Give the records that exist with these ids."""
    query = f"{_READ} AND id = ?"
    return [_record(row) for id_ in dict.fromkeys(ids) for row in db.execute(query, (owner, namespace, id_))]


def read_all(db: sqlite3.Connection, owner: str, namespace: str) -> Iterable[Record]:
    """Give all records of a namespace."""
    return map(_record, db.execute(_READ, (owner, namespace)))


def ids(
    db: sqlite3.Connection, owner: str, namespace: str, *, prefix: str, after: str, limit: int
) -> list[str]:
    """Give up to `limit` ids that begin with `prefix` and follow `after`, in order."""
    rows = db.execute(
        "SELECT id FROM records WHERE owner = ? AND namespace = ? AND id > ? AND id >= ?"
        " AND substr(id, 1, length(?)) = ? ORDER BY id LIMIT ?",
        (owner, namespace, after, prefix, prefix, prefix, limit),
    )
    return [row["id"] for row in rows]


def keys(db: sqlite3.Connection, owner: str, namespace: str | None = None) -> list[Key]:
    """Give the keys of an owner's records, of one namespace or of all, in order."""
    rows = db.execute(
        "SELECT namespace, id, written_at FROM records WHERE owner = :owner"
        " AND (:namespace IS NULL OR namespace = :namespace) ORDER BY namespace, id",
        {"owner": owner, "namespace": namespace},
    )
    return [Key(**row) for row in rows]


def remove(db: sqlite3.Connection, owner: str, namespace: str, ids: Iterable[str]) -> None:
    """Delete the records with these ids, and the contents that nothing else holds."""
    keys = [{"owner": owner, "namespace": namespace, "id": id_} for id_ in ids]
    one = "owner = :owner AND namespace = :namespace AND id = :id"
    db.executemany(f"DELETE FROM contents WHERE {_ONLY_HELD_BY.format(one)}", keys)
    db.executemany(f"DELETE FROM records WHERE {one}", keys)


def drop_namespace(db: sqlite3.Connection, owner: str, namespace: str) -> None:
    """Delete all records of a namespace."""
    _drop(db, "owner = :owner AND namespace = :namespace", owner=owner, namespace=namespace)


def drop_all(db: sqlite3.Connection, owner: str) -> None:
    """Delete all records and namespaces of an owner."""
    _drop(db, "owner = :owner", owner=owner)
    namespaces.drop_all(db, owner)


_READ = (
    "SELECT id, dense, sparse, metadata FROM records JOIN contents USING (content)"
    " WHERE owner = ? AND namespace = ?"
)

_ONLY_HELD_BY = (
    "content IN (SELECT content FROM records WHERE {}) AND NOT EXISTS"
    " (SELECT 1 FROM records AS other WHERE other.content = contents.content AND other.owner <> :owner)"
)


def _drop(db: sqlite3.Connection, condition: str, **values: str) -> None:
    db.execute(f"DELETE FROM contents WHERE {_ONLY_HELD_BY.format(condition)}", values)
    db.execute(f"DELETE FROM records WHERE {condition}", values)


def _record(row: sqlite3.Row) -> Record:
    return Record(
        id=row["id"],
        values=_unpack_dense(row["dense"]),
        sparse=_unpack_sparse(row["sparse"]),
        metadata=None if row["metadata"] is None else json.loads(row["metadata"]),
    )
