"""The client for workers: one verb, over requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypedDict, TypeVar, cast
from urllib.parse import urlsplit

import requests
import tenacity
import urllib3.exceptions
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from airflow_provider_pinecone.api.body import PIECE, Body, BodyError
from airflow_provider_pinecone.api.bounded import BoundedAdapter
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
    Request,
    Settings,
    is_loopback,
    read_answer,
    request_for,
)

T = TypeVar("T")


class PineconeClient:
    """Sends calls, over one pool of connections.

    :param settings: how to reach Pinecone.
    :param retry_policy: how stubborn to be.
    """

    def __init__(self, settings: Settings, *, retry_policy: RetryPolicy | None = None) -> None:
        self.settings = settings
        self.retry_policy = retry_policy or RetryPolicy()
        # Without a session around it: that one would follow redirects, keep cookies, take passwords from
        # .netrc, and cost as much as all else that is done for a request.
        self._adapter = BoundedAdapter(seconds=settings.answer_timeout)
        self._environments: dict[str, _Environment] = {}

    def send(self, call: Call[T], *, attempts: int | None = None) -> T:
        """Send a call and return what its answer holds.

        :param attempts: how often to send it at most, in place of what the retry policy says.
        :raises PineconeError: the one that fits, after the attempts that the retry policy allows.
        """
        answer: T = tenacity.Retrying(**self.retry_policy.arguments(call, attempts=attempts))(
            self._send_once, call
        )
        return answer

    def _send_once(self, call: Call[T]) -> T:
        request = request_for(call, settings=self.settings)
        try:
            answer = self._exchange(request)
        except Exception as error:  # whatever two libraries make of what a stranger sends
            failure = _transport_error(call, error)
        else:
            return read_answer(call, answer, settings=self.settings)
        # Not where the library's error is handled: that one knows the request, and would be chained.
        raise failure

    def _exchange(self, request: Request) -> Answer:
        prepared = requests.PreparedRequest()
        prepared.prepare(
            method=request.method, url=request.url, data=request.content, headers=dict(request.headers)
        )
        with (
            unlogged(),
            self._adapter.send(
                prepared,
                timeout=(self.settings.connect_timeout, self.settings.read_timeout),
                **self._environment_of(request.url),
            ) as response,
        ):
            body = Body(response.headers.get("content-encoding"))
            # Another answer may follow a 1xx, and the next request must not take it for its own. What is not
            # read to its end has its connection closed.
            if response.status_code >= 200:
                for piece in response.raw.stream(PIECE, decode_content=False):
                    body.add(piece)
            return Answer(status=response.status_code, headers=response.headers, content=body.whole())

    def _environment_of(self, url: str) -> _Environment:
        """The proxies and certificates that the environment has for a host, read once for each."""
        host = urlsplit(url).netloc
        if host not in self._environments:
            session = requests.Session()
            # A proxy from the environment would see the key of a plain request to this machine.
            session.trust_env = not is_loopback(urlsplit(url).hostname or "")
            settings = session.merge_environment_settings(url, {}, True, None, None)
            self._environments[host] = cast(_Environment, settings)
        return self._environments[host]

    def close(self) -> None:
        """Give the connections back."""
        self._adapter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class _Environment(TypedDict):
    """What requests sends a request with beside its time."""

    proxies: Mapping[str, str]
    stream: bool
    verify: bool | str
    cert: str | None


def _transport_error(call: Call[Any], error: Exception) -> Exception:
    """The error of ours for one of requests', told without what it may quote of the headers."""
    where: dict[str, Any] = {"method": call.method, "path": call.path}
    match error:
        case BodyError():
            return PineconeUnreadableAnswerError(str(error), **where)
        case requests.ConnectTimeout():
            return PineconeTimeoutError("no connection in time.", **where, may_have_acted=False)
        case requests.Timeout() | urllib3.exceptions.ReadTimeoutError():
            return PineconeTimeoutError("no answer in time.", **where)
        case requests.exceptions.InvalidURL() | requests.exceptions.InvalidSchema():
            return PineconeInputError(f"{call.method} {call.path}: {NO_HOST}")
        case requests.exceptions.SSLError() | urllib3.exceptions.SSLError():
            return PineconeTlsError(NO_TLS, **where)
        case requests.ConnectionError():
            return _connection_error(call, error)
        case urllib3.exceptions.HTTPError() | ValueError():
            return PineconeUnreadableAnswerError("the answer broke off or is garbled.", **where)
    return PineconeTransportError(f"{type(error).__name__}.", **where)


def _connection_error(call: Call[Any], error: requests.ConnectionError) -> PineconeConnectionError:
    cause = error.args[0] if error.args else error
    reason = getattr(cause, "reason", cause)
    never_sent = isinstance(reason, NewConnectionError | ConnectTimeoutError)
    return PineconeConnectionError(
        "could not connect to the host." if never_sent else "the connection was lost.",
        method=call.method,
        path=call.path,
        may_have_acted=not never_sent,
    )
