"""An adapter for requests that bounds the time and size of responses, however slowly they arrive.

A socket's timeout restarts with every byte, and ``http.client`` reads status lines, headers and chunk sizes
in its own loops. So the bounds apply to the bytes that come from the socket, from the first of the status
line to the last of the body.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter

from airflow_provider_pinecone.api.body import LARGEST_RECORDS


class BoundedAdapter(HTTPAdapter):
    """Bounds the time of each response, counted from when the request has been sent.

    The system bounds the time of looking up the host; the connect timeout bounds that of connecting and TLS.

    :param seconds: how long a whole response may take.
    """

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        super().__init__()

    def get_connection_with_tls_context(self, *arguments: Any, **more: Any) -> Any:
        """Give a pool whose connections bound their responses, including connections to a proxy."""
        pool: Any = super().get_connection_with_tls_context(*arguments, **more)
        kind = pool.ConnectionCls
        if not issubclass(kind, _BoundedConnection):
            bounded = type(f"Bounded{kind.__name__}", (_BoundedConnection, kind), {"seconds": self._seconds})
            pool.ConnectionCls = bounded
        return pool


class _BoundedConnection:
    """Makes ``http.client`` give bounded responses; mixed into each kind of connection."""

    seconds: float

    def response_class(self, sock: socket.socket, *arguments: Any, **more: Any) -> HTTPResponse:
        response = HTTPResponse(sock, *arguments, **more)
        response.fp = io.BufferedReader(_BoundedBytes(sock, seconds=self.seconds))
        return response


class _BoundedBytes(io.RawIOBase):
    """The bytes of one response, bounded in time and number."""

    def __init__(self, sock: socket.socket, *, seconds: float) -> None:
        self._socket = sock
        self._bytes = sock.makefile("rb", buffering=0)
        self._pause = sock.gettimeout() or seconds
        self._ends_at = time.monotonic() + seconds
        self._most = LARGEST_RECORDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the response is up")
        self._socket.settimeout(min(self._pause, left))
        try:
            count = self._bytes.readinto(buffer)
        finally:
            # The next request on this connection is sent before its own timeout is set.
            self._socket.settimeout(self._pause)
        self._most -= count or 0
        if self._most < 0:
            raise OSError("the response is too long")
        return count

    def close(self) -> None:
        self._bytes.close()
        super().close()
