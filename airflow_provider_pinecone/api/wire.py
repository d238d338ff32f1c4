"""From a ``Call`` to an HTTP request, and from the response to a value or an error, for both clients."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from airflow_provider_pinecone.api import errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeForeignAnswerError, PineconeUnreadableAnswerError
from airflow_provider_pinecone.api.payload import check_plain, read_json
from airflow_provider_pinecone.api.redaction import one_line
from airflow_provider_pinecone.api.settings import HoldsKey, Settings

T = TypeVar("T")

LONGEST_RETRY_AFTER = 86_400.0
"""A day: longer than any useful wait, and short enough to add to any date."""


@dataclass(frozen=True, kw_only=True)
class Request(HoldsKey):
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


def host_of(call: Call[Any], *, settings: Settings) -> str:
    """The URL of the host that a call is sent to. :raises PineconeInputError: if it must not get the key."""
    return settings.base_url(settings.host if call.host is None else call.host)


def request_for(call: Call[Any], *, settings: Settings) -> Request:
    """The HTTP request for a call."""
    query = f"?{urlencode(call.query)}" if call.query else ""
    headers = settings.headers(call)
    content = None
    if call.body is not None:
        content = json.dumps(call.body).encode()
        headers["Content-Type"] = "application/json"
    url = f"{host_of(call, settings=settings)}{call.path}{query}"
    return Request(method=call.method, url=url, content=content, headers=headers)


def read_answer(call: Call[T], answer: Answer, *, settings: Settings) -> T:
    """The value in a response. :raises PineconeError: if there is none."""
    # No error is raised while another one is handled, which quotes the response and would be chained.
    if answer.status >= 400:
        raise _refusal(call, answer, settings=settings)
    if not 200 <= answer.status < 300:
        raise PineconeForeignAnswerError(
            f"The host answered {answer.status}, which Pinecone never does. Check the host",
            method=call.method,
            path=call.path,
        )
    if call.memo is not None and answer.content in call.memo:
        return call.memo[answer.content]
    try:
        payload = read_json(answer.content) if answer.content else None
    except (ValueError, RecursionError):
        failure = _no_json(call, answer)
    else:
        value = _decoded(call, payload, status=answer.status)
        if call.memo is not None:
            call.memo.clear()
            call.memo[answer.content] = value
        return value
    raise failure


def _no_json(call: Call[Any], answer: Answer) -> PineconeUnreadableAnswerError:
    kind = one_line(answer.headers.get("content-type") or "no content type", most=60)
    error = PineconeUnreadableAnswerError if "json" in kind else PineconeForeignAnswerError
    return error(
        f"The host answered {answer.status} with {len(answer.content)} bytes of {kind} that are not JSON. "
        f"Check the host",
        method=call.method,
        path=call.path,
    )


def _decoded(call: Call[T], payload: Any, *, status: int) -> T:
    try:
        check_plain(payload)
        return call.decode(payload)
    except (ValueError, OverflowError) as error:
        complaint = one_line(str(error), most=200)
    raise PineconeUnreadableAnswerError(
        f"Pinecone answered {status} with something unexpected: {complaint}",
        method=call.method,
        path=call.path,
    )


def _refusal(call: Call[Any], answer: Answer, *, settings: Settings) -> errors.PineconeApiError:
    code, message = _reason(answer.content)
    return _error_type(answer.status, code=code, message=message)(
        message,
        method=call.method,
        path=call.path,
        status=answer.status,
        code=code,
        retry_after=_seconds(answer.headers.get("retry-after")),
        subject=call.subject,
        source=settings.source,
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


def _reason(content: bytes) -> tuple[str | None, str]:
    """The code and message of an error: the control plane's JSON, the data plane's, or plain text."""
    # UTF-16 reads as UTF-8 with a zero after each letter, which would hide the key.
    text = "" if b"\0" in content else content.decode("utf-8", errors="replace")
    try:
        payload = read_json(content)
    except (ValueError, RecursionError):
        return None, text
    error = payload.get("error", payload) if isinstance(payload, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return None, text
    code = error.get("code")
    return code if isinstance(code, str) else None, error["message"]


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds, the only form that Pinecone sends."""
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return None
    return min(seconds, LONGEST_RETRY_AFTER) if 0 <= seconds < float("inf") else None
