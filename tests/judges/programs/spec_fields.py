"""Fields of an answer that a spec does not name.

A schema of OpenAPI lets through what it does not know, and with it every misspelt field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


def response_schema(operation: Json, status: int) -> Json:
    """Give the schema of an operation's JSON answer with a status; an empty one where there is none."""
    responses = operation["responses"]
    response = responses.get(str(status)) or responses.get(f"{status // 100}XX") or {}
    schema: Json = response.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def unnamed(value: Any, schema: Json, spec: Json, place: str = "") -> Iterator[str]:
    """Give the fields of a value, with the place where they stand, that its schema does not name."""
    if isinstance(value, list):
        items = _resolved(schema, spec).get("items", {})
        for item in value:
            yield from unnamed(item, items, spec, f"{place}[]")
    if not isinstance(value, dict):
        return
    named = _named(schema, spec)
    for name, part in value.items():
        if name in named:
            yield from unnamed(part, named[name], spec, f"{place}.{name}")
        elif named and not _is_open(schema, spec):
            yield f"{place}.{name}"


def _named(schema: Json, spec: Json) -> Json:
    schema = _resolved(schema, spec)
    named = dict(schema.get("properties", {}))
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        named |= _named(part, spec)
    return named


def _is_open(schema: Json, spec: Json) -> bool:
    return bool(_resolved(schema, spec).get("additionalProperties", False))


def _resolved(schema: Json, spec: Json) -> Json:
    found = schema
    if "$ref" in schema:
        found = spec
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
    return found
