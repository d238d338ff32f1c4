"""A server that sends the bytes that a test wants, at the pace that it wants, and sees who hangs up."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

PAUSE = 0.02
"""Seconds between the bytes of a drip."""


@dataclass
class Hostile:
    """Such a server.

    :param answer: gives the pieces to send for a request; a generator may sleep between them.
    :param stays: wait for more requests on the same connection after an answer.
    """

    answer: Callable[[], Iterable[bytes]]
    stays: bool = False
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    hung_up: Event = field(default_factory=Event)

    def serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while request := _read_request(connection):
                self.requests.append(request)
                for piece in self.answer():
                    connection.sendall(piece)
                if not self.stays:
                    return
        # Only reached where the client closed first, or broke the connection in the middle of an answer.
        self.hung_up.set()


@contextmanager
def hostile(answer: Callable[[], Iterable[bytes]], *, stays: bool = False) -> Iterator[Hostile]:
    """Start such a server on this machine."""
    server = Hostile(answer, stays)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        acceptor = Thread(target=_accept, args=(listener, server), daemon=True)
        acceptor.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
        acceptor.join()


def drip(before: bytes, dripped: bytes, after: bytes = b"") -> Iterator[bytes]:
    """Send one part of an answer byte by byte."""
    yield before
    for number in range(len(dripped)):
        time.sleep(PAUSE)
        yield dripped[number : number + 1]
    yield after


def _accept(listener: socket.socket, server: Hostile) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            server.connections += 1
            Thread(target=server.serve, args=(connection,), daemon=True).start()


def _read_request(connection: socket.socket) -> bytes:
    """Read one request, or nothing once the client has hung up."""
    request = b""
    while b"\r\n\r\n" not in request:
        if not (more := connection.recv(65536)):
            return b""
        request += more
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", request)
    missing = int(length[1]) - len(request.partition(b"\r\n\r\n")[2]) if length else 0
    while missing > 0 and (more := connection.recv(missing)):
        request += more
        missing -= len(more)
    return request
