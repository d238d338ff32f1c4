"""Both clients meet answers that are none, or hold the API key: an error of ours, and no key in any log."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.body import Body
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.unlogged import LIBRARIES
from tests.contract.answers import (
    BODY,
    CHUNKED,
    CREATION,
    EMPTY,
    GOOD,
    GZIPPED,
    KEY,
    OK,
    READ,
    WHOLE,
    client_of,
    outcome,
)
from tests.contract.clients import KINDS
from tests.contract.hostile import hostile


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that is logged, also by loggers that Airflow keeps quiet."""
    for logger in (None, *LIBRARIES):
        caplog.set_level(logging.DEBUG, logger=logger)
    return caplog


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# Half a body, lies about lengths, statuses that are none, redirects to nowhere, headers that are none.
NONSENSE = [
    b"",
    b"\r\n" * 100,
    b"\0" * 1000,
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 OK 200\r\n\r\n",
    b"HTTP/1.1 000 No\r\n\r\n",
    b"HTTP/1.1 99 No\r\n\r\n",
    b"HTTP/1.1 999 No\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\n\r\n" + BODY,
    b"HTTP/1.1 -200 OK\r\n\r\n" + BODY,
    b"HTTP/9.9 200 OK\r\n\r\n" + BODY[:3],
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chicken\r\n\r\n" + BODY,
    b"HTTP/1.1 204 No Content\r\nContent-Length: 15\r\n\r\n" + BODY,
    b"HTTP/1.1 304 Not Modified\r\n\r\n",
    *(
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + place + b"\r\n\r\n"
        for place in (
            b"",
            b"/",
            b"http://[",
            b"ftp://a/",
            b"//x:99999999/",
            b"http:",
            b"\xff\xfe",
            b"x" * 60_000,
        )
    ),
    OK + b"Content-Length: 16\r\n\r\n" + BODY,
    OK + b"Content-Length: -1\r\n\r\n" + BODY[:3],
    OK + b"Content-Length: chicken\r\n\r\n" + BODY[:3],
    OK + b"Content-Length: 99999999999999999999999999\r\n\r\n" + BODY,
    OK + b"Content-Length: 15\r\nContent-Length: 16\r\n\r\n" + BODY,
    OK + b"no header\r\nContent-Length: 15\r\n\r\n" + BODY[:3],
    OK + b": no name\r\nContent-Length: 15\r\n\r\n" + BODY[:3],
    OK + b"X: " + b"x" * 200_000 + b"\r\nContent-Length: 15\r\n\r\n" + BODY,
    OK + b"X: y\r\n" * 20_000 + b"\r\n",
    OK + b"Content-Type: application/json; charset=utf-7\r\nContent-Length: 7\r\n\r\n+ADw-x>",
    OK + b"Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\n" + BODY,
    OK + b"Content-Encoding: gzip\r\n\r\n" + GZIPPED[:-4],
    OK + b"Content-Encoding: gzip\r\n\r\n" + GZIPPED + b"more",
    CHUNKED + b"f\r\n" + BODY,
    CHUNKED + b"f\r\n" + BODY + b"\r\n",
    CHUNKED + b"-5\r\n" + BODY,
    CHUNKED + b"chicken\r\n" + BODY,
    CHUNKED + b"ffffffffffffffffffff\r\n" + BODY,
    OK + b"Transfer-Encoding: chicken\r\n\r\n" + BODY[:3],
]


@pytest.mark.parametrize("number", range(len(NONSENSE)))
def test_nonsense_is_told_as_an_answer_that_cannot_be_read(kind: str, number: int) -> None:
    with hostile(lambda: [NONSENSE[number]]) as server, client_of(kind, server) as client:
        error = outcome(client, CREATION)
    assert isinstance(error, errors.PineconeTransportError | errors.PineconeServerError)
    assert error.may_have_acted
    assert len(server.requests) == 1


ESCAPED = "".join(f"\\u{ord(character):04x}" for character in KEY)
ECHOES = [
    f"HTTP/1.1 200 {KEY}\r\nContent-Length: 15\r\n\r\n{BODY.decode()}",
    f"HTTP/1.1 200 {KEY}\r\nContent-Length: 1\r\n\r\n.",
    f"HTTP/1.1 {KEY} OK\r\n\r\n",
    f"{KEY} 200 OK\r\n\r\n",
    f"HTTP/1.1 500 {KEY}\r\nContent-Length: 20\r\n\r\n{KEY}",
    f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n",
    f"HTTP/1.1 200 OK\r\nX-Fine: 1\r\n {KEY}\r\n: {KEY}\r\n{KEY} : {KEY}\r\n\r\n",
    f"HTTP/1.1 200 OK\r\n{KEY}: {KEY}\r\nSet-Cookie: {KEY}={KEY}\r\nContent-Length: 1\r\n\r\n.",
    f"HTTP/1.1 302 Found\r\nLocation: http://{KEY}@[{KEY}/\r\n\r\n",
    f"HTTP/1.1 302 Found\r\nLocation: {KEY}://{KEY}:{KEY}/{KEY}\r\n\r\n",
    f"HTTP/1.1 429 Slow\r\nRetry-After: {KEY}\r\nContent-Length: 0\r\n\r\n",
    f"HTTP/1.1 200 OK\r\nContent-Length: {KEY}\r\n\r\n",
    f"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: {KEY}\r\n\r\n",
    f"HTTP/1.1 200 OK\r\nContent-Encoding: {KEY}\r\nContent-Length: 1\r\n\r\n.",
    f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {KEY}\r\n\r\n",
    f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n",
    f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;{KEY}\r\n.\r\n0\r\n{KEY}: {KEY}\r\n\r\n",
    f"HTTP/1.1 200 OK\r\nContent-Type: text/{KEY}\r\nContent-Length: 20\r\n\r\n{KEY}",
    f'HTTP/1.1 200 OK\r\n\r\n{{"indexes": "{ESCAPED}"}}',
    f'HTTP/1.1 403 No\r\n\r\n{{"error": {{"code": "{ESCAPED}", "message": "{ESCAPED}"}}}}',
]


@pytest.mark.parametrize("number", range(len(ECHOES)))
def test_a_key_that_is_sent_back_is_in_no_error_and_in_no_log(
    kind: str, number: int, logged: pytest.LogCaptureFixture
) -> None:
    with (
        hostile(lambda: [ECHOES[number].encode()]) as server,
        client_of(kind, server) as client,
    ):
        outcome(client)
    assert len(server.requests) == 1
    assert KEY not in logged.text


def test_what_nobody_foresaw_in_a_library_is_an_error_of_ours_too(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(body: Body, piece: bytes) -> None:
        raise RuntimeError(KEY)

    monkeypatch.setattr(Body, "add", stumble)
    with hostile(lambda: [WHOLE]) as server, client_of(kind, server) as client:
        error = outcome(client, CREATION)
    assert type(error) is errors.PineconeTransportError
    assert error.may_have_acted


def test_what_others_log_with_the_same_libraries_is_still_logged(logged: pytest.LogCaptureFixture) -> None:
    for name in LIBRARIES:
        logging.getLogger(name).debug("of others")
    assert logged.messages == ["of others"] * len(LIBRARIES)


WELL_FORMED = [*GOOD.values(), *EMPTY.values(), *(answer for answer in NONSENSE if len(answer) < 1000)]


@st.composite
def garbled(draw: st.DrawFn) -> bytes:
    """An answer with some of its bytes changed, dropped or doubled; or any bytes."""
    answer = bytearray(draw(st.sampled_from(WELL_FORMED)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(answer)))
        upto = draw(st.integers(at, min(len(answer), at + 20)))
        replacement: Iterable[int] = draw(
            st.binary(max_size=8)
            | st.sampled_from(
                [b"\r\n", b"\r\n\r\n", b": ", b"0", b"-", b"HTTP/1.1 100 \r\n\r\n", KEY.encode()]
            )
            | st.just(bytes(answer[at:upto]) * 3)
        )
        answer[at:upto] = replacement
    return bytes(answer)


@pytest.mark.parametrize("call", [READ, endpoints.delete_index("docs")])
def test_garbled_answers_end_in_a_value_or_an_error_of_ours(
    kind: str, call: Call[Any], logged: pytest.LogCaptureFixture
) -> None:
    answers: list[bytes] = [b""]
    with (
        hostile(lambda: answers) as server,
        client_of(kind, server) as client,
    ):

        @settings(max_examples=100)
        @given(garbled() | st.binary(max_size=200))
        def send(answer: bytes) -> None:
            answers[0] = answer
            outcome(client, call)

        send()
    assert KEY not in logged.text
