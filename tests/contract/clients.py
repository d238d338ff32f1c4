"""Both clients behind one face, so that each test runs with either; and a server that is no Pinecone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeVar

from airflow_provider_pinecone.api.async_client import AsyncPineconeClient
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.client import PineconeClient
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.settings import Settings

T = TypeVar("T")
KINDS = ("requests", "httpx")
IMPATIENT = RetryPolicy(attempts=3, first_wait=0.001, longest_wait=0.5)


@dataclass(frozen=True)
class Client:
    """Either client: what to send with it, and what it was made of."""

    send: Callable[[Call[Any]], Any]
    settings: Settings


@contextmanager
def connected(kind: str, settings: Settings, *, retry_policy: RetryPolicy = IMPATIENT) -> Iterator[Client]:
    """Open a client of either kind; the async one on an event loop of its own."""
    if kind == "requests":
        with closing(PineconeClient(settings, retry_policy=retry_policy)) as client:
            yield Client(client.send, settings)
        return
    with asyncio.Runner() as loop:
        asynchronous = AsyncPineconeClient(settings, retry_policy=retry_policy)
        yield Client(lambda call: loop.run(asynchronous.send(call)), settings)
        loop.run(asynchronous.aclose())


@dataclass
class Stranger:
    """A server that answers every request alike, and remembers what came."""

    url: str = ""
    status: int = 200
    body: bytes = json.dumps({"indexes": []}).encode()
    headers: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@contextmanager
def stranger(**answers: Any) -> Iterator[Stranger]:
    """Start such a server on this machine."""
    state = Stranger(**answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def setup(self) -> None:
            state.connections += 1
            super().setup()

        def answer(self) -> None:
            state.paths.append(self.path)
            state.keys.append(self.headers.get("Api-Key"))
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(state.status)
            for name, value in {"Content-Length": str(len(state.body)), **state.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(state.body)

        do_GET = do_POST = do_DELETE = do_CONNECT = answer

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
