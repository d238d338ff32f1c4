"""The key goes only where it may, and settings that cannot work are refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.settings import API_VERSIONS, Settings, is_loopback
from airflow_provider_pinecone.api.wire import Request, request_for

KEY = "pcsk_secret"


def request(call: Call[Any], **settings: Any) -> Request:
    return request_for(call, settings=Settings(api_key=KEY, **settings))


@pytest.mark.parametrize(
    ("host", "base_url"),
    [
        ("https://api.pinecone.io", "https://api.pinecone.io"),
        ("api.pinecone.io", "https://api.pinecone.io"),
        ("https://api.pinecone.io/", "https://api.pinecone.io"),
        ("https://proxy.example:8443/pinecone//", "https://proxy.example:8443/pinecone"),
        ("http://localhost:5081", "http://localhost:5081"),
        ("http://127.0.0.1:5081", "http://127.0.0.1:5081"),
        ("http://127.8.9.10", "http://127.8.9.10"),
        ("http://[::1]:5081", "http://[::1]:5081"),
        ("HTTPS://api.pinecone.io", "HTTPS://api.pinecone.io"),
        ("https://my_host-1.example.", "https://my_host-1.example."),
        ("https://10.0.0.1", "https://10.0.0.1"),
    ],
)
def test_a_host_becomes_the_url_to_add_paths_to(host: str, base_url: str) -> None:
    assert Settings(api_key=KEY, host=host).base_url(host) == base_url


@pytest.mark.parametrize(
    "host",
    [
        "",
        "https://",
        "http://:80",
        "ftp://api.pinecone.io",
        "file:///etc/passwd",
        "https://user:secret@api.pinecone.io",
        "https://user@api.pinecone.io",
        "https://:secret@api.pinecone.io",
        "https://api.pinecone.io?x=1",
        "https://api.pinecone.io#x",
        "https://api.pinecone.io:port",
        "https://api.pinecone.io:70000",
        "https://api.pinecone.io:0",
        "https://[::1",
        "https://api pinecone.io",
        "https://api.pinecone.io ",
        " https://api.pinecone.io",
        "https://api.pinecone.io\n",
        "https://api.pine\tcone.io",
        "https://api..pinecone.io",
        "https://.pinecone.io",
        "https://-",
        "https://" + "a" * 64 + ".io",
        "https://api.pinecone.io\\@evil.example",
        "https://ⓛocalhost",
        "https://{{ var.value.host }}",
    ],
)
def test_what_is_no_host_is_refused_with_its_name(host: str) -> None:
    with pytest.raises(PineconeInputError, match="host must be a URL such as"):
        Settings(api_key=KEY, host=host)


def test_a_password_in_a_host_is_not_shown() -> None:
    with pytest.raises(PineconeInputError, match=r"got 'api\.pinecone\.io'") as caught:
        Settings(api_key=KEY, host="https://user:hunter2@api.pinecone.io")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        "http://api.pinecone.io",
        "HTTP://api.pinecone.io",
        "http://10.0.0.1:5081",
        "http://0.0.0.0:5081",
        "http://192.168.0.1",
        "http://[fe80::1]",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://notlocalhost",
        "http://127.1",
        "http://2130706433",
    ],
)
def test_plain_http_is_refused_but_to_this_machine(host: str) -> None:
    with pytest.raises(PineconeInputError, match="would receive the API key over plain http"):
        Settings(api_key=KEY, host=host)


def test_plain_http_is_allowed_in_so_many_words() -> None:
    settings = Settings(api_key=KEY, host="http://emulator:5081", allow_insecure_http=True)
    assert settings.base_url(settings.host) == "http://emulator:5081"


@pytest.mark.parametrize("host", ["http://evil.example", "", "evil.example?", "ftp://evil.example"])
def test_an_indexs_own_host_is_held_to_the_same_rules(host: str) -> None:
    with pytest.raises(PineconeInputError, match="host"):
        request(endpoints.describe_index_stats(host))


@example("127.0.0.1\\.evil.example")
@example("127.0.0.1%2eevil.example")
@example("localhost\t.evil.example")
@given(st.text(max_size=30))
def test_plain_http_reaches_no_host_but_this_machine_however_it_is_spelt(name: str) -> None:
    try:
        settings = Settings(api_key=KEY, host=f"http://{name}")
    except PineconeInputError:
        return
    authority = settings.base_url(settings.host).removeprefix("http://").partition("/")[0]
    assert authority.startswith(("localhost", "127.", "[::1]"))


@pytest.mark.parametrize(
    ("name", "local"),
    [("localhost", True), ("::1", True), ("10.0.0.1", False), ("a.localhost", False), ("", False)],
)
def test_loopback_is_this_machine(name: str, local: bool) -> None:
    assert is_loopback(name) is local


@pytest.mark.parametrize("key", ["", None, 7, b"bytes"])
def test_a_missing_key_is_told_how_to_get_one(key: Any) -> None:
    with pytest.raises(PineconeInputError, match="api_key is empty"):
        Settings(api_key=key)


@pytest.mark.parametrize(
    "key", ["pcsk secret", "pcsk_secret\n", "\tpcsk_secret", "pcsk_sécret", "pcsk\r\nX: y"]
)
def test_a_key_that_fits_into_no_header_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(PineconeInputError, match="api_key contains a space, a line break") as caught:
        Settings(api_key=key)
    assert "pcsk" not in str(caught.value)


@pytest.mark.parametrize("version", ["2025-01", "unstable", "", None, 202607])
def test_an_unknown_api_version_is_refused_with_those_that_are_known(version: Any) -> None:
    with pytest.raises(
        PineconeInputError, match="api_version must be 2025-04 or 2025-10 or 2026-04 or 2026-07"
    ):
        Settings(api_key=KEY, api_version=version)


@pytest.mark.parametrize("field", ["connect_timeout", "read_timeout", "answer_timeout"])
@pytest.mark.parametrize("seconds", [0, -1, 1e9, float("inf"), float("nan"), "5", None, True])
def test_timeouts_are_spans_of_time(field: str, seconds: Any) -> None:
    with pytest.raises(PineconeInputError, match=f"{field} must be a number of seconds above 0"):
        Settings(api_key=KEY, **{field: seconds})


def test_the_key_is_in_no_repr() -> None:
    settings = Settings(api_key=KEY)
    assert KEY not in repr(settings)
    assert KEY not in repr(request_for(endpoints.list_indexes(), settings=settings))


@pytest.mark.parametrize("version", API_VERSIONS)
def test_every_request_bears_the_key_and_the_version(version: str) -> None:
    headers = request(endpoints.list_indexes(), api_version=version).headers
    assert (headers["Api-Key"], headers["X-Pinecone-Api-Version"]) == (KEY, version)
    assert headers["User-Agent"].startswith("airflow-provider-pinecone/")


@pytest.mark.parametrize("version", API_VERSIONS)
def test_a_call_that_is_younger_than_the_connections_version_is_sent_in_its_own(version: str) -> None:
    headers = request(endpoints.describe_backup_schedule("sch-1"), api_version=version).headers
    assert headers["X-Pinecone-Api-Version"] == "2026-07"


def test_only_a_body_has_a_content_type() -> None:
    assert "Content-Type" not in request(endpoints.list_indexes()).headers
    assert request(endpoints.create_backup("movies")).headers["Content-Type"] == "application/json"


def test_an_empty_body_is_sent_as_an_empty_object() -> None:
    assert request(endpoints.create_backup("movies")).content == b"{}"


def test_a_call_goes_to_the_control_plane_unless_it_has_a_host() -> None:
    assert request(endpoints.list_indexes()).url == "https://api.pinecone.io/indexes"
    stats = request(endpoints.describe_index_stats("movies-abc.svc.pinecone.io"))
    assert stats.url == "https://movies-abc.svc.pinecone.io/describe_index_stats"


def test_query_values_are_quoted() -> None:
    token = "eyJsaW1pdCI6MX0=&limit=9+#"
    sent = request(endpoints.list_backups("movies", limit=5, pagination_token=token)).url
    assert sent == (
        "https://api.pinecone.io/indexes/movies/backups"
        "?limit=5&paginationToken=eyJsaW1pdCI6MX0%3D%26limit%3D9%2B%23"
    )
