"""Judge whether a restored index is made like the one that was backed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models import Backup, Index
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies.identity import TAG_PREFIX
from airflow_provider_pinecone.policies.verification.levels import Level
from airflow_provider_pinecone.policies.verification.report import Check, Finding


def definition_checks(
    index: Index, backup: Backup, *, expected_tags: Mapping[str, str] | None = None
) -> list[Check]:
    """What the index's definition says.

    :param expected_tags: what the restore was to give it in place of the backup's tags.
    """
    state = "ready" if index.ready else str(index.state)
    return [
        _check("ready", "ready", state),
        _check("dimension", backup.dimension, index.dimension),
        _check("metric", backup.metric, index.metric),
        *_schema_checks(_schema(backup), _schema(index)),
        _tags_check(backup.tags if expected_tags is None else expected_tags, index.tags),
    ]


def _schema_checks(expected: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Check]:
    """The fields of a 2026-07 schema. The API may show more about a field of an index than of a backup's.

    Some backups tell only which metadata is filterable, as in older versions: fields without a type.
    """
    if not found or not any(isinstance(field, Mapping) and "type" in field for field in expected.values()):
        return
    differing = sorted(
        name for name in expected.keys() | found.keys() if not _is_within(expected.get(name), found.get(name))
    )
    yield _check("schema", "the backup's", f"other {', '.join(differing)}" if differing else "the backup's")


def _is_within(expected: object, found: object) -> bool:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return all(_is_within(value, found.get(key)) for key, value in expected.items())
    return expected == found


def _schema(resource: Index | Backup) -> Mapping[str, Any]:
    return Fields.of(resource.raw, "a resource").part("schema").part("fields").values


def _tags_check(expected: Mapping[str, str], found: Mapping[str, str]) -> Check:
    """Compare all tags but our own, and show those that differ, if any do: the whole may be cut short."""
    keys = {key for key in expected.keys() | found.keys() if not key.startswith(TAG_PREFIX)}
    shown = {key for key in keys if expected.get(key) != found.get(key)}
    return Check(
        level=Level.METADATA,
        what="tags",
        finding=Finding.DAMAGED if shown else Finding.OK,
        expected=_tags(expected, shown or keys),
        found=_tags(found, shown or keys),
    )


def _tags(tags: Mapping[str, str], keys: Set[str]) -> str:
    own = {key: tags[key] for key in sorted(keys) if key in tags}
    return quoted(own) if own else "none"


def _check(what: str, expected: str | int | None, found: str | int | None) -> Check:
    if expected is None:
        finding, note = Finding.UNKNOWN, "the backup does not tell"
        if found is None:
            finding, note = Finding.OK, "neither has one"
    else:
        finding, note = (Finding.OK if expected == found else Finding.DAMAGED), ""
    return Check(level=Level.METADATA, what=what, finding=finding, expected=expected, found=found, note=note)
