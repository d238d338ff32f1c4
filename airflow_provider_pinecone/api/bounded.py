"""An adapter for requests whose answers end: in time, however slowly they drip, and in size.

A socket's timeout starts anew with every byte, and ``http.client`` reads status lines, headers and the sizes
of chunks in loops of its own. So the bounds stand where all of them read: on the bytes that come from the
socket, from the first one of the status line to the last one of the body.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter

from airflow_provider_pinecone.api.body import LARGEST_ANSWER


class BoundedAdapter(HTTPAdapter):
    """Gives each answer its time, counted from when the request has been sent.

    What comes before is bounded by itself: looking a host up by the system, connecting and TLS by the connect
    timeout.

    :param seconds: how long an answer may take as a whole.
    """

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        super().__init__()

    def get_connection_with_tls_context(self, *arguments: Any, **more: Any) -> Any:
        """Give a pool whose connections bound their answers, also those of a proxy."""
        pool: Any = super().get_connection_with_tls_context(*arguments, **more)
        kind = pool.ConnectionCls
        if not issubclass(kind, _BoundedConnection):
            bounded = type(f"Bounded{kind.__name__}", (_BoundedConnection, kind), {"seconds": self._seconds})
            pool.ConnectionCls = bounded
        return pool


class _BoundedConnection:
    """What a kind of connection needs beside its own, so that ``http.client`` makes bounded responses."""

    seconds: float

    def response_class(self, sock: socket.socket, *arguments: Any, **more: Any) -> HTTPResponse:
        response = HTTPResponse(sock, *arguments, **more)
        response.fp = io.BufferedReader(_BoundedBytes(sock, seconds=self.seconds))
        return response


class _BoundedBytes(io.RawIOBase):
    """The bytes of one answer, for as long and as many as it may have."""

    def __init__(self, sock: socket.socket, *, seconds: float) -> None:
        self._socket = sock
        self._bytes = sock.makefile("rb", buffering=0)
        self._pause = sock.gettimeout() or seconds
        self._ends_at = time.monotonic() + seconds
        self._most = LARGEST_ANSWER

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the answer is up")
        self._socket.settimeout(min(self._pause, left))
        try:
            count = self._bytes.readinto(buffer)
        finally:
            # The next request on this connection is sent before anybody sets its own.
            self._socket.settimeout(self._pause)
        self._most -= count or 0
        if self._most < 0:
            raise OSError("the answer is too long")
        return count

    def close(self) -> None:
        self._bytes.close()
        super().close()
