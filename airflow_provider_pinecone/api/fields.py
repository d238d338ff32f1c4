"""Reads JSON objects field by field, with errors that name the field and its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from airflow_provider_pinecone.api.redaction import quoted

WHOLE_NUMBERS = range(-(2**63), 2**64)
"""The range of MessagePack, with which Airflow's processes talk to each other."""

_NOT_YET = "0001-01-01T00:00:00Z"
"""Go's zero time, which programs in Go send for a time that is not set."""


# Not frozen: a page of backups makes five hundred of them, and freezing is most of their cost.
@dataclass(slots=True)
class Fields:
    """A JSON object; errors call it ``what``. Every reader raises ValueError."""

    values: dict[str, Any]
    what: str

    @classmethod
    def of(cls, payload: Any, what: str) -> Self:
        """Wrap a payload. :raises ValueError: if it is not a JSON object."""
        if not isinstance(payload, dict):
            raise ValueError(f"expected {what}, got {type(payload).__name__}")
        return cls(payload, what)

    def _wrong(self, name: str, expected: str) -> ValueError:
        return ValueError(
            f"expected {expected} as {name} of {self.what}, got {quoted(self.values.get(name))}"
        )

    def text(self, name: str) -> str:
        """A required string that is not empty."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            raise self._wrong(name, "a string")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string, or None."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "a string")
        return value

    def flag(self, name: str) -> bool:
        """A required boolean."""
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
        """A required number."""
        value = self.optional_number(name)
        if value is None:
            raise self._wrong(name, "a number")
        return value

    def optional_count(self, name: str) -> int | None:
        """A whole number of at least 0, or None."""
        value = self.optional_number(name)
        # Nearly all counts end here, and a page of backups has five hundred of them.
        if value is None or (type(value) is int and value >= 0):
            return value
        if value < 0 or value != value // 1 or int(value) not in WHOLE_NUMBERS:
            raise self._wrong(name, "a count")
        return int(value)

    def numbers(self, name: str) -> list[float]:
        """A list of numbers, empty if the field is absent."""
        values = self.values.get(name) or []
        if not isinstance(values, list) or not all(isinstance(value, int | float) for value in values):
            raise self._wrong(name, "numbers")
        return values

    def tags(self, name: str) -> Mapping[str, str]:
        """A mapping of strings, empty if the field is null or absent."""
        tags = self.part(name).values
        if not all(isinstance(value, str) for value in tags.values()):
            raise self._wrong(name, "tags")
        return tags

    def optional_time(self, name: str) -> datetime | None:
        """A point in time, or None. The API sends up to nine decimals of a second; six are kept.

        Years before 1970 and after 2999 are refused: at the ends of the calendar a time zone leads out of it.
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
        """A JSON object inside this one, empty if the field is null or absent."""
        value = self.values.get(name)
        return Fields.of({} if value is None else value, f"{name} of {self.what}")

    def rows(self, name: str) -> list[Any]:
        """A required list."""
        value = self.values.get(name)
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value
