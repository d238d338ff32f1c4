"""Every kind of connection that requests opens bounds its answers, and leaves a socket as it found it."""

from __future__ import annotations

import socket
from http.client import HTTPResponse
from typing import Any

import pytest
import requests

from airflow_provider_pinecone.api.bounded import BoundedAdapter

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def response_through(adapter: Any, url: str, sock: socket.socket, **proxies: str) -> HTTPResponse:
    """The response that a connection to this URL makes of what comes from a socket."""
    request = requests.Request("GET", url).prepare()
    pool = adapter.get_connection_with_tls_context(request, verify=True, proxies=proxies)
    connection = pool.ConnectionCls("api.pinecone.io")
    response: HTTPResponse = connection.response_class(sock)
    return response


@pytest.mark.parametrize("url", ["https://api.pinecone.io", "http://127.0.0.1:5081"])
@pytest.mark.parametrize("proxies", [{}, {"all": "http://proxy.example:3128"}])
def test_an_answer_whose_time_is_up_ends_on_every_way_to_the_host(url: str, proxies: dict[str, str]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(ANSWER)
        late = response_through(BoundedAdapter(seconds=1e-9), url, ours, **proxies)
        with pytest.raises(TimeoutError):
            late.begin()
        in_time = response_through(BoundedAdapter(seconds=60), url, ours, **proxies)
        in_time.begin()
        assert in_time.read() == b"{}"


def test_the_next_request_has_the_sockets_own_timeout_again() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(60)
        theirs.sendall(ANSWER)
        response = response_through(BoundedAdapter(seconds=5), "https://api.pinecone.io", ours)
        response.begin()
        assert ours.gettimeout() == 60
