"""Reading JSON objects field by field, with errors that name the field and what stood in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

WHOLE_NUMBERS = range(-(2**63), 2**64)
"""Those that MessagePack holds, in which Airflow's processes talk to each other."""

_NOT_YET = "0001-01-01T00:00:00Z"
"""Go's zero time, which programs in Go send for a moment that has not come."""


# Not frozen: a page of backups makes five hundred of them, and freezing is most of what one costs.
@dataclass(slots=True)
class Fields:
    """A JSON object; ``what`` says of what, for the errors. Every reader raises ValueError."""

    values: dict[str, Any]
    what: str

    @classmethod
    def of(cls, payload: Any, what: str) -> Self:
        """Take a payload for a JSON object. :raises ValueError: where it is something else."""
        if not isinstance(payload, dict):
            raise ValueError(f"expected {what}, got {type(payload).__name__}")
        return cls(payload, what)

    def _wrong(self, name: str, expected: str) -> ValueError:
        found = self.values.get(name)
        return ValueError(f"expected {expected} as {name} of {self.what}, got {found!r}")

    def text(self, name: str) -> str:
        """A string that must be there and not be empty."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            raise self._wrong(name, "a text")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string, or None."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def flag(self, name: str) -> bool:
        """A boolean that must be there."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def optional_number(self, name: str) -> float | None:
        """A number, or None."""
        value = self.values.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self._wrong(name, "a number")
        return value

    def number(self, name: str) -> float:
        """A number that must be there."""
        value = self.optional_number(name)
        if value is None:
            raise self._wrong(name, "a number")
        return value

    def optional_count(self, name: str) -> int | None:
        """A whole number of at least 0, or None."""
        value = self.optional_number(name)
        # As nearly all come, and a page of backups has five hundred of them.
        if value is None or (type(value) is int and value >= 0):
            return value
        if value < 0 or value != value // 1 or int(value) not in WHOLE_NUMBERS:
            raise self._wrong(name, "a count")
        return int(value)

    def numbers(self, name: str) -> list[float]:
        """A list of numbers, empty where the field is absent."""
        values = self.values.get(name) or []
        if not isinstance(values, list) or not all(isinstance(value, int | float) for value in values):
            raise self._wrong(name, "numbers")
        return values

    def tags(self, name: str) -> Mapping[str, str]:
        """A map of texts, empty where the field is null or absent."""
        tags = self.part(name).values
        if not all(isinstance(value, str) for value in tags.values()):
            raise self._wrong(name, "tags")
        return tags

    def optional_time(self, name: str) -> datetime | None:
        """A point in time, or None. The API sends up to nine decimals of a second; six are kept.

        The first and last years that Python knows are refused, where a time zone leads out of the calendar.
        """
        text = self.optional_text(name)
        if not text or text == _NOT_YET:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self._wrong(name, "a time") from None
        if not 1970 <= moment.year <= 2999:
            raise self._wrong(name, "a time of this age")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def part(self, name: str) -> Fields:
        """A JSON object inside this one, empty where the field is null or absent."""
        value = self.values.get(name)
        return Fields.of({} if value is None else value, f"{name} of {self.what}")

    def rows(self, name: str) -> list[Any]:
        """A list that must be there."""
        value = self.values.get(name)
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value
