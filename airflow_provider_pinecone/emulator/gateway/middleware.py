"""Every request passes here first: it is logged, read, hit by faults, checked for the key, in this order."""

from __future__ import annotations

import asyncio
import json
import time

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_pinecone.emulator.clock import to_text
from airflow_provider_pinecone.emulator.gateway.faults import Rule, rule_for
from airflow_provider_pinecone.emulator.gateway.receiving import BodyTooLargeError, received
from airflow_provider_pinecone.emulator.gateway.request_log import Entry
from airflow_provider_pinecone.emulator.gateway.steering import PREFIX
from airflow_provider_pinecone.emulator.protocol import versions
from airflow_provider_pinecone.emulator.protocol.errors import ApiError, DataPlaneError

DATA_PATHS = "/data/"
HTML = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>\n"
GARBAGE = b'{"data": [{"backup_id": \x00\xff\xfe'


class Gateway:
    """Logs and reads a request, applies a fault to it, checks its key, and hands it to the API."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith(PREFIX):
            await _with_body(self._app, scope, receive, send)
        else:
            await self._log(scope, receive, send)

    async def _log(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["app"].state
        entry = Entry(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            version=Headers(scope=scope).get(versions.HEADER),
            time=to_text(state.project.now()),
        )
        state.log.append(entry)
        started = time.perf_counter()

        async def noted_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            fault = rule_for(entry.method, entry.path, rules=state.faults)
            if fault is None:
                await self._admit(scope, receive, send)
            else:
                entry.outcome = fault.action
                await self._apply(fault, scope, receive, send)

        try:
            await _with_body(serve, scope, receive, noted_send)
        finally:
            entry.seconds = round(time.perf_counter() - started, 6)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if headers.get("api-key") != scope["app"].state.project.settings.api_key:
            await _unauthorized(headers.get(versions.HEADER), scope["path"])(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _apply(self, fault: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.action:
            case "status" | "html" | "garbage":
                await _answer(fault)(scope, receive, send)
            case "delay":
                await asyncio.sleep(fault.seconds)
                await self._admit(scope, receive, send)
            case "stale":
                scope.setdefault("state", {})["stale_seconds"] = fault.seconds
                await self._admit(scope, receive, send)
            case "close_before":
                drop(scope)
            case "close_after":
                await self._admit(scope, receive, _nowhere)
                drop(scope)
            case "truncate":
                start, body = await self._answered(scope, receive)
                await send(start)
                await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
                drop(scope)
            case "drip":
                start, body = await self._answered(scope, receive)
                await send(start)
                for byte in body:
                    await asyncio.sleep(fault.seconds / len(body))
                    await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
                await send({"type": "http.response.body"})

    async def _answered(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """Let the API respond, and hold the response back."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._admit(scope, receive, keep)
        return messages[0], b"".join(message.get("body", b"") for message in messages)


def drop(scope: Scope) -> None:
    """Close a request's connection.

    :raises ConnectionResetError: if there is none, because the application is called in process.
    """
    close = scope.get("state", {}).get("close_connection")
    if close is None:
        raise ConnectionResetError("The emulator closed the connection.")
    close()


async def _with_body(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a request when its whole body has arrived: a client that then hangs up does not undo it."""
    try:
        whole = await received(receive)
    except ClientDisconnect:
        return
    except BodyTooLargeError:
        await _too_large(scope["path"])(scope, receive, send)
    else:
        await app(scope, whole, send)


async def _nowhere(message: Message) -> None:
    """Send nothing."""


def _answer(fault: Rule) -> Response:
    if fault.action == "html":
        return Response(HTML, fault.status or 200, media_type="text/html")
    if fault.action == "garbage":
        return Response(GARBAGE, fault.status or 200, media_type="application/json")
    status = fault.status or 503
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    if isinstance(fault.body, str):
        return PlainTextResponse(fault.body, status, headers)
    code, message = _MESSAGES.get(status, ("UNKNOWN", "Internal server error"))
    body = ApiError(status, code, message).body if fault.body is None else fault.body
    return Response(json.dumps(body), status, headers, media_type="application/json")


_MESSAGES = {
    401: ("UNAUTHENTICATED", "Invalid API key."),
    403: ("PERMISSION_DENIED", "Access denied: Permission control::backups::list is required"),
    404: ("NOT_FOUND", "Resource not found."),
    409: ("ALREADY_EXISTS", "Resource already exists."),
    429: ("RESOURCE_EXHAUSTED", "Too many requests."),
    503: ("SERVICE_UNAVAILABLE", "Service temporarily unavailable."),
}


def _too_large(path: str) -> Response:
    message = "Request size exceeds the maximum supported size of 2MB"
    if path.startswith(DATA_PATHS):
        return JSONResponse(DataPlaneError(413, 11, message).body, 413)
    return JSONResponse(ApiError(413, "PAYLOAD_TOO_LARGE", message).body, 413)


def _unauthorized(version: str | None, path: str) -> Response:
    # Since 2026-07 a wrong key is refused before the request reaches the API, in plain text.
    asked = versions.VERSIONS.get(version or versions.DEFAULT)
    if asked is None or asked.schema_shape:
        return PlainTextResponse("Invalid API key", 401)
    if path.startswith(DATA_PATHS):
        return JSONResponse(DataPlaneError(401, 16, "Invalid API key.").body, 401)
    return JSONResponse(ApiError(401, "UNAUTHENTICATED", "Invalid API key.").body, 401)
