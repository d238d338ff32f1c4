"""What all of the API's objects share: statuses, fields for JSON, pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from airflow_provider_pinecone.api.fields import Fields

T = TypeVar("T")


class Status(StrEnum):
    """A status in the API's own words, known or not."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # Python before 3.11.4 looks members up by name, but an unknown status is no member.
        return type(self), (self.value,)

    @property
    def is_known(self) -> bool:
        """Whether this is one of the statuses that the API documents."""
        return any(self is member for member in type(self))


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Anything that the API keeps. ``raw`` holds its fields as the API sent them."""

    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The API's fields, fit for JSON: the known ones, and whatever else the API sent."""
        known = {column.name: getattr(self, column.name) for column in fields(self) if column.name != "raw"}
        # The API gives more decimals of a second than a datetime holds.
        times = [name for name, value in known.items() if isinstance(value, datetime) and name in self.raw]
        plain = {name: _plain(value) for name, value in known.items()}
        return {**self.raw, **plain, **{name: self.raw[name] for name in times}}


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a listing. ``next`` is the token of the page after it, None on the last."""

    items: tuple[T, ...]
    next: str | None = None

    @classmethod
    def decoder(cls, item: Callable[[Any], T], *, key: str = "data") -> Callable[[Any], Page[T]]:
        """A decoder of pages whose rows are in ``key`` and are read by ``item``."""

        def decode(payload: Any) -> Page[T]:
            read = Fields.of(payload, "a page")
            token = read.part("pagination").optional_text("next")
            return cls(items=tuple(item(row) for row in read.rows(key)), next=token or None)

        return decode


def _plain(value: Any) -> Any:
    match value:
        case Status():
            return str(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return dict(value)
    return value
