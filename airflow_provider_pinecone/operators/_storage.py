"""Where fingerprints and reports are kept: a folder that Airflow's object storage leads to.

::

    {storage}/taken/{index_name}/{time}.fingerprint.jsonl.gz   taken before a backup, not yet confirmed
    {storage}/{backup_id}/fingerprint.jsonl.gz                 confirmed after it
    {storage}/{backup_id}/{index_name}.report.json             what the verification of a restore has found
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

from airflow_provider_pinecone.api.checks import check_id
from airflow_provider_pinecone.api.errors import PineconeError, PineconeInputError, PineconeStorageError
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies.arguments import given
from airflow_provider_pinecone.policies.verification.fingerprint import Fingerprint, Row, StoredFingerprint

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

_MOMENT = "%Y%m%dT%H%M%S.%fZ"
_TAKEN = ".fingerprint.jsonl.gz"

ROWS_IN_MEMORY = 1024 * 1024
"""Bytes. Rows beyond that wait on the worker's disk until the fingerprint is whole."""


class Folder:
    """The folder that a user gave. No name from the API leads out of it.

    :param storage: an ``ObjectStoragePath``, or its text.
    :raises PineconeInputError: if it is neither.
    :raises PineconeStorageError: if there is no such storage, or no such connection.
    """

    def __init__(self, storage: object) -> None:
        self._root = _path(storage)

    def taken(self, index_name: str) -> ObjectStoragePath:
        """The folder of the fingerprints of an index that wait for a backup."""
        return self._root / "taken" / check_id("index_name", index_name)

    def taken_at(self, index_name: str, moment: datetime) -> ObjectStoragePath:
        """A fingerprint that waits for a backup: runs may overlap."""
        return self.taken(index_name) / f"{moment.astimezone(UTC):{_MOMENT}}{_TAKEN}"

    def all_taken(self, index_name: str) -> dict[datetime, ObjectStoragePath]:
        """The fingerprints that wait for a backup, by when they were taken.

        :raises PineconeStorageError: if they cannot be listed.
        """
        folder = self.taken(index_name)
        with _told("read", folder):
            paths = list(folder.iterdir()) if folder.exists() else []
        taken = {_moment_of(path.name): path for path in paths}
        return {moment: path for moment, path in taken.items() if moment is not None}

    def fingerprint(self, backup_id: str) -> ObjectStoragePath:
        """The fingerprint of a backup."""
        return self._root / check_id("backup_id", backup_id) / "fingerprint.jsonl.gz"

    def report(self, backup_id: str, index_name: str) -> ObjectStoragePath:
        """The report on a restored index."""
        return self.fingerprint(backup_id).parent / f"{check_id('index_name', index_name)}.report.json"


def read_fingerprint(path: ObjectStoragePath) -> StoredFingerprint | None:
    """Read a stored fingerprint, but for its rows; None if there is none.

    :raises PineconeStorageError: if it cannot be read.
    """
    with _told("read", path):
        try:
            with _unpacked(path) as lines:
                fingerprint = Fingerprint.from_line(lines.readline())
        except FileNotFoundError:
            return None
    return StoredFingerprint(fingerprint, lambda: _rows(path, sum(fingerprint.sampled.values())))


def forget(paths: Iterable[ObjectStoragePath]) -> None:
    """Delete files. :raises PineconeStorageError: if one cannot be deleted."""
    for path in paths:
        with _told("delete", path):
            path.unlink(missing_ok=True)


def write_json(path: ObjectStoragePath, value: Mapping[str, Any]) -> None:
    """Write a JSON file. :raises PineconeStorageError: if it cannot be written."""
    with _told("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, indent=2) + "\n")


class FingerprintWriter:
    """Takes rows, and stores them once the fingerprint is whole."""

    def __init__(self, rows: IO[bytes]) -> None:
        self._rows = rows

    def keep(self, row: Row) -> None:
        """Take a row."""
        self._rows.write(f"{row.to_line()}\n".encode())

    def store(self, fingerprint: Fingerprint, path: ObjectStoragePath) -> None:
        """Write it all. :raises PineconeStorageError: if it cannot be written."""
        self._rows.seek(0)
        with _told("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with _opened(path, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
                packed.write(f"{fingerprint.to_line()}\n".encode())
                shutil.copyfileobj(self._rows, packed)


@contextmanager
def fingerprint_writer() -> Iterator[FingerprintWriter]:
    """A writer, with room for its rows."""
    with tempfile.SpooledTemporaryFile(max_size=ROWS_IN_MEMORY) as rows:
        yield FingerprintWriter(rows)


def _rows(path: ObjectStoragePath, number: int) -> Iterator[Row]:
    with _told("read", path), _unpacked(path) as lines:
        next(lines)
        read = 0
        for line in lines:
            yield Row.from_line(line)
            read += 1
        # A task that ends while it writes may leave a file that is whole, but for some rows.
        if read != number:
            raise ValueError(f"it has {read:,} rows of {number:,}")


@contextmanager
def _unpacked(path: ObjectStoragePath) -> Iterator[gzip.GzipFile]:
    with _opened(path, "rb") as file, gzip.GzipFile(fileobj=file) as lines:
        yield lines


def _moment_of(name: str) -> datetime | None:
    """When a fingerprint was taken, by its file's name; None if that is another file."""
    try:
        return datetime.strptime(name, f"{_MOMENT}{_TAKEN}").replace(tzinfo=UTC)
    except ValueError:
        return None


def _opened(path: ObjectStoragePath, mode: str) -> IO[bytes]:
    file: IO[bytes] = path.open(mode)  # type: ignore[no-untyped-call] # Airflow leaves it untyped
    return file


@contextmanager
def _told(what: str, path: ObjectStoragePath) -> Iterator[None]:
    """Tell in one line what is wrong with a file, whatever the storage raises."""
    try:
        yield
    except PineconeError:
        raise
    except Exception as error:
        raise PineconeStorageError(
            f"Cannot {what} {path}: {type(error).__name__}: {error}. Check the storage and its connection."
        ) from None


def _path(storage: object) -> ObjectStoragePath:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    # Whether it is a PathLike, too, depends on the version of Airflow.
    if given(storage) is None or not isinstance(storage, str | os.PathLike | ObjectStoragePath):
        raise PineconeInputError(
            f"storage must be an ObjectStoragePath or its text, such as 's3://aws_default@bucket/pinecone', "
            f"got {quoted(storage)}."
        )
    try:
        path = ObjectStoragePath(storage)
    except Exception as error:
        raise PineconeInputError(
            f"storage {quoted(str(storage))} leads nowhere: {type(error).__name__}: {error}."
        ) from None
    with _told("reach", path):
        _ = path.fs  # looks up the scheme and the connection, before an index is read in vain
    return path
