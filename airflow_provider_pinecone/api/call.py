"""A call to the API, as a value that either client can send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


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
