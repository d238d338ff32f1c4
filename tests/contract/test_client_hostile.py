"""Both clients against servers that drip, flood, lie and echo: an error of ours in time, and no key in it."""

from __future__ import annotations

import gzip
import logging
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.body import LARGEST_ANSWER
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.unlogged import LIBRARIES
from airflow_provider_pinecone.api.wire import Settings
from tests.contract.clients import KINDS, Client, connected
from tests.contract.hostile import Hostile, drip, hostile
from tests.leaks import chain_of

KEY = "pcsk_must_not_travel"
READ = endpoints.list_indexes()
CREATION = endpoints.create_backup("docs")
BODY = b'{"indexes": []}'
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = OK + b"Content-Length: 15\r\n\r\n" + BODY
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MEBIBYTE = 1024 * 1024


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that is logged, also by loggers that Airflow keeps quiet."""
    for logger in (None, *LIBRARIES):
        caplog.set_level(logging.DEBUG, logger=logger)
    return caplog


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def client_of(kind: str, server: Hostile, **more: Any) -> Any:
    limits = {"read_timeout": 0.2, "answer_timeout": 0.3, **more}
    return connected(
        kind, Settings(api_key=KEY, host=server.url, **limits), retry_policy=RetryPolicy(attempts=1)
    )


def outcome(client: Client, call: endpoints.Call[Any] = READ) -> Any:
    """What a call returns or raises; in neither may the key be seen."""
    ended: Any
    try:
        ended = client.send(call)
    except errors.PineconeError as error:
        ended = error
    assert KEY not in repr(ended)
    if isinstance(ended, errors.PineconeError):
        assert KEY not in f"{ended} {vars(ended)}"
        assert chain_of(ended) == [ended], "a library's error, which knows the request, is chained"
    return ended


def in_chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


# For whoever waits for it long enough, each of these is a whole answer: 5 s of dripping.
DRIPS: dict[str, tuple[bytes, bytes, bytes]] = {
    "status line": (b"HTTP/1.1 200 ", b"O" * 250, WHOLE.removeprefix(b"HTTP/1.1 200 OK")),
    "header": (OK + b"X-Long: ", b"x" * 250, b"\r\nContent-Length: 15\r\n\r\n" + BODY),
    "body": (OK + b"Content-Length: 265\r\n\r\n", b" " * 250, BODY),
    "body without a length": (OK + b"\r\n", b" " * 250, BODY),
    "size of a chunk": (CHUNKED, b"0" * 250, b"f\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "chunk": (CHUNKED + b"109\r\n", b" " * 250, BODY + b"\r\n0\r\n\r\n"),
    "trailer": (CHUNKED + b"f\r\n" + BODY + b"\r\n0\r\nX-Long: ", b"x" * 250, b"\r\n\r\n"),
}


@pytest.mark.parametrize("part", DRIPS)
def test_an_answer_that_drips_ends_when_its_time_is_up(kind: str, part: str) -> None:
    with hostile(lambda: drip(*DRIPS[part])) as server, client_of(kind, server) as client:
        error = outcome(client, CREATION)
        assert isinstance(error, errors.PineconeTimeoutError)
        assert error.may_have_acted
        assert server.hung_up.wait(10), "the connection was kept"
    assert len(server.requests) == 1


def test_an_answer_that_is_for_ever_about_to_come_ends_when_its_time_is_up(kind: str) -> None:
    def soon() -> Iterator[bytes]:
        for _ in range(250):
            yield from drip(b"HTTP/1.1 100 Continue\r\n", b"\r", b"\n")
        yield WHOLE

    with hostile(soon) as server, client_of(kind, server) as client:
        assert isinstance(outcome(client), errors.PineconeTimeoutError)
        assert server.hung_up.wait(10), "the connection was kept"


def test_an_answer_that_comes_slowly_and_in_time_is_read(kind: str) -> None:
    with (
        hostile(lambda: drip(OK + b"Content-Length: 15\r\n\r\n", BODY)) as server,
        client_of(kind, server, answer_timeout=30.0) as client,
    ):
        assert client.send(READ) == ()


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """Some 250 KiB of gzip that hold 256 MiB, and 64 MiB in each 64 KiB."""
    return gzip.compress(bytes(256 * MEBIBYTE), compresslevel=9, mtime=0)


def flood(head: bytes, piece: bytes) -> Iterator[bytes]:
    """Send 256 MiB, or as much of it as the client takes."""
    yield head
    for _ in range(256 * MEBIBYTE // len(piece)):
        yield piece


ZEROS = bytes(MEBIBYTE)
FLOODS = {
    "length": lambda: flood(OK + b"Content-Length: 268435456\r\n\r\n", ZEROS),
    "no length": lambda: flood(OK + b"\r\n", ZEROS),
    "chunks": lambda: flood(CHUNKED, b"100000\r\n" + ZEROS + b"\r\n"),
    "a chunk of negative size": lambda: flood(CHUNKED + b"-1\r\n", ZEROS),
    "redirect": lambda: flood(b"HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n", ZEROS),
    "error": lambda: flood(b"HTTP/1.1 500 Oops\r\n\r\n", ZEROS),
    "headers": lambda: flood(OK, b"X-More: " + b"x" * 60_000 + b"\r\n"),
    "one header": lambda: flood(OK + b"X-More: ", ZEROS),
    "status line": lambda: flood(b"HTTP/1.1 200 ", ZEROS),
}


def peak_of(client: Client) -> tuple[Any, int]:
    """What a call ended with, and how many bytes were in use at most on the way there."""
    tracemalloc.start()
    try:
        return outcome(client), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("way", FLOODS)
def test_an_answer_that_does_not_end_is_not_kept(kind: str, way: str) -> None:
    with (
        hostile(FLOODS[way]) as server,
        client_of(kind, server, read_timeout=30.0, answer_timeout=30.0) as client,
    ):
        error, peak = peak_of(client)
        assert isinstance(error, errors.PineconeTransportError)
        assert not isinstance(error, errors.PineconeTimeoutError)
        assert server.hung_up.wait(10), "the connection was kept"
    assert peak < 2.5 * LARGEST_ANSWER


@pytest.mark.parametrize("packing", ["gzip", "GZIP", "gzip, gzip", "deflate", "br", "zstd", "chicken"])
def test_a_bomb_does_not_go_off(kind: str, packing: str, bomb: bytes) -> None:
    head = f"Content-Encoding: {packing}\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with (
        hostile(lambda: [OK + head + bomb]) as server,
        client_of(kind, server, read_timeout=30.0, answer_timeout=30.0) as client,
    ):
        error, peak = peak_of(client)
    assert isinstance(error, errors.PineconeUnreadableAnswerError)
    assert ("more than 32 MiB" if packing.lower() == "gzip" else "not asked for") in str(error)
    assert peak < 2.5 * LARGEST_ANSWER


def test_a_bomb_in_a_redirect_does_not_go_off_either(kind: str, bomb: bytes) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    with (
        hostile(lambda: [head % len(bomb) + bomb]) as server,
        client_of(kind, server, read_timeout=30.0, answer_timeout=30.0) as client,
    ):
        error, peak = peak_of(client)
    assert isinstance(error, errors.PineconeUnreadableAnswerError)
    assert peak < 2.5 * LARGEST_ANSWER


def test_the_largest_answer_is_read(kind: str) -> None:
    body = BODY + b" " * (LARGEST_ANSWER - len(BODY))
    packed = gzip.compress(body)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with (
        hostile(lambda: [head + packed]) as server,
        client_of(kind, server, read_timeout=30.0, answer_timeout=30.0) as client,
    ):
        assert client.send(READ) == ()


GZIPPED = gzip.compress(BODY)
GOOD = {
    "length": WHOLE,
    "chunks": CHUNKED + in_chunks(BODY),
    "chunks and a trailer": CHUNKED + in_chunks(BODY).removesuffix(b"\r\n") + b"X-Sum: 1\r\n\r\n",
    "gzip": OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(GZIPPED) + GZIPPED,
    "gzip in chunks": OK + b"Content-Encoding: gzip\r\n" + CHUNKED.removeprefix(OK) + in_chunks(GZIPPED),
    "after a word that it is coming": b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
}
EMPTY = {
    "nothing": b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "no chunks": b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "nothing in gzip": b"HTTP/1.1 202 Accepted\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("way", [*GOOD, *EMPTY])
def test_after_a_good_answer_the_connection_is_used_again(kind: str, way: str) -> None:
    answer = (GOOD | EMPTY)[way]
    call: endpoints.Call[Any] = READ if way in GOOD else endpoints.delete_index("docs")
    with hostile(lambda: [answer], stays=True) as server, client_of(kind, server) as client:
        for _ in range(3):
            assert client.send(call) == (() if way in GOOD else None)
    assert (len(server.requests), server.connections) == (3, 1)


def test_a_belated_answer_is_not_taken_for_that_to_the_next_call(kind: str) -> None:
    def hint_and_answer() -> Iterator[bytes]:
        yield b"HTTP/1.1 103 Early Hints\r\n\r\n"
        time.sleep(0.1)
        yield WHOLE.replace(b"15", b"12").replace(BODY, b'{"stale": 1}')

    answers = iter([hint_and_answer(), [WHOLE]])
    with hostile(lambda: next(answers), stays=True) as server, client_of(kind, server) as client:
        assert isinstance(outcome(client), errors.PineconeUnreadableAnswerError)
        assert client.send(READ) == ()


def test_cookies_are_not_kept(kind: str) -> None:
    cookies = b"Set-Cookie: a=1\r\nSet-Cookie: b=2; Path=/; Domain=127.0.0.1\r\n"
    with (
        hostile(lambda: [WHOLE.replace(b"\r\n", b"\r\n" + cookies, 1)], stays=True) as server,
        client_of(kind, server) as client,
    ):
        client.send(READ)
        client.send(READ)
    assert len(server.requests) == 2
    assert not [request for request in server.requests if b"cookie" in request.lower()]


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
    kind: str, call: endpoints.Call[Any], logged: pytest.LogCaptureFixture
) -> None:
    answers: list[bytes] = [b""]
    with (
        hostile(lambda: answers) as server,
        client_of(kind, server) as client,
    ):

        @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
        @given(garbled() | st.binary(max_size=200))
        def send(answer: bytes) -> None:
            answers[0] = answer
            outcome(client, call)

        send()
    assert KEY not in logged.text
