"""Reading what stands in a JSON object, by the types that the models declare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec

M = TypeVar("M")

Text = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that is not empty."""

Count = Annotated[int, msgspec.Meta(ge=0)]
"""A whole number of at least 0."""

if TYPE_CHECKING:
    AsSent = Mapping[str, Any]
else:
    # Of a mapping msgspec would make a copy.
    AsSent = Any

_NOT_YET = "0001-01-01T00:00:00Z"
"""Go's zero time, which programs in Go send for a moment that has not come."""


def read_as(model: type[M], values: Mapping[str, Any]) -> M:
    """A model from the values of its fields. Others are left out.

    :raises ValueError: naming the field that is missing or not of its type.
    """
    try:
        return msgspec.convert(values, model)
    except msgspec.MsgspecError as error:
        # A ValueError only since msgspec 0.21.
        raise ValueError(str(error)) from None


def json_object(payload: Any, what: str) -> dict[str, Any]:
    """A payload that is a JSON object. :raises ValueError: where it is something else."""
    if not isinstance(payload, dict):
        raise ValueError(f"expected {what}, got {type(payload).__name__}")
    return payload


def object_in(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A JSON object inside another one, empty where the field is null or absent.

    :raises ValueError: where it is something else.
    """
    value = values.get(name)
    return {} if value is None else json_object(value, f"an object as {name}")


def list_in(values: Mapping[str, Any], name: str) -> list[Any]:
    """A list that must be there. :raises ValueError: where it is not."""
    value = values.get(name)
    if not isinstance(value, list):
        raise ValueError(f"expected a list as {name}, got {type(value).__name__}")
    return value


def time_in(values: Mapping[str, Any], name: str) -> datetime | None:
    """A point in time, or None. The API sends up to nine decimals of a second; six are kept.

    :raises ValueError: where it is none; or in the first or last years that Python knows, where a time zone
        leads out of the calendar.
    """
    value = values.get(name)
    if value is None or value in ("", _NOT_YET):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"expected a time as {name}, got {value!r}") from None
    if not 1970 <= moment.year <= 2999:
        raise ValueError(f"expected a time of this age as {name}, got {value!r}")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
