"""Building calls: their methods, paths, queries and bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import LARGEST_PAGE, check_text, check_whole

T = TypeVar("T")
Query = tuple[tuple[str, str], ...]


def get(path: str, decode: Callable[[Any], T], query: Query = (), *, host: str | None = None) -> Call[T]:
    """A call that reads."""
    return Call(method="GET", path=path, query=query, host=host, decode=decode)


def create(path: str, body: Mapping[str, Any], decode: Callable[[Any], T]) -> Call[T]:
    """A call that makes something anew each time it is sent."""
    return Call(method="POST", path=path, body=body, decode=decode, repeatable=False)


def update(path: str, body: Mapping[str, Any], decode: Callable[[Any], T]) -> Call[T]:
    """A call that changes something."""
    return Call(method="PATCH", path=path, body=body, decode=decode)


def delete(path: str) -> Call[None]:
    """A call that deletes."""
    return Call(method="DELETE", path=path, decode=lambda payload: None)


def paging(limit: int | None, pagination_token: str | None) -> Query:
    """Which page of a listing to read. :raises PineconeInputError: if there can be no such page."""
    query = []
    if limit is not None:
        query.append(("limit", str(check_whole("limit", limit, least=1, most=LARGEST_PAGE))))
    if pagination_token is not None:
        query.append(("paginationToken", check_text("pagination_token", pagination_token)))
    return tuple(query)


def given(**arguments: Any) -> dict[str, Any]:
    """Those arguments that are not None."""
    return {name: value for name, value in arguments.items() if value is not None}
