"""Restores that go wrong on purpose, so that checks of restored indexes can be seen to find it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from random import Random
from typing import Any

from airflow_provider_pinecone.emulator.resources.indexes import NewIndex
from airflow_provider_pinecone.emulator.settings import (
    ChangeMetadata,
    ChangeMetric,
    ChangeValues,
    LoseNamespace,
    LoseRecords,
    Settings,
)
from airflow_provider_pinecone.emulator.state import namespaces, records
from airflow_provider_pinecone.emulator.state.records import Key, Record


def damage_definition(wanted: NewIndex, settings: Settings) -> NewIndex:
    """Give the index that a restore makes instead of the one that it should make."""
    for damage in settings.restore_damages:
        if isinstance(damage, ChangeMetric):
            wanted = replace(wanted, schema=_with_metric(wanted.schema, damage.metric))
    return wanted


def damage_records(db: sqlite3.Connection, owner: str, settings: Settings) -> None:
    """Damage the records of a restored index. Its backup, which shares their contents, keeps them.

    Each call draws anew from the seed, so restores of the same records are damaged alike.
    """
    chance = Random(settings.quirks_seed)
    for damage in settings.restore_damages:
        match damage:
            case LoseNamespace(namespace=namespace):
                records.drop_namespace(db, owner, namespace)
                namespaces.drop(db, owner, namespace)
            case LoseRecords(count=count, namespace=namespace):
                for lost in _some(records.keys(db, owner, namespace), count, chance):
                    records.remove(db, owner, lost.namespace, [lost.id])
            case ChangeValues() | ChangeMetadata():
                _change(db, owner, damage, chance)


def _with_metric(schema: dict[str, Any], metric: str) -> dict[str, Any]:
    return {
        name: field | {"metric": metric} if field.get("type") == "dense_vector" else field
        for name, field in schema.items()
    }


def _some(keys: list[Key], count: int, chance: Random) -> list[Key]:
    return chance.sample(keys, min(count, len(keys)))


def _change(
    db: sqlite3.Connection, owner: str, damage: ChangeValues | ChangeMetadata, chance: Random
) -> None:
    change = _with_another_value if isinstance(damage, ChangeValues) else _with_other_metadata
    keys = records.keys(db, owner)
    for key in _some(keys, max(1, round(damage.fraction * len(keys))), chance):
        for record in records.fetch(db, owner, key.namespace, [key.id]):
            records.write(db, owner, key.namespace, [change(record, chance)], moment=key.written_at)


def _with_another_value(record: Record, chance: Random) -> Record:
    if record.values:
        place = chance.randrange(len(record.values))
        values = list(record.values)
        values[place] = _other(values[place])
        return replace(record, values=tuple(values))
    place = chance.choice(list(record.sparse))
    return replace(record, sparse={**record.sparse, place: _other(record.sparse[place])})


def _with_other_metadata(record: Record, chance: Random) -> Record:
    metadata = record.metadata or {}
    name = chance.choice(list(metadata) or ["damaged"])
    return replace(record, metadata={**metadata, name: _other(metadata.get(name))})


def _other(value: Any) -> Any:
    """Give another value of the same type."""
    match value:
        case bool():
            return not value
        case int() | float():
            return -value or 1.0
        case str():
            return f"{value}?"
        case list():
            return [*value, "?"]
    return True
