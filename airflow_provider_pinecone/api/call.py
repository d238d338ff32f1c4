"""A call to the API, as a value that either client can send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """One request, and how to read its answer.

    ``host`` is the index's own for the data plane, None for the control plane. ``repeatable`` says that
    sending it twice does no more than sending it once. ``memo`` holds the last answer and its value, for a
    call that is made over and over: the same bytes are not decoded again.
    """

    method: str
    path: str
    decode: Callable[[Any], T]
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    host: str | None = None
    repeatable: bool = True
    memo: dict[bytes, T] | None = field(default=None, repr=False, compare=False)
