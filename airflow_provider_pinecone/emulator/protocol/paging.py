"""Pages of a listing: how many rows, from where, and the token for the next page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sized
from dataclasses import dataclass

from airflow_provider_pinecone.emulator.protocol.errors import invalid
from airflow_provider_pinecone.emulator.protocol.versions import ApiVersion


@dataclass(frozen=True)
class Window:
    """The rows that a request asks for: `limit` of them after the first `offset`."""

    limit: int
    offset: int = 0

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
        return encode({"limit": self.limit, "offset": self.offset + self.limit})


def window(limit: str | None, token: str | None, version: ApiVersion) -> Window:
    """Read ``limit`` and ``paginationToken``. A limit given with a token overrides the token's."""
    start = decode(token) if token else Window(version.default_limit)
    return Window(_checked(limit, version), start.offset) if limit is not None else start


def encode(content: dict[str, int]) -> str:
    """Write a token."""
    return base64.b64encode(json.dumps(content).encode()).decode()


def decode(token: str) -> Window:
    """Read a token that `encode` wrote."""
    try:
        content = json.loads(base64.b64decode(token, validate=True))
        found = Window(content["limit"], content["offset"])
        if not (_is_count(found.limit) and found.limit >= 1 and _is_count(found.offset)):
            raise ValueError(found)
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise invalid("Invalid pagination token.") from None
    return found


def _is_count(value: object) -> bool:
    # SQLite's integers end at 63 bits.
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62


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
