"""Answers as they go over the wire, good ones and none, and what a client makes of them."""

from __future__ import annotations

import gzip
from contextlib import AbstractContextManager
from typing import Any

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.settings import Settings
from tests.contract.clients import Client, connected
from tests.contract.hostile import Hostile
from tests.leaks import chain_of

KEY = "pcsk_must_not_travel"
READ = endpoints.list_indexes()
CREATION = endpoints.create_backup("docs")
BODY = b'{"indexes": []}'
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = OK + b"Content-Length: 15\r\n\r\n" + BODY
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def in_chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


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


def client_of(kind: str, server: Hostile, **more: Any) -> AbstractContextManager[Client]:
    """A client of either kind that tries once, and waits briefly."""
    limits = {"read_timeout": 0.2, "answer_timeout": 0.3, **more}
    return connected(
        kind, Settings(api_key=KEY, host=server.url, **limits), retry_policy=RetryPolicy(attempts=1)
    )


def outcome(client: Client, call: Call[Any] = READ) -> Any:
    """What a call returns or raises. No error may show the key."""
    ended: Any
    try:
        ended = client.send(call)
    except errors.PineconeError as error:
        ended = error
    if isinstance(ended, errors.PineconeError):
        assert KEY not in f"{ended} {ended!r} {vars(ended)}"
        assert chain_of(ended) == [ended], "a library's error, which knows the request, is chained"
    return ended
