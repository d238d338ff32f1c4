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
    sending it twice does no more than sending it once.
    """

    method: str
    path: str
    decode: Callable[[Any], T]
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    host: str | None = None
    repeatable: bool = True
