"""Refuses the requests that web pages can make a browser send to a server on its own machine."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from airflow_provider_pinecone.emulator.gateway.steering import PREFIX
from airflow_provider_pinecone.emulator.protocol.errors import forbidden

CONTROL_HEADER = "X-Emulator-Control"
"""A request that changes the emulator must carry it: no form and no script of another site can send it."""


class Guard:
    """Checks Host, Origin and the control header of each request, before anything else sees it.

    :param listens_on: the address that the server listens on.
    :param allowed_hosts: further names by which clients reach it.
    """

    def __init__(self, app: ASGIApp, *, listens_on: str, allowed_hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = {"localhost", listens_on.lower(), *(host.lower() for host in allowed_hosts)}
        self._has_any_address = listens_on in ("0.0.0.0", "::")  # noqa: S104 - compared, not listened on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it with 403."""
        problem = self._problem(scope) if scope["type"] == "http" else None
        served = self._app if problem is None else JSONResponse(forbidden(problem).body, 403)
        await served(scope, receive, send)

    def _problem(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        method, path = scope["method"], scope["path"]
        if not self._is_ours(host):
            return (
                f"Host {host!r} is not one of this emulator's; to allow a name, start it with --allowed-host."
            )
        if origin not in (None, f"http://{host}"):
            return f"Requests of web pages of {origin!r} are refused."
        if path.startswith(PREFIX) and method not in ("GET", "HEAD") and CONTROL_HEADER not in headers:
            return f"{method} {path} needs the header {CONTROL_HEADER}: 1."
        return None

    def _is_ours(self, host: str) -> bool:
        # A page's own name may resolve to this machine (DNS rebinding), so the browser sends it as the Host.
        try:
            name = urlsplit(f"//{host}").hostname or ""
            return name in self._hosts or ip_address(name).is_loopback or self._has_any_address
        except ValueError:
            return False  # neither a known name nor an address
