"""Pages of a listing: how many rows, from where, and the token for the next page."""

from __future__ import annotations

import base64
import json
from collections.abc import Sized
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter

from airflow_provider_pinecone.emulator.protocol.errors import invalid
from airflow_provider_pinecone.emulator.protocol.versions import ApiVersion

FURTHEST = 2**62
"""SQLite's integers end at 63 bits."""


@dataclass(frozen=True)
class Window:
    """The rows that a request asks for: `limit` of them after the first `offset`."""

    limit: Annotated[int, Field(ge=1, lt=FURTHEST)]
    offset: Annotated[int, Field(ge=0, lt=FURTHEST)] = 0

    @property
    def slice(self) -> slice:
        """The place of these rows in a list of all."""
        return slice(self.offset, self.offset + self.limit)

    def next_token(self, rows: Sized) -> str | None:
        """Give the token for the rows after `rows`; None after a page that was not full.

        Like the real API's, it is an offset: rows that come and go between two pages shift the second, and
        an exactly full last page has a token for an empty one.
        """
        if len(rows) < self.limit:
            return None
        token = json.dumps({"limit": self.limit, "offset": self.offset + self.limit})
        return base64.b64encode(token.encode()).decode()


TOKEN = TypeAdapter(Window)


def window(limit: str | None, token: str | None, version: ApiVersion) -> Window:
    """Read ``limit`` and ``paginationToken``. A limit given with a token overrides the token's."""
    try:
        content = base64.b64decode(token or "", validate=True)
        start = TOKEN.validate_json(content) if token else Window(version.default_limit)
    except ValueError:
        raise invalid("Invalid pagination token.") from None
    return start if limit is None else Window(_checked(limit, version), start.offset)


def _checked(limit: str, version: ApiVersion) -> int:
    try:
        number = int(limit)
    except ValueError:
        raise invalid(f"Invalid limit {limit!r}: not a number.") from None
    if number < 1:
        raise invalid(f"Invalid limit {number}: must be at least 1.")
    if version.max_limit is not None and number > version.max_limit:
        raise invalid(f"Invalid limit {number}: must be at most {version.max_limit}.")
    return min(number, 2**31)
