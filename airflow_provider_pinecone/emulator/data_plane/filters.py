"""Metadata filters: which records a query may find."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from airflow_provider_pinecone.emulator.protocol.errors import bad_request
from airflow_provider_pinecone.emulator.state.store import Json

Test = Callable[[Mapping[str, object]], bool]

MISSING = object()


def compile_filter(given: Json) -> Test:
    """Turn a filter into a test of metadata.

    A field that is a list equals a value, or is in a list of values, if one of its items does. ``$ne`` and
    ``$nin`` are the opposites of ``$eq`` and ``$in``, also for a record without the field.

    :raises DataPlaneError: 400 for an invalid filter.
    """
    tests = [_condition(name, wanted) for name, wanted in given.items()]
    return lambda metadata: all(test(metadata) for test in tests)


def _condition(name: str, wanted: object) -> Test:
    if name in ("$and", "$or"):
        if not isinstance(wanted, list) or not wanted or not all(isinstance(part, dict) for part in wanted):
            raise bad_request(f"filter: {name} needs a list of filters, not {wanted!r}.")
        parts = [compile_filter(part) for part in wanted]
        together = all if name == "$and" else any
        return lambda metadata: together(part(metadata) for part in parts)
    if name.startswith("$"):
        raise bad_request(f"filter: unknown operator {name!r}.")
    tests = [
        _comparison(name, symbol, operand)
        for symbol, operand in (wanted if isinstance(wanted, dict) else {"$eq": wanted}).items()
    ]
    return lambda metadata: all(test(metadata.get(name, MISSING)) for test in tests)


def _comparison(name: str, symbol: str, operand: object) -> Callable[[object], bool]:
    kind = _OPERATORS.get(symbol)
    if kind is None:
        raise bad_request(f"filter: {name}: unknown operator {symbol!r}.")
    is_operand, test = kind
    if not is_operand(operand):
        raise bad_request(f"filter: {name}: {symbol} cannot compare with {operand!r}.")
    return lambda value: test(value, operand)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float)


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_scalar, value))


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _same(value: object, operand: object) -> bool:
    # 1 and true are equal in Python, but not in JSON.
    return isinstance(value, bool) == isinstance(operand, bool) and bool(value == operand)


def _equals(value: object, operand: object) -> bool:
    return any(_same(item, operand) for item in value) if isinstance(value, list) else _same(value, operand)


def _is_in(value: object, operand: list[object]) -> bool:
    return any(_equals(value, item) for item in operand)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[object, object], bool]:
    return lambda value, operand: _is_number(value) and compare(value, operand)


_OPERATORS: dict[str, tuple[Callable[[object], bool], Callable[[Any, Any], bool]]] = {
    "$eq": (_is_scalar, _equals),
    "$ne": (_is_scalar, lambda value, operand: not _equals(value, operand)),
    "$gt": (_is_number, _ordered(operator.gt)),
    "$gte": (_is_number, _ordered(operator.ge)),
    "$lt": (_is_number, _ordered(operator.lt)),
    "$lte": (_is_number, _ordered(operator.le)),
    "$in": (_is_list, _is_in),
    "$nin": (_is_list, lambda value, operand: not _is_in(value, operand)),
    "$exists": (_is_bool, lambda value, operand: (value is not MISSING) is operand),
}
