"""Both clients meet servers that drip and flood: an error of ours in time, and the next answer is its own."""

from __future__ import annotations

import gc
import gzip
import json
import threading
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.async_client import LARGEST_ON_LOOP
from airflow_provider_pinecone.api.body import LARGEST_ANSWER, LARGEST_RECORDS, Body
from airflow_provider_pinecone.api.call import Call
from tests.contract.answers import BODY, CHUNKED, CREATION, EMPTY, GOOD, OK, READ, WHOLE, client_of, outcome
from tests.contract.clients import KINDS, Client
from tests.contract.hostile import drip, hostile

MEBIBYTE = 1024 * 1024


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


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
    assert peak < 2.5 * LARGEST_RECORDS


@pytest.mark.parametrize("packing", ["gzip", "GZIP", "gzip, gzip", "deflate", "br", "zstd", "chicken"])
def test_a_bomb_does_not_go_off(kind: str, packing: str, bomb: bytes) -> None:
    head = f"Content-Encoding: {packing}\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with (
        hostile(lambda: [OK + head + bomb]) as server,
        client_of(kind, server, read_timeout=30.0, answer_timeout=30.0) as client,
    ):
        error, peak = peak_of(client)
    assert isinstance(error, errors.PineconeUnreadableAnswerError)
    assert ("more than 4 MiB" if packing.lower() == "gzip" else "not requested") in str(error)
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


LARGEST = [(READ, LARGEST_ANSWER), (endpoints.fetch_vectors("HOST", ids=["a"]), LARGEST_RECORDS)]


@pytest.mark.parametrize(("call", "most"), LARGEST, ids=["control plane", "index"])
def test_the_largest_answer_is_read(kind: str, call: Call[Any], most: int) -> None:
    body = b'{"indexes": [], "vectors": {}}'
    bodies = [body + b" " * (most - len(body)), body + b" " * (most - len(body) + 1)]
    packed = iter(map(gzip.compress, bodies))
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    with (
        hostile(lambda: [head % len(one := next(packed)) + one]) as server,
        client_of(kind, server, read_timeout=30.0, answer_timeout=30.0) as client,
    ):
        if call.host is not None:
            call = replace(call, host=server.url)
        assert not client.send(call)
        error = outcome(client, call)
    assert isinstance(error, errors.PineconeUnreadableAnswerError)
    assert str(error).startswith(f"The response has more than {most // MEBIBYTE} MiB (GET /")


def test_no_error_keeps_the_answer_that_it_is_about(kind: str) -> None:
    wrong = json.dumps({"indexes": [{"name": ["x" * 100] * 30_000}]}).encode()
    head = OK + b"Content-Length: %d\r\n\r\n" % len(wrong)
    with (
        hostile(lambda: [head + wrong]) as server,
        client_of(kind, server, read_timeout=30.0, answer_timeout=30.0) as client,
    ):
        outcome(client)  # what is loaded once
        tracemalloc.start()
        try:
            error = outcome(client)
            gc.collect()
            kept = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    assert isinstance(error, errors.PineconeUnreadableAnswerError)
    assert kept < 500_000 < len(wrong)


@pytest.mark.parametrize("host", [None, "an index"])
@pytest.mark.parametrize("size", [LARGEST_ON_LOOP, LARGEST_ON_LOOP + 1])
def test_what_takes_long_to_read_does_not_hold_up_the_event_loop(
    host: str | None, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = BODY + b" " * (size - len(BODY))
    packed = gzip.compress(body)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    unpacked_in, decoded_in = set(), set()

    def add(self: Body, piece: bytes, add: Any = Body.add) -> None:
        unpacked_in.add(threading.get_ident())
        add(self, piece)

    monkeypatch.setattr(Body, "add", add)
    with hostile(lambda: [head + packed]) as server, client_of("httpx", server, read_timeout=30.0) as client:
        call: Call[Any] = Call(
            method="GET",
            path="/x",
            host=host and server.url,
            decode=lambda payload: decoded_in.add(threading.get_ident()),
        )
        client.send(call)
    loop = threading.get_ident()
    # A few bytes of an index's answer may unpack to 32 MiB.
    assert (loop in unpacked_in) is (host is None)
    assert (loop in decoded_in) is (size <= LARGEST_ON_LOOP)


@pytest.mark.parametrize("way", [*GOOD, *EMPTY])
def test_after_a_good_answer_the_connection_is_used_again(kind: str, way: str) -> None:
    answer = (GOOD | EMPTY)[way]
    call: Call[Any] = READ if way in GOOD else endpoints.delete_index("docs")
    with hostile(lambda: [answer], stays=True) as server, client_of(kind, server) as client:
        for _ in range(3):
            assert client.send(call) == (() if way in GOOD else None)
    assert (len(server.requests), server.connections) == (3, 1)


def test_a_connection_is_kept_from_look_to_look(kind: str) -> None:
    with hostile(lambda: [WHOLE], stays=True) as server, client_of(kind, server) as client:
        client.send(READ)
        time.sleep(5.5)  # httpx by itself keeps one for five seconds
        client.send(READ)
    assert server.connections == 1


def test_a_belated_answer_is_not_taken_for_that_to_the_next_call(kind: str) -> None:
    def hint_and_answer() -> Iterator[bytes]:
        yield b"HTTP/1.1 103 Early Hints\r\n\r\n"
        time.sleep(0.1)
        yield WHOLE.replace(b"15", b"12").replace(BODY, b'{"stale": 1}')

    answers = iter([hint_and_answer(), [WHOLE]])
    with (
        hostile(lambda: next(answers), stays=True) as server,
        client_of(kind, server, read_timeout=30.0, answer_timeout=30.0) as client,
    ):
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
