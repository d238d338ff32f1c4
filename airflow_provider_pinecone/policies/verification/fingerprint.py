"""What an index held: hashes of a sample of its records, and its counts."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from airflow_provider_pinecone.api.fields import Fields
from airflow_provider_pinecone.api.models import Backup, Vector
from airflow_provider_pinecone.policies.arguments import WRITE_LAG
from airflow_provider_pinecone.policies.time_text import exact_time

FORMAT = 1

CLOCK_SKEW = 30.0
"""Seconds by which Pinecone's clock may be behind this one. With more, differences prove nothing."""


class Row(NamedTuple):
    """One record: its id, and what it holds as hashes."""

    namespace: str
    id: str
    values: str
    metadata: str

    @classmethod
    def of(cls, vector: Vector, *, namespace: str) -> Self:
        """The row of a record as it was read."""
        return cls(namespace, vector.id, _hash_of_values(vector), _hash_of_metadata(vector))

    @classmethod
    def from_line(cls, line: bytes | str) -> Self:
        """Read a row. :raises ValueError: if the line is not one."""
        match json.loads(line):
            case [str(namespace), str(id), str(values), str(metadata)]:
                return cls(namespace, id, values, metadata)
        raise ValueError(f"a record's row has four texts, not {line[:60]!r}")

    def to_line(self) -> str:
        """The row as JSON."""
        return json.dumps(self, ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What an index held, but for the rows: these are stored after it, by namespace.

    :param host: the index's address: an index that was made again under its name may have another one.
    :param taken_at: when the last record had been read.
    :param seed: with which the records were drawn.
    :param counts: how many records each namespace had.
    :param sampled: how many rows each namespace has.
    :param backup_id: the backup that the rows were confirmed for, by reading them again after it.
    :param counts_after: how many records each namespace had then.
    :param dropped: how many rows were left out then, since the record had changed.
    :param doubt: why a difference from a row proves no damage; None if it does.
    """

    index_name: str
    host: str
    taken_at: datetime
    seed: str
    counts: Mapping[str, int]
    sampled: Mapping[str, int]
    backup_id: str | None = None
    counts_after: Mapping[str, int] = field(default_factory=dict)
    dropped: int = 0
    doubt: str | None = None

    @classmethod
    def from_line(cls, line: bytes | str) -> Self:
        """Read the first line of a stored fingerprint. :raises ValueError: if it is not one."""
        read = Fields.of(json.loads(line), "a fingerprint")
        if read.optional_count("format") != FORMAT:
            raise ValueError(f"a fingerprint's format is {FORMAT}, not {read.values.get('format')!r}")
        taken_at = read.optional_time("taken_at")
        if taken_at is None:
            raise ValueError("a fingerprint has a time taken_at")
        return cls(
            index_name=read.text("index_name"),
            host=read.text("host"),
            taken_at=taken_at,
            seed=read.text("seed"),
            counts=_counts(read, "counts"),
            sampled=_counts(read, "sampled"),
            backup_id=read.optional_text("backup_id"),
            counts_after=_counts(read, "counts_after"),
            dropped=read.optional_count("dropped") or 0,
            doubt=read.optional_text("doubt"),
        )

    def to_line(self) -> str:
        """The first line of a stored fingerprint."""
        told = {**vars(self), "format": FORMAT, "taken_at": self.taken_at.isoformat()}
        return json.dumps(told, ensure_ascii=False)

    @property
    def settles_from(self) -> datetime:
        """From when on a backup is to settle, by a clock that Pinecone's may be behind."""
        return self.taken_at + timedelta(seconds=CLOCK_SKEW)

    def confirmed_by(
        self, backup: Backup, *, counts_after: Mapping[str, int], sampled: Mapping[str, int]
    ) -> Self:
        """The fingerprint of a backup, once the rows were read again after it.

        :param sampled: how many rows of each namespace were the same.
        """
        return replace(
            self,
            backup_id=backup.backup_id,
            counts_after=counts_after,
            sampled=sampled,
            dropped=sum(self.sampled.values()) - sum(sampled.values()),
            doubt=_doubt(self.taken_at, backup),
        )

    def expected_count(self, namespace: str) -> int | None:
        """How many records of a namespace a backup holds; None if that changed meanwhile."""
        before, after = self.counts.get(namespace, 0), self.counts_after.get(namespace, 0)
        return before if before == after and self.doubt is None else None


def old_enough(moments: Iterable[datetime], backup: Backup) -> datetime | None:
    """The latest of the times at which fingerprints were taken that proves damage of a backup's restores.

    If none does, the latest of all; None if there are none.
    """
    taken = sorted(moments)
    fitting = [moment for moment in taken if _doubt(moment, backup) is None]
    return next(reversed(fitting or taken), None)


@dataclass(frozen=True)
class StoredFingerprint:
    """A fingerprint with its rows, which are read when they are needed, namespace by namespace."""

    fingerprint: Fingerprint
    rows: Callable[[], Iterator[Row]]


def _doubt(taken_at: datetime, backup: Backup) -> str | None:
    if backup.created_at is None:
        return "the API does not tell when the backup was made"
    ahead = (backup.created_at - taken_at).total_seconds()
    if ahead >= WRITE_LAG:
        return None
    when = f"{exact_time(abs(ahead))} {'before' if ahead > 0 else 'after'}"
    return (
        f"the fingerprint was taken {when} the backup, which may lack the writes of the "
        f"{exact_time(WRITE_LAG)} before it"
    )


def _counts(read: Fields, name: str) -> dict[str, int]:
    part = read.part(name)
    return {namespace: part.optional_count(namespace) or 0 for namespace in part.values}


def _hash_of_values(vector: Vector) -> str:
    sparse = vector.sparse_values or {}
    pairs = sorted(zip(sparse.get("indices", ()), sparse.get("values", ()), strict=False))
    packed = [
        _packed(vector.values),
        json.dumps([index for index, _ in pairs]).encode(),
        _packed(value for _, value in pairs),
    ]
    return _digest(b"\0".join(packed))


def _packed(values: Iterable[float]) -> bytes:
    """Numbers as Pinecone stores them, in 32 bits: the API may write the same one differently."""
    numbers = list(values)
    try:
        return struct.pack(f"<{len(numbers)}f", *numbers)
    except OverflowError:
        return struct.pack(f"<{len(numbers)}d", *numbers)


def _hash_of_metadata(vector: Vector) -> str:
    return _digest(json.dumps(_plain(vector.metadata), sort_keys=True, ensure_ascii=False).encode())


def _plain(value: Any) -> Any:
    """Metadata, with all numbers in one form: the API gives whole ones with a fraction or without."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case Mapping():
            return {key: _plain(one) for key, one in value.items() if one is not None}
        case list() | tuple():
            return [_plain(one) for one in value]
    return value


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
