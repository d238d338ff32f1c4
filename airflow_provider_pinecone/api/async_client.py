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
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.settings import HoldsKey, Settings, is_loopback
from airflow_provider_pinecone.api.unanswered import Unanswered
from airflow_provider_pinecone.api.unlogged import unlogged
from airflow_provider_pinecone.api.wire import Answer, Request, host_of, read_answer, request_for

T = TypeVar("T")

LONGEST_IDLE = 60.0
"""Seconds that an idle connection is kept: waits poll every few seconds or minutes."""

LARGEST_ON_LOOP = 256 * 1024
"""Bytes of a response that are decoded on the event loop; a page of 100 backups has 60,000. More takes long
enough to hold up all other waits, so a thread decodes it."""


class AsyncPineconeClient(HoldsKey):
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
        try:
            return await self._answer_to(call)
        except PineconeError as error:
            failure = error.with_traceback(None)
        # Outside the handler, and without the frames that it came through: they hold the response.
        raise failure

    async def _answer_to(self, call: Call[T]) -> T:
        request = request_for(call, settings=self.settings)
        failed = Unanswered(call, host_of(call, settings=self.settings))
        prepared = self._prepared(request)
        if prepared is None:
            raise failed.bad_host()
        try:
            answer = await self._exchange(*prepared, call=call)
        except Exception as error:  # the libraries raise many kinds for malformed responses
            failure = _translated(error, failed=failed)
        else:
            return await self._read(call, answer)
        # Outside the handler: the library's error holds the request and its key, and would be chained.
        raise failure

    async def _read(self, call: Call[T], answer: Answer) -> T:
        if len(answer.content) <= LARGEST_ON_LOOP:
            return read_answer(call, answer, settings=self.settings)
        return await asyncio.to_thread(read_answer, call, answer, settings=self.settings)

    def _prepared(self, request: Request) -> tuple[httpx.AsyncClient, httpx.Request] | None:
        """The request as httpx sends it, and through which connections; None if httpx cannot."""
        try:
            pool = self._pool_to(urlsplit(request.url).hostname or "")
            return pool, pool.build_request(
                request.method, request.url, content=request.content, headers=dict(request.headers)
            )
        except (httpx.InvalidURL, ValueError, ImportError):
            return None

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

    async def _exchange(self, pool: httpx.AsyncClient, request: httpx.Request, *, call: Call[Any]) -> Answer:
        with unlogged():
            async with asyncio.timeout(self.settings.answer_timeout):
                response = await pool.send(request, stream=True)
                try:
                    body = Body(response.headers.get("content-encoding"), most=call.largest_answer)
                    async for piece in response.aiter_raw():
                        if call.host is None:
                            body.add(piece)
                        else:
                            # A piece of records may unpack to 32 MiB.
                            await asyncio.to_thread(body.add, piece)
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


def _translated(error: Exception, *, failed: Unanswered) -> PineconeError:
    """An error of httpx in our own words: its own may quote headers."""
    match error:
        case BodyError():
            return failed.unreadable(str(error))
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return failed.not_reached_in_time()
        case httpx.TimeoutException() | TimeoutError():
            return failed.late()
        case httpx.ConnectError() if "SSL" in str(error):
            return failed.no_tls(may_have_acted=False)
        case httpx.ConnectError():
            return failed.not_reached()
        case httpx.TransportError():
            return failed.lost()
    return failed.unforeseen(error)
