"""A call to the API, as a value that either client can send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from airflow_provider_pinecone.api.body import LARGEST_ANSWER, LARGEST_RECORDS

T = TypeVar("T")

_ONE_OF = {
    "indexes": "index",
    "backups": "backup",
    "restore-jobs": "restore job",
    "backup-schedules": "backup schedule",
}


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """One request, and how to decode its response.

    ``host`` is the index's host for the data plane, None for the control plane. ``repeatable`` means that
    sending it twice has the same effect as sending it once. ``since`` is the first API version that knows the
    call; a connection with an older one sends this one. ``memo`` keeps the last response and its value, for a
    call that is repeated: the same bytes are not decoded again.
    """

    method: str
    path: str
    decode: Callable[[Any], T]
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    host: str | None = None
    repeatable: bool = True
    since: str = ""
    memo: dict[bytes, T] | None = field(default=None, repr=False, compare=False)

    @property
    def largest_answer(self) -> int:
        """Bytes that the response may have, decompressed."""
        return LARGEST_ANSWER if self.host is None else LARGEST_RECORDS

    @property
    def subject(self) -> str | None:
        """What the path names, such as ``backup 1a2b``; None if no single thing."""
        _, collection, name, *_ = f"{self.path}//".split("/")
        return f"{_ONE_OF[collection]} {name}" if name and collection in _ONE_OF else None
