"""The API's rules for its arguments, checked before anything is sent."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted

LONGEST_NAME = 45
LONGEST_ID = 256
MOST_TAGS = 20
LARGEST_PAGE = 100
DELETION_PROTECTION = ("enabled", "disabled")
FREQUENCIES = ("daily", "weekly", "monthly")
LONGEST_SCHEDULE_NAME = LONGEST_NAME - len("-20260301T060000Z")
"""Pinecone adds the time of the run to name a backup."""

_ID = re.compile(rf"[A-Za-z0-9._~-]{{1,{LONGEST_ID}}}")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_TAG_KEY = re.compile(r"[A-Za-z0-9_-]{1,80}")
_LONGEST_TAG_VALUE = 120
_LARGEST_INDEX = 2**32 - 1

SHORTEST_INTERVAL = 1.0
"""Seconds between two polls at least: more polls only use up the project's rate limit."""

A_YEAR = 366 * 24 * 60 * 60
"""Seconds. A longer span, added to a date, may exceed the calendar."""


def check_string(field: str, value: object) -> str:
    """A string that UTF-8 can hold. :raises PineconeInputError: otherwise."""
    if not isinstance(value, str):
        raise PineconeInputError(f"{field} must be a string, got {quoted(value)}.")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise PineconeInputError(f"{field} contains half of a surrogate pair, got {quoted(value)}.")
    return value


def check_text(field: str, value: object) -> str:
    """A non-empty string. :raises PineconeInputError: otherwise."""
    if not isinstance(value, str) or not value.strip():
        raise PineconeInputError(f"{field} must be a non-empty string, got {quoted(value)}.")
    return check_string(field, value)


def check_id(field: str, value: object) -> str:
    """A name or an id of something that exists, fit for the path of a URL.

    A path with any other character, or with ``..``, may lead elsewhere behind a proxy that normalises it.

    :raises PineconeInputError: otherwise.
    """
    if not isinstance(value, str) or not _ID.fullmatch(value) or value in (".", ".."):
        raise PineconeInputError(
            f"{field} must be a name or an id: 1 to {LONGEST_ID} letters, digits, '-', '.', '_' or '~', "
            f"got {quoted(value)}."
        )
    return value


def check_name(field: str, value: object) -> str:
    """A name that the API accepts for a new index or backup. :raises PineconeInputError: otherwise."""
    name = check_text(field, value)
    if len(name) > LONGEST_NAME:
        raise PineconeInputError(
            f"{field} may have at most {LONGEST_NAME} characters, got {len(name)}: {quoted(name)}."
        )
    if not _NAME.fullmatch(name):
        raise PineconeInputError(
            f"{field} may contain only lower-case letters, digits and hyphens, and must begin and end with "
            f"a letter or digit, got {quoted(name)}."
        )
    return name


def check_schedule_name(field: str, value: object) -> str:
    """A name for a backup schedule. :raises PineconeInputError: if its backups' names would be too long."""
    name = check_text(field, value)
    if len(name) > LONGEST_SCHEDULE_NAME:
        raise PineconeInputError(
            f"{field} may have at most {LONGEST_SCHEDULE_NAME} characters, since Pinecone adds the time to "
            f"name a backup, got {len(name)}: {quoted(name)}."
        )
    return name


def check_tags(field: str, value: object) -> Mapping[str, str]:
    """Tags that the API accepts. :raises PineconeInputError: otherwise."""
    if not isinstance(value, Mapping):
        raise PineconeInputError(f"{field} must map strings to strings, got {quoted(value)}.")
    if len(value) > MOST_TAGS:
        raise PineconeInputError(f"{field} may have at most {MOST_TAGS} tags, got {len(value)}.")
    for key, text in value.items():
        if not isinstance(key, str) or not _TAG_KEY.fullmatch(key):
            raise PineconeInputError(
                f"{field}: a tag's key has 1 to 80 letters, digits, '_' or '-', got {quoted(key)}."
            )
        if len(check_string(f"{field}: the value of {quoted(key)}", text)) > _LONGEST_TAG_VALUE:
            raise PineconeInputError(
                f"{field}: the value of {quoted(key)} may have at most {_LONGEST_TAG_VALUE} characters, "
                f"got {len(text)}."
            )
    return value


def check_mapping(field: str, value: object) -> Mapping[str, Any]:
    """A mapping with strings as keys. :raises PineconeInputError: otherwise."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise PineconeInputError(f"{field} must map strings to values, got {quoted(value)}.")
    return value


def check_choice(field: str, value: object, *, choices: Sequence[str]) -> str:
    """One of a few words. :raises PineconeInputError: otherwise."""
    if not isinstance(value, str) or value not in choices:
        raise PineconeInputError(f"{field} must be {' or '.join(choices)}, got {quoted(value)}.")
    return value


def check_whole(field: str, value: object, *, least: int, most: int | None = None) -> int:
    """A whole number within bounds. :raises PineconeInputError: otherwise."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= (most or value):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise PineconeInputError(f"{field} must be a whole number {bounds}, got {quoted(value)}.")
    return int(value)


def check_number(field: str, value: object, *, least: float, most: float) -> float:
    """A number within bounds. :raises PineconeInputError: otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise PineconeInputError(f"{field} must be a number from {least:g} to {most:g}, got {quoted(value)}.")
    return float(value)


def check_values(field: str, value: object) -> list[float]:
    """The values of a vector: finite numbers, one at least. :raises PineconeInputError: otherwise."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        raise PineconeInputError(f"{field} must be a list of numbers, got {quoted(value)}.")
    for place, number in enumerate(value):
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise PineconeInputError(f"{field}[{place}] must be a finite number, got {quoted(number)}.")
    return list(value)


def check_sparse_values(field: str, value: object) -> dict[str, Any]:
    """Sparse values: as many ``indices`` as ``values``. :raises PineconeInputError: otherwise."""
    parts = check_mapping(field, value)
    indices, values = parts.get("indices"), check_values(f"{field}['values']", parts.get("values"))
    if not isinstance(indices, Sequence) or isinstance(indices, str | bytes) or len(indices) != len(values):
        raise PineconeInputError(
            f"{field}['indices'] must be a list as long as the values ({len(values)}), got {quoted(indices)}."
        )
    for place, index in enumerate(indices):
        check_whole(f"{field}['indices'][{place}]", index, least=0, most=_LARGEST_INDEX)
    return {"indices": list(indices), "values": values}


def check_seconds(field: str, value: object) -> float:
    """A number of seconds above 0, at most a year. :raises PineconeInputError: otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= A_YEAR:
        raise PineconeInputError(
            f"{field} must be a number of seconds above 0, at most a year, got {quoted(value)}."
        )
    return float(value)


def check_age(field: str, value: object) -> timedelta:
    """A span above 0, at most a year, as a timedelta or in seconds. :raises PineconeInputError: otherwise."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= A_YEAR:
        raise PineconeInputError(
            f"{field} must be a timedelta or a number of seconds above 0, at most a year, "
            f"got {quoted(value)}."
        )
    return timedelta(seconds=seconds)


def check_interval(field: str, value: object) -> float:
    """Seconds from one poll to the next, at least 1. :raises PineconeInputError: otherwise."""
    least = SHORTEST_INTERVAL
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= A_YEAR:
        raise PineconeInputError(
            f"{field} must be a number of seconds, at least {least:g} and at most a year, "
            f"got {quoted(value)}."
        )
    return float(value)


def check_flag(field: str, value: object) -> bool:
    """True or False, and nothing that merely counts as one. :raises PineconeInputError: otherwise."""
    if not isinstance(value, bool):
        raise PineconeInputError(f"{field} must be True or False, got {quoted(value)}.")
    return value


def check_texts(field: str, value: object) -> Collection[str]:
    """Texts that are not empty. A single text is none: its letters would be taken for them.

    :raises PineconeInputError: otherwise.
    """
    if not isinstance(value, Collection) or isinstance(value, str | bytes | Mapping):
        raise PineconeInputError(f"{field} must be a list of texts, got {quoted(value)}.")
    for text in value:
        check_text(f"each of {field}", text)
    return value


def check_span(field: str, value: object, *, least: timedelta) -> timedelta:
    """A span of time. :raises PineconeInputError: if it is something else, or shorter than ``least``."""
    if not isinstance(value, timedelta) or value < least:
        bound = "of 0 or more" if not least else f"of at least {least}"
        raise PineconeInputError(f"{field} must be a timedelta {bound}, got {quoted(value)}.")
    return value


def check_moment(field: str, value: object) -> datetime:
    """A time that says its zone. :raises PineconeInputError: otherwise."""
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise PineconeInputError(f"{field} must be a datetime with a time zone, got {quoted(value)}.")
    return value
