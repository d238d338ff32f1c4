"""An answer's JSON, read so that what comes of it can be logged, compared and stored."""

from __future__ import annotations

from typing import Any

import msgspec

from airflow_provider_pinecone.api.redaction import without_key

DEEPEST = 50
"""Levels of an answer. The API's own have less than ten; a thousand are more than Python writes again."""


_CONTAINERS = frozenset({dict, list})


def read_json(content: bytes, *, api_key: str) -> Any:
    """The JSON of an answer, without the key.

    Unlike Python's own reader, this one refuses what only Python takes for JSON: NaN, numbers without
    bounds, and halves of surrogate pairs.

    :raises ValueError: where it is none, or not in UTF-8.
    :raises RecursionError: where it is nested too deep.
    """
    try:
        return msgspec.json.decode(without_key(content.decode("utf-8-sig"), api_key=api_key))
    except msgspec.MsgspecError as error:
        # A ValueError only since msgspec 0.21.
        raise ValueError(str(error)) from None


def check_plain(payload: Any) -> None:
    """Refuse numbers and depths that others could not take. :raises ValueError: where there is one."""
    level: list[Any] = [[payload]]
    for _ in range(DEEPEST + 1):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if type(child) in _CONTAINERS
        ]
    if level:
        raise ValueError(f"got more than {DEEPEST} levels")
    try:
        # In which Airflow's processes talk to each other.
        msgspec.msgpack.encode(payload)
    except OverflowError:
        raise ValueError("got a number of more than 64 bits") from None
