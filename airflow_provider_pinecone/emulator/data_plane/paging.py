"""Pages of ids and names in order. A token holds the last one of its page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from airflow_provider_pinecone.emulator.protocol.errors import bad_request
from airflow_provider_pinecone.emulator.state.store import Json


def limit_of(given: str | None) -> int:
    """Read ``limit``, from 1 to 100."""
    if given is None:
        return 100
    if not given.isdecimal() or not 1 <= int(given) <= 100:
        raise bad_request(f"limit must be between 1 and 100, not {given!r}.")
    return int(given)


def pagination(found: Sequence[str], limit: int) -> Json:
    """Give the token for what follows the first `limit`, if anything does."""
    if len(found) <= limit:
        return {}
    return {"pagination": {"next": base64.b64encode(found[limit - 1].encode()).decode()}}


def read_token(token: str | None) -> str:
    """Give the id or name after which to go on; an empty one without a token."""
    try:
        return base64.b64decode(token or "", validate=True).decode()
    except (binascii.Error, ValueError):
        raise bad_request("Invalid pagination token.") from None
