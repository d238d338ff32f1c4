"""Namespaces of an index or a backup (their `owner`). Each has a row, whether it holds records or not."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from airflow_provider_pinecone.emulator.state.store import Json


@dataclass(frozen=True)
class Namespace:
    """A namespace.

    :param name: empty for the default one.
    :param schema: which metadata fields are filterable, as it was created; None if it was created without.
    """

    name: str
    record_count: int = 0
    schema: Json | None = None


def add(db: sqlite3.Connection, owner: str, namespace: Namespace, *, moment: float) -> bool:
    """Add a namespace, and say whether it is new; one that exists stays as it is."""
    schema = None if namespace.schema is None else json.dumps(namespace.schema)
    values = (owner, namespace.name, schema, moment)
    return db.execute("INSERT OR IGNORE INTO namespaces VALUES (?, ?, ?, ?)", values).rowcount == 1


def read_all(db: sqlite3.Connection, owner: str) -> dict[str, Namespace]:
    """Give an owner's namespaces by their names, in order."""
    rows = db.execute(
        "SELECT name, schema, count(id) AS record_count"
        " FROM namespaces LEFT JOIN records ON records.owner = namespaces.owner AND namespace = name"
        " WHERE namespaces.owner = ? GROUP BY name ORDER BY name",
        (owner,),
    )
    return {
        row["name"]: Namespace(
            row["name"], row["record_count"], None if row["schema"] is None else json.loads(row["schema"])
        )
        for row in rows
    }


def copy(db: sqlite3.Connection, *, source: str, target: str, created_until: float | None) -> None:
    """Give `target`, which has its records already, the namespaces of `source`.

    :param created_until: leave out those created after this moment, unless `target` has records in them.
    """
    db.execute(
        "INSERT INTO namespaces SELECT :target, name, schema, created_at FROM namespaces"
        " WHERE owner = :source AND (:until IS NULL OR created_at <= :until"
        " OR name IN (SELECT namespace FROM records WHERE owner = :target))",
        {"source": source, "target": target, "until": created_until},
    )


def drop(db: sqlite3.Connection, owner: str, name: str) -> None:
    """Delete a namespace, which has no records any more."""
    db.execute("DELETE FROM namespaces WHERE owner = ? AND name = ?", (owner, name))


def drop_all(db: sqlite3.Connection, owner: str) -> None:
    """Delete all namespaces of an owner, which has no records any more."""
    db.execute("DELETE FROM namespaces WHERE owner = ?", (owner,))
