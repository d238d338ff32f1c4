"""Removes the API key from what a server sends back, before any of it is read, logged or raised."""

from __future__ import annotations

import re
from functools import lru_cache


def without_key(text: str, *, api_key: str) -> str:
    """A text without the key, whether it is plain or escaped as in JSON or URLs. JSON stays JSON."""
    # Most responses have none of these, and looking for them takes a hundredth of the time.
    if api_key in text or "%" in text or "\\" in text:
        return _spellings(api_key).sub("***", text)
    return text


@lru_cache(maxsize=16)
def _spellings(api_key: str) -> re.Pattern[str]:
    return re.compile("".join(map(_spelling, api_key)))


def _spelling(character: str) -> str:
    r"""One character: plain, ``%70``, ``\u0070``, or after a backslash.

    JSON inside JSON doubles backslashes. Only the last four of a longer run are matched: matching a whole run
    would let a server send one that takes hours to search.
    """
    plain = re.escape(character)
    code = "".join(f"[{digit}{digit.upper()}]" for digit in f"{ord(character):02x}")
    return rf"(?:{plain}|%{code}|\\{{1,4}}(?:u00{code}|{plain}))"
