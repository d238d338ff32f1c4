"""An answer's JSON, read so that what comes of it can be logged, compared and stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from airflow_provider_pinecone.api.fields import WHOLE_NUMBERS
from airflow_provider_pinecone.api.redaction import without_key

DEEPEST = 50
"""Levels of an answer. The API's own have less than ten; a thousand are more than Python writes again."""


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


def check_plain(payload: Any, *, levels: int = DEEPEST) -> None:
    """Refuse numbers and depths that others could not take. :raises ValueError: where there is one."""
    children: Iterable[Any] = [payload]
    if isinstance(payload, dict):
        children = payload.values()
    elif isinstance(payload, list):
        children = payload
    for child in children:
        # By the type itself, the commonest first, since this is done for each value of each answer.
        kind = type(child)
        if kind is str:
            continue
        if kind is int:
            if child not in WHOLE_NUMBERS:
                raise ValueError("got a number of more than 64 bits")
        elif kind is dict or kind is list:
            if not levels:
                raise ValueError(f"got more than {DEEPEST} levels")
            check_plain(child, levels=levels - 1)
