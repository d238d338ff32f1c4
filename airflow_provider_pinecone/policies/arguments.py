"""Reading arguments that templates and upstream tasks may have filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from airflow_provider_pinecone.api.checks import A_YEAR, check_flag, check_number
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted

T = TypeVar("T")

WRITE_LAG = 900.0
"""Seconds after a write from which on Pinecone's backups include it."""

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def given(value: T) -> T | None:
    """An argument; None if it rendered as empty, as an empty field of a form does."""
    return None if value in (None, "", "None") else value


def id_of(field: str, value: object) -> Any:
    """An id, from the id itself or from a dict that holds it as ``field``, as operators return one."""
    return value.get(field) if isinstance(value, Mapping) else given(value)


def flag_of(field: str, value: object) -> bool:
    """True or False, or what a template makes of it. :raises PineconeInputError: if it is neither."""
    flags: dict[object, bool] = {"True": True, "true": True, "False": False, "false": False}
    return check_flag(field, flags.get(value, value) if isinstance(value, str) else value)


def settle_seconds(settle: object) -> float:
    """The write lag to wait for, in seconds: 900 if ``settle`` is True, 0 if it is None or False.

    :raises PineconeInputError: if it is none of these, and no number of seconds either.
    """
    match given(settle):
        case None | False | "False":
            return 0.0
        case True | "True":
            return WRITE_LAG
        case str(text) if _NUMBER.fullmatch(text.strip()):
            return check_number("settle", float(text), least=0, most=A_YEAR)
    return check_number("settle", settle, least=0, most=A_YEAR)


def moment_of(field: str, value: object) -> datetime | None:
    """A point in time, from a datetime or ISO 8601 text; UTC if it has no time zone.

    :raises PineconeInputError: if it is neither.
    """
    if given(value) is None:
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise PineconeInputError(
            f"{field} must be a time such as 2026-07-31T02:00:00+00:00, got {quoted(value)}."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
