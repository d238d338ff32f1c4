"""Silences the HTTP libraries, whose logs would hold the API key if a server sent it back.

httpx logs the text of a status line, httpcore all headers, and urllib3 headers that it cannot parse. So they
log nothing of this provider's requests; other requests in the same process are not affected.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LIBRARIES = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.response",
    "urllib3.util.retry",
)
"""The loggers of the HTTP libraries that see what a server sends."""

_is_ours: ContextVar[bool] = ContextVar("_is_ours", default=False)


@contextmanager
def unlogged() -> Iterator[None]:
    """Have the HTTP libraries log nothing, in this thread or task."""
    before = _is_ours.set(True)
    try:
        yield
    finally:
        _is_ours.reset(before)


def _is_of_others(record: logging.LogRecord) -> bool:
    return not _is_ours.get()


for _name in LIBRARIES:
    logging.getLogger(_name).addFilter(_is_of_others)
