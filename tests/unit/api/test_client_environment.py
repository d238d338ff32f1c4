"""What the environment says of proxies and certificates goes for the host it is meant for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import pytest
import requests
import requests.adapters

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.async_client import AsyncPineconeClient
from airflow_provider_pinecone.api.client import PineconeClient
from airflow_provider_pinecone.api.errors import PineconeConnectionError, PineconeInputError
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.settings import Settings

PROXY = "http://proxy.example:3128"
HERE, PINECONE, DATA = "http://127.0.0.1:5081", "https://api.pinecone.io", "https://movies.svc.pinecone.io"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[PineconeClient]:
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    settings = Settings(api_key="pcsk_secret")
    with closing(PineconeClient(settings, retry_policy=RetryPolicy(attempts=1))) as client:
        yield client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What requests was asked to send, and with what; nothing is sent."""
    sent: list[dict[str, Any]] = []

    def send(self: Any, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        sent.append({"url": request.url, "headers": dict(request.headers), **kwargs})
        raise requests.ConnectionError

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    return sent


def ask(client: PineconeClient, host: str) -> None:
    with pytest.raises(PineconeConnectionError):
        client.send(endpoints.describe_index_stats(host=host))


def test_each_host_has_its_own_proxy(
    client: PineconeClient, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "movies.svc.pinecone.io")
    for host in (PINECONE, DATA, HERE, PINECONE):
        ask(client, host)
    assert [one["proxies"].get("https") for one in sent] == [PROXY, None, None, PROXY]
    assert [dict(one["proxies"]) for one in sent][2] == {}


def test_certificates_are_those_that_the_environment_names(
    client: PineconeClient, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(client, PINECONE)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/our-own.pem")
    ask(client, DATA)
    assert [one["verify"] for one in sent] == [True, "/etc/our-own.pem"]


def test_no_password_is_taken_from_a_netrc(
    client: PineconeClient, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.pinecone.io login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    ask(client, PINECONE)
    assert "Authorization" not in sent[0]["headers"]


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "ftp://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_one_is_bad_input(
    client: PineconeClient, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    async def ask_async() -> None:
        async with aclosing(AsyncPineconeClient(client.settings, retry_policy=client.retry_policy)) as other:
            await other.send(endpoints.list_indexes())

    for ask_either in (lambda: client.send(endpoints.list_indexes()), lambda: asyncio.run(ask_async())):
        with pytest.raises(PineconeInputError, match="a proxy in the environment"):
            ask_either()
