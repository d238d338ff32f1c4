"""The client for the triggerer: one verb, over httpx, which never blocks the event loop."""

from __future__ import annotations

from functools import cache
from ssl import SSLContext
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import tenacity

from airflow_provider_pinecone.api.endpoints import Call
from airflow_provider_pinecone.api.errors import (
    PineconeConnectionError,
    PineconeInputError,
    PineconeTimeoutError,
    PineconeTlsError,
    PineconeTransportError,
    PineconeUnreadableAnswerError,
)
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.wire import NO_TLS, Settings, is_loopback, read_answer, request_for

T = TypeVar("T")


class AsyncPineconeClient:
    """Sends calls, over one pooled client. Belongs to the event loop that it is first used in.

    :param settings: how to reach Pinecone.
    :param retry_policy: how stubborn to be.
    """

    def __init__(self, settings: Settings, *, retry_policy: RetryPolicy | None = None) -> None:
        self.settings = settings
        self.retry_policy = retry_policy or RetryPolicy()
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout),
            # A proxy from the environment would see the key of a plain request to this machine.
            trust_env=not is_loopback(urlsplit(settings.base_url(settings.host)).hostname or ""),
            follow_redirects=False,
            verify=_certificates(),
        )

    async def send(self, call: Call[T], *, attempts: int | None = None) -> T:
        """Send a call and return what its answer holds.

        :param attempts: how often to send it at most, in place of what the retry policy says.
        :raises PineconeError: the one that fits, after the attempts that the retry policy allows.
        """
        return await tenacity.AsyncRetrying(**self.retry_policy.arguments(call, attempts=attempts))(
            self._send_once, call
        )

    async def _send_once(self, call: Call[T]) -> T:
        request = request_for(call, settings=self.settings)
        try:
            response = await self._http.request(
                request.method, request.url, content=request.content, headers=dict(request.headers)
            )
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise _transport_error(call, error) from None
        return read_answer(
            call,
            status=response.status_code,
            headers=response.headers,
            content=response.content,
            settings=self.settings,
        )

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()


@cache
def _certificates() -> SSLContext:
    """The certificates to trust, read once: each reading blocks the event loop for some 50 ms."""
    return httpx.create_ssl_context()


def _transport_error(call: Call[Any], error: Exception) -> Exception:
    """The error of ours for one of httpx's, told without what it may quote of the headers."""
    where: dict[str, Any] = {"method": call.method, "path": call.path}
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return PineconeTimeoutError("no connection in time.", **where, may_have_acted=False)
        case httpx.TimeoutException():
            return PineconeTimeoutError("no answer in time.", **where)
        case httpx.ConnectError() if "SSL" in str(error):
            return PineconeTlsError(NO_TLS, **where, may_have_acted=False)
        case httpx.ConnectError():
            return PineconeConnectionError("could not connect to the host.", **where, may_have_acted=False)
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | UnicodeError():
            return PineconeInputError(f"{call.method} {call.path}: the host is not one to send a request to.")
        case httpx.DecodingError():
            return PineconeUnreadableAnswerError("the answer broke off or is garbled.", **where)
        case httpx.TransportError():
            return PineconeConnectionError("the connection was lost.", **where)
    return PineconeTransportError(f"{type(error).__name__}.", **where)
