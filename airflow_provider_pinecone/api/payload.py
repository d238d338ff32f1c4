"""Reads a response's JSON, so that its values can be logged, compared and stored."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import Any

import msgspec

from airflow_provider_pinecone.api.fields import WHOLE_NUMBERS

DEEPEST = 50
"""Levels of nesting. The API uses fewer than ten; Python cannot write a thousand."""


def read_json(content: bytes) -> Any:
    """The JSON of a response.

    Unlike Python's own parser, msgspec refuses NaN, infinite numbers and halves of surrogate pairs.

    :raises ValueError: if it is not JSON, or not in UTF-8.
    :raises RecursionError: if it is nested too deeply.
    """
    try:
        return msgspec.json.decode(content.removeprefix(BOM_UTF8))
    except msgspec.MsgspecError as error:
        # A ValueError only since msgspec 0.21.
        raise ValueError(str(error)) from None


def check_plain(payload: Any, *, levels: int = DEEPEST) -> None:
    """Refuse numbers and nesting that other programs cannot handle. :raises ValueError: if there are any."""
    children: Iterable[Any] = [payload]
    if isinstance(payload, dict):
        children = payload.values()
    elif isinstance(payload, list):
        children = payload
    for child in children:
        # By the type itself, the commonest first, since this runs for each value of each response.
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
