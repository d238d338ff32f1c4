"""The client for workers: one method, over requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict, TypeVar, cast
from urllib.parse import urlsplit

import requests
import tenacity
import urllib3.exceptions
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from airflow_provider_pinecone.api.body import PIECE, Body, BodyError
from airflow_provider_pinecone.api.bounded import BoundedAdapter
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeError
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.settings import HoldsKey, Settings, is_loopback
from airflow_provider_pinecone.api.unanswered import Unanswered
from airflow_provider_pinecone.api.unlogged import unlogged
from airflow_provider_pinecone.api.wire import Answer, Request, host_of, read_answer, request_for

T = TypeVar("T")


class PineconeClient(HoldsKey):
    """Sends calls, over one pool of connections.

    :param settings: how to reach Pinecone.
    :param retry_policy: how often to retry, and after how long.
    """

    def __init__(self, settings: Settings, *, retry_policy: RetryPolicy | None = None) -> None:
        self.settings = settings
        self.retry_policy = retry_policy or RetryPolicy()
        # A session would follow redirects, keep cookies, read passwords from .netrc, and cost as much CPU as
        # the rest of a request.
        self._adapter = BoundedAdapter(seconds=settings.answer_timeout)
        self._environments: dict[str, _Environment] = {}

    def send(self, call: Call[T], *, attempts: int | None = None) -> T:
        """Send a call and return the value in its response.

        :param attempts: how often to send it at most; None leaves that to the retry policy.
        :raises PineconeError: after the last attempt.
        """
        retrying = tenacity.Retrying(**self.retry_policy.arguments(call, attempts=attempts))
        return cast("T", retrying(self._send_once, call))

    def _send_once(self, call: Call[T]) -> T:
        try:
            return self._answer_to(call)
        except PineconeError as error:
            failure = error.with_traceback(None)
        # Outside the handler, and without the frames that it came through: they hold the response.
        raise failure

    def _answer_to(self, call: Call[T]) -> T:
        request = request_for(call, settings=self.settings)
        try:
            answer = self._exchange(request, most=call.largest_answer)
        except Exception as error:  # the libraries raise many kinds for malformed responses
            failed = Unanswered(call, host_of(call, settings=self.settings))
            failure = _translated(error, failed=failed)
        else:
            return read_answer(call, answer, settings=self.settings)
        # Outside the handler: the library's error holds the request and its key, and would be chained.
        raise failure

    def _exchange(self, request: Request, *, most: int) -> Answer:
        headers = dict(request.headers)
        prepared = requests.Request(request.method, request.url, headers, data=request.content).prepare()
        with (
            unlogged(),
            self._adapter.send(
                prepared,
                timeout=(self.settings.connect_timeout, self.settings.read_timeout),
                **self._environment_of(request.url),
            ) as response,
        ):
            body = Body(response.headers.get("content-encoding"), most=most)
            # Another response may follow a 1xx, and the next request must not take it for its own: the
            # connection of a response that is not read to its end is closed.
            if response.status_code >= 200:
                for piece in response.raw.stream(PIECE, decode_content=False):
                    body.add(piece)
            return Answer(status=response.status_code, headers=response.headers, content=body.whole())

    def _environment_of(self, url: str) -> _Environment:
        """The environment's proxies and certificates for a host, read once for each."""
        host = urlsplit(url).netloc
        if host not in self._environments:
            session = requests.Session()
            # A proxy would see the key in a plain http request to this machine.
            session.trust_env = not is_loopback(urlsplit(url).hostname or "")
            self._environments[host] = cast(
                "_Environment", session.merge_environment_settings(url, {}, True, None, None)
            )
        return self._environments[host]

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()


class _Environment(TypedDict):
    """What requests takes from the environment to send a request."""

    proxies: Mapping[str, str]
    stream: bool
    verify: bool | str
    cert: str | None


def _translated(error: Exception, *, failed: Unanswered) -> PineconeError:
    """An error of requests in our own words: its own may quote headers."""
    match error:
        case BodyError():
            return failed.unreadable(str(error))
        case requests.ConnectTimeout():
            return failed.not_reached_in_time()
        case requests.Timeout() | urllib3.exceptions.ReadTimeoutError():
            return failed.late()
        case requests.exceptions.InvalidURL() | requests.exceptions.InvalidSchema():
            return failed.bad_host()
        case requests.exceptions.SSLError() | urllib3.exceptions.SSLError():
            return failed.no_tls()
        case requests.ConnectionError() if _never_sent(error):
            return failed.not_reached()
        case requests.ConnectionError():
            return failed.lost()
        case urllib3.exceptions.HTTPError() | ValueError():
            return failed.unreadable("The response broke off or is garbled")
    return failed.unforeseen(error)


def _never_sent(error: requests.ConnectionError) -> bool:
    cause = error.args[0] if error.args else error
    return isinstance(getattr(cause, "reason", cause), NewConnectionError | ConnectTimeoutError)
