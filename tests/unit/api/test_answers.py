"""An answer becomes a value or the error that fits, which says what happened and never the key."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.settings import Settings
from airflow_provider_pinecone.api.wire import Answer, read_answer

KEY = "pcsk_7Qx_0123456789abcdefghijklmnopqrstuvwxyz"
CALL = endpoints.describe_backup("bkp-1")


def answer(
    status: int,
    body: Any,
    *,
    headers: dict[str, str] | None = None,
    call: Call[Any] = CALL,
    settings: Settings | None = None,
) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_answer(
        call,
        Answer(status=status, headers=headers or {}, content=content),
        settings=settings or Settings(api_key=KEY),
    )


def refusal(status: int, body: Any, **more: Any) -> errors.PineconeApiError:
    with pytest.raises(errors.PineconeApiError) as caught:
        answer(status, body, **more)
    return caught.value


def said(code: str, message: str, *, status: int) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}, "status": status}


REFUSALS = [
    (400, "INVALID_ARGUMENT", "Backups from pod indexes are not supported", "InvalidArgument"),
    (401, "UNAUTHENTICATED", "Invalid API key.", "Auth"),
    (402, "PAYMENT_REQUIRED", "Request failed. Pay all past due invoices.", "Payment"),
    (
        403,
        "PERMISSION_DENIED",
        "Your organization's plan does not include backups. Upgrade your plan to create backups.",
        "Plan",
    ),
    (403, "PERMISSION_DENIED", "Scheduled backups are not available for your plan", "Plan"),
    (403, "FORBIDDEN", "Increase your quota or upgrade to create more backups.", "Quota"),
    (403, "FORBIDDEN", "Increase your quota or upgrade to create more indexes.", "Quota"),
    (403, "QUOTA_EXCEEDED", "Too many.", "Quota"),
    (
        403,
        "PERMISSION_DENIED",
        "Access denied: Permission control::backups::list is required",
        "Permission",
    ),
    (403, "FORBIDDEN", "Deletion protection is enabled for this index.", "Permission"),
    (404, "NOT_FOUND", "Backup bkp-1 not found.", "NotFound"),
    (409, "ALREADY_EXISTS", "Resource already exists.", "AlreadyExists"),
    (412, "FAILED_PRECONDITION", "Backup bkp-1 is not completed", "Precondition"),
    (422, "UNPROCESSABLE_ENTITY", "missing field `metric` at line 1 column 16", "InvalidArgument"),
    (429, "QUOTA_EXCEEDED", "Slow down.", "RateLimited"),
    (429, "RESOURCE_EXHAUSTED", "Slow down.", "RateLimited"),
    (500, "INTERNAL", "Internal server error", "Server"),
    (503, "SERVICE_UNAVAILABLE", "Come back.", "Server"),
    (599, "UNKNOWN", "What?", "Server"),
]


@pytest.mark.parametrize(("status", "code", "message", "name"), REFUSALS)
def test_each_refusal_is_the_error_that_tells_what_to_do(
    status: int, code: str, message: str, name: str
) -> None:
    error = refusal(status, said(code, message, status=status))
    assert type(error).__name__ == f"Pinecone{name}Error"
    assert (error.status, error.code, error.message) == (status, code, message)
    assert (error.method, error.path) == ("GET", "/backups/bkp-1")
    what, _, request = str(error).partition(" (GET /backups/bkp-1: ")
    assert request.startswith(f"{status} {code}")
    assert request.endswith(").")
    assert message.removesuffix(".") in str(error)
    assert what
    assert "\n" not in str(error)


SAID = [
    (400, "Not this.", "Not this (GET /backups/bkp-1: 400 CODE)."),
    (
        401,
        "Invalid API key.",
        "The API key of connection backups was refused: check it, and that it belongs to the project "
        "(GET /backups/bkp-1: 401 CODE: Invalid API key).",
    ),
    (
        403,
        "Increase your quota.",
        "Increase your quota. Delete old ones, or have the quota raised (GET /backups/bkp-1: 403 CODE).",
    ),
    (
        404,
        "Not found.",
        "There is no backup bkp-1 in the project of connection backups "
        "(GET /backups/bkp-1: 404 CODE: Not found).",
    ),
    (429, "Slow down!", "Pinecone asks for fewer requests: Slow down! (GET /backups/bkp-1: 429 CODE)."),
    (503, "Come back.", "Pinecone failed: Come back (GET /backups/bkp-1: 503 CODE)."),
]


@pytest.mark.parametrize(("status", "message", "line"), SAID)
def test_an_error_says_what_it_means_first_and_the_request_last(status: int, message: str, line: str) -> None:
    settings = Settings(api_key=KEY, source="connection backups")
    error = refusal(status, said("CODE", message, status=status), settings=settings)
    assert str(error) == line


def test_an_error_without_a_known_connection_names_none() -> None:
    assert str(refusal(404, {})).startswith("There is no backup bkp-1 in the project (GET /backups/bkp-1: ")
    assert str(refusal(401, {})).startswith("The API key was refused: ")


@pytest.mark.parametrize(
    ("call", "subject"),
    [
        (endpoints.create_backup("movies"), "index movies"),
        (endpoints.list_backups("movies"), "index movies"),
        (endpoints.create_index_from_backup("bkp-1", name="x"), "backup bkp-1"),
        (endpoints.describe_restore_job("job-1"), "restore job job-1"),
        (endpoints.delete_backup_schedule("s-1"), "backup schedule s-1"),
    ],
)
def test_what_is_not_found_is_named(call: Call[Any], subject: str) -> None:
    assert str(refusal(404, {}, call=call)).startswith(f"There is no {subject} in the project (")


@pytest.mark.parametrize("call", [endpoints.list_backups(), endpoints.describe_index_stats("x.example")])
def test_where_nothing_is_named_the_api_tells_what_is_not_found(call: Call[Any]) -> None:
    error = refusal(404, {"code": 5, "message": "Namespace not found"}, call=call)
    assert str(error) == f"Namespace not found ({call.method} {call.path}: 404)."


@pytest.mark.parametrize("status", [405, 408, 410, 418, 451])
def test_a_refusal_that_nobody_knows_is_an_api_error_all_the_same(status: int) -> None:
    error = refusal(status, said("TEAPOT", "No.", status=status))
    assert type(error) is errors.PineconeApiError
    assert not error.passing


def test_a_plan_and_a_quota_are_matters_of_permission() -> None:
    assert issubclass(errors.PineconePlanError, errors.PineconePermissionError)
    assert issubclass(errors.PineconeQuotaError, errors.PineconePermissionError)


def test_only_faults_of_the_moment_are_passing() -> None:
    passing = {
        status
        for status, code, message, _ in REFUSALS
        if refusal(status, said(code, message, status=status)).passing
    }
    assert passing == {429, 500, 503, 599}


def test_only_a_server_that_failed_may_have_acted() -> None:
    acted = {
        status
        for status, code, message, _ in REFUSALS
        if refusal(status, said(code, message, status=status)).may_have_acted
    }
    assert acted == {500, 503, 599}


def test_a_wrong_key_is_said_in_plain_text_since_2026_07() -> None:
    error = refusal(401, b"Invalid API key", headers={"content-type": "text/plain"})
    assert isinstance(error, errors.PineconeAuthError)
    assert (error.code, error.message) == (None, "Invalid API key")
    assert str(error).endswith("(GET /backups/bkp-1: 401: Invalid API key).")


def test_the_data_planes_errors_are_read_too() -> None:
    error = refusal(404, {"code": 5, "message": "Namespace not found", "details": []})
    assert isinstance(error, errors.PineconeNotFoundError)
    assert error.message == "Namespace not found"


def test_a_gateways_html_is_told_in_one_short_line() -> None:
    page = b"<html>\n<head><title>502 Bad Gateway</title></head>\n" + b"<p>x</p>\n" * 1000
    error = refusal(502, page)
    assert isinstance(error, errors.PineconeServerError)
    assert error.message.startswith("<html> <head><title>502 Bad Gateway")
    assert len(str(error)) < 600


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"no"', b"{}", b'{"error": "no"}', b'{"error": {}}', b'{"error": {"message": 1}}'],
)
def test_an_error_without_a_message_is_still_one_line(body: bytes) -> None:
    error = refusal(404, body)
    assert isinstance(error, errors.PineconeNotFoundError)
    assert error.message


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"[" * 100_000, b'{"error": {"code": 1, "message": "x"}}'])
def test_a_garbled_error_keeps_its_status(body: bytes) -> None:
    error = refusal(500, body)
    assert (error.status, error.code) == (500, None)


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("0", 0.0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_seconds(sent: str, seconds: float | None) -> None:
    assert refusal(429, {}, headers={"retry-after": sent}).retry_after == seconds


def test_without_retry_after_there_is_none() -> None:
    assert refusal(429, {}).retry_after is None


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_is_one(status: int) -> None:
    call = endpoints.create_index_from_backup("bkp-1", name="restored")
    assert answer(status, {"restore_job_id": "j", "index_id": "i"}, call=call).restore_job_id == "j"


@pytest.mark.parametrize("body", [b"", b"{}", b"null"])
def test_a_deletion_needs_no_body(body: bytes) -> None:
    assert answer(202, body, call=endpoints.delete_backup("bkp-1")) is None


@pytest.mark.parametrize(
    ("status", "body", "complaint"),
    [
        (200, b"<html>It works!</html>", "bytes of text/html that are not JSON. Check the host"),
        (200, b'{"backup_id": "bk', "not JSON"),
        (200, b"[" * 100_000, "not JSON"),
        (200, b"\xff\xfe\x00", "not JSON"),
        (200, b"", "expected a backup, got NoneType"),
        (200, b"[]", "expected a backup, got list"),
        (200, b"{}", "expected a string as backup_id of a backup, got None"),
        (302, b"", "answered 302, which Pinecone never does. Check the host"),
        (304, b"", "answered 304"),
        (101, b"", "answered 101"),
    ],
)
def test_what_is_not_pinecones_answer_is_said_to_be_unreadable(
    status: int, body: bytes, complaint: str
) -> None:
    with pytest.raises(errors.PineconeUnreadableAnswerError, match=complaint) as caught:
        answer(status, body, headers={"content-type": "text/html"})
    assert str(caught.value).endswith(" (GET /backups/bkp-1).")
    assert (caught.value.passing, caught.value.may_have_acted) == (True, True)


ECHOES: list[tuple[int, bytes, dict[str, str]]] = [
    (401, f"Invalid API key {KEY}".encode(), {}),
    (403, json.dumps(said("FORBIDDEN", f"key {KEY} may not", status=403)).encode(), {}),
    (403, json.dumps(said(KEY, "no", status=403)).encode(), {}),
    (500, json.dumps({"headers": {"Api-Key": KEY}}).encode(), {}),
    (500, b"x" * 470 + KEY.encode() + b"y" * 3000, {}),
    (500, b" " * 1970 + KEY.encode(), {}),
    (200, f"<html>{KEY}</html>".encode(), {"content-type": f"text/{KEY}"}),
    (200, b"<html>", {"content-type": "x" * 40 + KEY}),
    (200, json.dumps({"backup_id": [KEY]}).encode(), {}),
    (200, json.dumps({"backup_id": ["x" * 40, KEY]}).encode(), {}),
]


@pytest.mark.parametrize(("status", "body", "headers"), ECHOES)
def test_a_server_that_echoes_the_key_does_not_bring_it_into_the_error(
    status: int, body: bytes, headers: dict[str, str]
) -> None:
    with pytest.raises(errors.PineconeError) as caught:
        answer(status, body, headers=headers)
    told = f"{caught.value!s} {caught.value!r} {vars(caught.value)}"
    # Not even a part of it, as where a text was cut in its middle.
    assert KEY[:12] not in told


@given(
    before=st.text(string.printable, max_size=600),
    after=st.text(string.printable, max_size=50),
    status=st.sampled_from([200, 302, 400, 403, 500]),
)
def test_wherever_the_key_stands_in_a_body_it_is_not_told(before: str, after: str, status: int) -> None:
    with pytest.raises(errors.PineconeError) as caught:
        answer(status, f"{before}{KEY}{after}".encode())
    assert KEY[:12] not in f"{caught.value!s} {vars(caught.value)}"


@given(status=st.integers(100, 599), body=st.binary(max_size=60))
def test_no_answer_raises_anything_but_the_projects_own_errors(status: int, body: bytes) -> None:
    with pytest.raises(errors.PineconeError):
        answer(status, body)


def test_a_call_with_a_memo_decodes_the_same_bytes_once() -> None:
    decoded: list[Any] = []
    call: Call[Any] = Call(
        method="GET", path="/backups", decode=lambda payload: decoded.append(payload), memo={}
    )
    for body in ({"data": [1]}, {"data": [1]}, {"data": [2]}, {"data": [1]}):
        answer(200, body, call=call)
    assert decoded == [{"data": [1]}, {"data": [2]}, {"data": [1]}]
