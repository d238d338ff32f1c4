"""uvicorn, extended to close a connection in the middle of a request and to say when it is ready."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.auto import AutoHTTPProtocol


class ClosableProtocol(AutoHTTPProtocol):  # type: ignore[misc,valid-type] # uvicorn chooses it when it starts
    """Lets each request close its connection, by ``scope["state"]["close_connection"]``.

    ASGI cannot close a connection without a response: if the application sends none, uvicorn sends a 500, and
    the client does not see a lost connection.
    """

    app_state: dict[str, object]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember how to close this connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "close_connection": self._close}

    def _close(self) -> None:
        # The event loop tells uvicorn only after the application has returned; told now, it sends no 500.
        self.cycle.disconnected = True
        self.transport.close()


class Server(uvicorn.Server):
    """A server that prints a line when it is ready."""

    def __init__(self, config: uvicorn.Config, ready_line: str) -> None:
        super().__init__(config)
        self._ready_line = ready_line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and say so."""
        await super().startup(sockets)
        if self.started:
            print(self._ready_line, flush=True)


def serve(app: ASGIApp, *, host: str, port: int, api_key: str) -> None:
    """Serve until the process is terminated. The ready line is one JSON object on standard output."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=512)
    # Connections inherit this. asyncio sets it only on sockets that name their protocol; without it a
    # response's body waits 40 ms until the client acknowledges the headers.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    bound_port = cast("int", listener.getsockname()[1])
    url = f"http://{f'[{host}]' if ':' in host else host}:{bound_port}"
    config = uvicorn.Config(
        app,
        http=ClosableProtocol,
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    Server(config, json.dumps({"url": url, "api_key": api_key})).run(sockets=[listener])
