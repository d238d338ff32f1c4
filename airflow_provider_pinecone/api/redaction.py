"""The API key, taken out of what a server sends back, before any of it is read, logged or raised."""

from __future__ import annotations

import re
from functools import lru_cache


def without_key(text: str, *, api_key: str) -> str:
    """A text with the key blackened: as it is, and as JSON strings and URLs spell it.

    On the text of a JSON document this leaves a JSON document.
    """
    # Most answers hold none of these, and to look for them takes a hundredth of the time.
    if api_key in text or "%" in text or "\\" in text:
        return _spellings(api_key).sub("***", text)
    return text


@lru_cache(maxsize=16)
def _spellings(api_key: str) -> re.Pattern[str]:
    return re.compile("".join(map(_spelling, api_key)))


def _spelling(character: str) -> str:
    r"""One character: plain, ``%70``, ``\u0070``, or behind a backslash.

    JSON inside of JSON doubles backslashes. Of a longer run only the last four matter: were it matched whole,
    a server could send a run that takes hours to search.
    """
    plain = re.escape(character)
    code = "".join(f"[{digit}{digit.upper()}]" for digit in f"{ord(character):02x}")
    return rf"(?:{plain}|%{code}|\\{{1,4}}(?:u00{code}|{plain}))"
