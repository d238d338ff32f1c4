"""From a ``Call`` to an HTTP request, and from the response to a value or an error, for both clients."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from airflow_provider_pinecone import __version__
from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import check_choice, check_seconds
from airflow_provider_pinecone.api.errors import (
    PineconeForeignAnswerError,
    PineconeInputError,
    PineconeUnreadableAnswerError,
)
from airflow_provider_pinecone.api.payload import check_plain, read_json
from airflow_provider_pinecone.api.redaction import without_key

T = TypeVar("T")

DEFAULT_HOST = "https://api.pinecone.io"
API_VERSIONS = ("2025-04", "2025-10", "2026-04", "2026-07")
DEFAULT_API_VERSION = "2026-07"
LONGEST_RETRY_AFTER = 86_400.0
"""A day: longer than any useful wait, and short enough to add to any date."""

NO_HOST = "requests cannot be sent to this host, or to a proxy in the environment."
NO_TLS = "no TLS connection to the host. Check its certificate, and whether it is an http:// host."

_VISIBLE = frozenset(string.ascii_letters + string.digits + string.punctuation)
_IN_HOSTS = _VISIBLE - set("@?#")
_HOST_NAME = re.compile(r"[0-9a-f:.]*:[0-9a-f:.]*|\w[\w-]{0,62}(\.\w[\w-]{0,62})*\.?", re.ASCII)
"""An IPv6 address, or labels of at most 63 characters: each HTTP library fails differently on others."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to reach Pinecone.

    :param api_key: the project's API key.
    :param host: the control plane's URL; ``https://`` is the default.
    :param api_version: the API version to speak, one of ``API_VERSIONS``.
    :param allow_insecure_http: send the key over plain http to hosts other than this machine.
    :param connect_timeout: seconds to wait for a connection.
    :param read_timeout: seconds to wait between bytes of a response.
    :param answer_timeout: seconds to wait for a whole response, however steadily its bytes arrive.
    :raises PineconeInputError: if one of them is invalid.
    """

    api_key: str = field(repr=False)
    host: str = DEFAULT_HOST
    api_version: str = DEFAULT_API_VERSION
    allow_insecure_http: bool = False
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    answer_timeout: float = 120.0

    def __post_init__(self) -> None:
        """Refuse invalid settings before anything is sent."""
        _check_api_key(self.api_key)
        check_choice("api_version", self.api_version, choices=API_VERSIONS)
        check_seconds("connect_timeout", self.connect_timeout)
        check_seconds("read_timeout", self.read_timeout)
        check_seconds("answer_timeout", self.answer_timeout)
        self.base_url(self.host)

    def base_url(self, host: str) -> str:
        """The URL to add paths to. :raises PineconeInputError: if the key must not be sent there."""
        url = host if "://" in host else f"https://{host}"
        try:
            parts = urlsplit(url)
            scheme, name = (parts.scheme, parts.hostname or "") if parts.port != 0 else ("", "")
        except ValueError:
            scheme, name = "", ""
        if scheme not in ("http", "https") or not _HOST_NAME.fullmatch(name) or not set(url) <= _IN_HOSTS:
            # The part before an @ may be a password.
            shown = host.rpartition("@")[2]
            raise PineconeInputError(
                f"host must be a URL such as {DEFAULT_HOST}, without spaces, user or query, "
                f"got {shown!r:.120}."
            )
        if scheme == "http" and not self.allow_insecure_http and not is_loopback(name):
            raise PineconeInputError(
                f"host {host!r:.120} would receive the API key over plain http. Use https, or set "
                f"allow_insecure_http to true."
            )
        return url.rstrip("/")

    def headers(self, call: Call[Any]) -> dict[str, str]:
        """The headers of a request."""
        return {
            "Api-Key": self.api_key,
            "X-Pinecone-Api-Version": max(self.api_version, call.since),
            "User-Agent": f"airflow-provider-pinecone/{__version__}",
            "Accept": "application/json",
            # The only encoding that ``Body`` decodes.
            "Accept-Encoding": "gzip",
        }


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request, ready for any client."""

    method: str
    url: str
    content: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP response, from any client: decompressed, not parsed."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


def _check_api_key(api_key: Any) -> None:
    """Refuse a key that does not fit into a header, without quoting it."""
    if not isinstance(api_key, str) or not api_key:
        raise PineconeInputError(
            "api_key is empty. Enter the project's key; the Pinecone console makes one, under API keys."
        )
    if not set(api_key) <= _VISIBLE:
        raise PineconeInputError(
            "api_key contains a space, a line break or a non-ASCII character. Copy it again."
        )


def is_loopback(host: str) -> bool:
    """Whether a host name can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def request_for(call: Call[Any], *, settings: Settings) -> Request:
    """The HTTP request for a call."""
    base_url = settings.base_url(settings.host if call.host is None else call.host)
    query = f"?{urlencode(call.query)}" if call.query else ""
    headers = settings.headers(call)
    content = None
    if call.body is not None:
        content = json.dumps(call.body).encode()
        headers["Content-Type"] = "application/json"
    return Request(method=call.method, url=f"{base_url}{call.path}{query}", content=content, headers=headers)


def read_answer(call: Call[T], answer: Answer, *, settings: Settings) -> T:
    """The value in a response. :raises PineconeError: if there is none."""
    # No error is raised while another one is handled, which quotes the response and would be chained.
    if answer.status >= 400:
        raise _refusal(call, answer, settings=settings)
    if not 200 <= answer.status < 300:
        raise PineconeForeignAnswerError(
            f"answered {answer.status}, which Pinecone never does. Check the host.",
            method=call.method,
            path=call.path,
        )
    if call.memo is not None and answer.content in call.memo:
        return call.memo[answer.content]
    try:
        payload = read_json(answer.content, api_key=settings.api_key) if answer.content else None
    except (ValueError, RecursionError):
        failure = _no_json(call, answer, settings=settings)
    else:
        value = _decoded(call, payload, status=answer.status, settings=settings)
        if call.memo is not None:
            call.memo.clear()
            call.memo[answer.content] = value
        return value
    raise failure


def _no_json(call: Call[Any], answer: Answer, *, settings: Settings) -> PineconeUnreadableAnswerError:
    kind = _told(answer.headers.get("content-type") or "no content type", settings=settings, most=60)
    error = PineconeUnreadableAnswerError if "json" in kind else PineconeForeignAnswerError
    return error(
        f"answered {answer.status} with {len(answer.content)} bytes of {kind} that are not JSON. "
        f"Check the host.",
        method=call.method,
        path=call.path,
    )


def _decoded(call: Call[T], payload: Any, *, status: int, settings: Settings) -> T:
    try:
        check_plain(payload)
        return call.decode(payload)
    except (ValueError, OverflowError) as error:
        complaint = _told(str(error), settings=settings, most=200)
    raise PineconeUnreadableAnswerError(
        f"answered {status} with something unexpected: {complaint}.", method=call.method, path=call.path
    )


def _refusal(call: Call[Any], answer: Answer, *, settings: Settings) -> errors.PineconeApiError:
    code, reason = _reason(answer.content, settings=settings)
    message = _told(reason, settings=settings, most=500) or "no message"
    return _error_type(answer.status, code=code, message=message)(
        message,
        method=call.method,
        path=call.path,
        status=answer.status,
        code=code and _told(code, settings=settings, most=60),
        retry_after=_seconds(answer.headers.get("retry-after")),
    )


_BY_STATUS: dict[int, type[errors.PineconeApiError]] = {
    400: errors.PineconeInvalidArgumentError,
    401: errors.PineconeAuthError,
    402: errors.PineconePaymentError,
    403: errors.PineconePermissionError,
    404: errors.PineconeNotFoundError,
    409: errors.PineconeAlreadyExistsError,
    412: errors.PineconePreconditionError,
    422: errors.PineconeInvalidArgumentError,
    429: errors.PineconeRateLimitedError,
}


_NOT_IN_PLAN = ("plan does not include backups", "not available for your plan")


def _error_type(status: int, *, code: str | None, message: str) -> type[errors.PineconeApiError]:
    if status >= 500:
        return errors.PineconeServerError
    if status == 403 and any(words in message for words in _NOT_IN_PLAN):
        return errors.PineconePlanError
    if status == 403 and (code == "QUOTA_EXCEEDED" or "quota" in message.lower()):
        return errors.PineconeQuotaError
    return _BY_STATUS.get(status, errors.PineconeApiError)


def _reason(content: bytes, *, settings: Settings) -> tuple[str | None, str]:
    """The code and message of an error: the control plane's JSON, the data plane's, or plain text."""
    # UTF-16 reads as UTF-8 with a zero after each letter, which would hide the key from its removal.
    text = "" if b"\0" in content else content.decode("utf-8", errors="replace")
    try:
        payload = read_json(content, api_key=settings.api_key)
    except (ValueError, RecursionError):
        return None, text
    error = payload.get("error", payload) if isinstance(payload, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return None, text
    code = error.get("code")
    return code if isinstance(code, str) else None, error["message"]


def _told(text: str, *, settings: Settings, most: int) -> str:
    """A server's text as one line of an error. The key is removed before the cut, which might halve it."""
    line = without_key(" ".join(text.split()), api_key=settings.api_key)[:most]
    return "".join(character if character.isprintable() else "?" for character in line)


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds, the only form that Pinecone sends."""
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return None
    return min(seconds, LONGEST_RETRY_AFTER) if 0 <= seconds < float("inf") else None
