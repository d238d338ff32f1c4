"""The client for the triggerer: one method, over httpx, that never blocks the event loop."""

from __future__ import annotations

import asyncio
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import tenacity

from airflow_provider_pinecone.api.body import Body, BodyError
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import (
    PineconeConnectionError,
    PineconeInputError,
    PineconeTimeoutError,
    PineconeTlsError,
    PineconeTransportError,
    PineconeUnreadableAnswerError,
)
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.unlogged import unlogged
from airflow_provider_pinecone.api.wire import (
    NO_HOST,
    NO_TLS,
    Answer,
    Settings,
    is_loopback,
    read_answer,
    request_for,
)

T = TypeVar("T")

LONGEST_IDLE = 60.0
"""Seconds that an idle connection is kept: waits poll every few seconds or minutes."""


class AsyncPineconeClient:
    """Sends calls, over pooled connections. Belongs to the event loop that first uses it.

    :param settings: how to reach Pinecone.
    :param retry_policy: how often to retry, and after how long.
    """

    def __init__(self, settings: Settings, *, retry_policy: RetryPolicy | None = None) -> None:
        self.settings = settings
        self.retry_policy = retry_policy or RetryPolicy()
        self._pools: dict[bool, httpx.AsyncClient] = {}

    async def send(self, call: Call[T], *, attempts: int | None = None) -> T:
        """Send a call and return the value in its response.

        :param attempts: how often to send it at most; None leaves that to the retry policy.
        :raises PineconeError: after the last attempt.
        """
        retrying = tenacity.AsyncRetrying(**self.retry_policy.arguments(call, attempts=attempts))
        return await retrying(self._send_once, call)

    async def _send_once(self, call: Call[T]) -> T:
        pool, request = self._request(call)
        try:
            answer = await self._exchange(pool, request)
        except Exception as error:  # the libraries raise many kinds for malformed responses
            failure = _transport_error(call, error)
        else:
            return read_answer(call, answer, settings=self.settings)
        # Outside the handler: the library's error holds the request and its key, and would be chained.
        raise failure

    def _request(self, call: Call[Any]) -> tuple[httpx.AsyncClient, httpx.Request]:
        request = request_for(call, settings=self.settings)
        try:
            pool = self._pool_to(urlsplit(request.url).hostname or "")
            return pool, pool.build_request(
                request.method, request.url, content=request.content, headers=dict(request.headers)
            )
        except (httpx.InvalidURL, ValueError, ImportError):
            failure = PineconeInputError(f"{call.method} {call.path}: {NO_HOST}")
        raise failure

    def _pool_to(self, host: str) -> httpx.AsyncClient:
        """The connections to a host. A proxy would see the key in a plain http request to this machine."""
        is_here = is_loopback(host)
        if is_here not in self._pools:
            self._pools[is_here] = httpx.AsyncClient(
                timeout=httpx.Timeout(self.settings.read_timeout, connect=self.settings.connect_timeout),
                limits=httpx.Limits(
                    max_connections=100, max_keepalive_connections=20, keepalive_expiry=LONGEST_IDLE
                ),
                trust_env=not is_here,
                follow_redirects=False,
                cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
                verify=_certificates(),
            )
        return self._pools[is_here]

    async def _exchange(self, pool: httpx.AsyncClient, request: httpx.Request) -> Answer:
        with unlogged():
            async with asyncio.timeout(self.settings.answer_timeout):
                response = await pool.send(request, stream=True)
                try:
                    body = Body(response.headers.get("content-encoding"))
                    async for piece in response.aiter_raw():
                        body.add(piece)
                finally:
                    await response.aclose()
        return Answer(status=response.status_code, headers=response.headers, content=body.whole())

    async def aclose(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            await pool.aclose()


@cache
def _certificates() -> SSLContext:
    """The certificates to trust, read once, since reading them blocks the event loop for about 50 ms."""
    return httpx.create_ssl_context()


def _transport_error(call: Call[Any], error: Exception) -> Exception:
    """Translate an error of httpx without quoting it, since it may quote headers."""
    where: dict[str, Any] = {"method": call.method, "path": call.path}
    match error:
        case BodyError():
            return PineconeUnreadableAnswerError(str(error), **where)
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return PineconeTimeoutError("no connection in time.", **where, may_have_acted=False)
        case httpx.TimeoutException() | TimeoutError():
            return PineconeTimeoutError("no response in time.", **where)
        case httpx.ConnectError() if "SSL" in str(error):
            return PineconeTlsError(NO_TLS, **where, may_have_acted=False)
        case httpx.ConnectError():
            return PineconeConnectionError("could not connect to the host.", **where, may_have_acted=False)
        case httpx.TransportError():
            return PineconeConnectionError("the connection was lost.", **where)
    return PineconeTransportError(f"{type(error).__name__}.", **where)
