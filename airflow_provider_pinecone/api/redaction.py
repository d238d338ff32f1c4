"""What people read, in errors, logs and XComs: one line, not too long, and without an API key.

Data is never altered: ids, names, marks, hosts and tags are compared and sent as the API wrote them. Keys are
struck out of text on its way to people, wherever a server may have put them.
"""

from __future__ import annotations

import re
from typing import Final

SHORTEST_SECRET = 16
"""Characters. Pinecone's keys have about 75. Shorter ones, such as an emulator's, may be ordinary words, and
striking these out would make messages unreadable."""

LONGEST_LINE = 2000
LONGEST_QUOTE = 80
"""Characters that are shown of a text, or of one value in it."""

_OTHER_SPACE = re.compile(r"[^\S ]\s*")
"""Line breaks, tabs and the like. Blanks stay: tables are aligned with them."""

_LONGEST_SPELLING = 10
"""Characters that one character of a key may be spelt with."""

_KEYS: Final[dict[str, re.Pattern[str]]] = {}
"""The keys that this process has seen, and what finds them: errors are made where nobody knows the key."""


def keep_secret(api_key: str) -> None:
    """From now on, strike this key out of all that people read, if it is long enough to be one."""
    if len(api_key) >= SHORTEST_SECRET and api_key not in _KEYS:
        _KEYS[api_key] = re.compile("".join(map(_spelling, api_key)))


def one_line(text: str, *, most: int = LONGEST_LINE) -> str:
    """A text as people may read it: no line breaks or other control characters, no key, cut short.

    :param most: characters to keep.
    """
    line = _without_keys(_OTHER_SPACE.sub(" ", text).rstrip(), most=most)
    line = line if len(line) <= most else f"{line[: most - 3]}..."
    return "".join(character if character.isprintable() else "?" for character in line)


def quoted(value: object) -> str:
    """A value as messages quote it: its ``repr``, as one line, cut short."""
    try:
        text = repr(value)
    except Exception:  # such as that of a number of 5,000 digits
        text = f"<{type(value).__name__}>"
    return one_line(text, most=LONGEST_QUOTE)


def _without_keys(line: str, *, most: int) -> str:
    """The start of a line, long enough to be cut to ``most`` characters."""
    keys = list(_KEYS.items())
    longest = _LONGEST_SPELLING * max((len(key) for key, _ in keys), default=0)
    start = line[: most + 1 + 2 * longest]
    for key, spellings in keys:
        # Most texts have none of these, and looking for them takes a hundredth of the time.
        if key in start or "%" in start or "\\" in start:
            start = spellings.sub("***", start)
    # The end may be the first half of a key.
    return start if len(line) <= most + 1 + 2 * longest else start[: len(start) - longest]


def _spelling(character: str) -> str:
    r"""One character: plain, ``%70``, ``\u0070``, or after a backslash.

    JSON inside JSON doubles backslashes. Only the last four of a longer run are matched: matching a whole run
    would let a server send one that takes hours to search.
    """
    plain = re.escape(character)
    code = "".join(f"[{digit}{digit.upper()}]" for digit in f"{ord(character):02x}")
    return rf"(?:{plain}|%{code}|\\{{1,4}}(?:u00{code}|{plain}))"
