"""Both clients meet every fault of a network: typed errors, reads repeated, and nothing made twice."""

from __future__ import annotations

import logging
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.retrying import RetryPolicy
from airflow_provider_pinecone.api.settings import Settings
from tests.contract.clients import IMPATIENT, KINDS, Client, connected, stranger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.contract.conftest import Emulator

KEY = "pcsk_must_not_travel"
READ = endpoints.list_backups()
CREATION = endpoints.create_backup("docs")

# a fault of the emulator's, what it is to the client, and whether the emulator acts all the same
OPEN_OUTCOMES: list[tuple[dict[str, Any], type[errors.PineconeError], bool]] = [
    ({"action": "status", "status": 500}, errors.PineconeServerError, False),
    ({"action": "status", "status": 503}, errors.PineconeServerError, False),
    ({"action": "status", "status": 503, "retry_after": 0.01}, errors.PineconeServerError, False),
    ({"action": "status", "status": 502, "body": "Bad Gateway"}, errors.PineconeServerError, False),
    ({"action": "close_before"}, errors.PineconeConnectionError, False),
    ({"action": "close_after"}, errors.PineconeConnectionError, True),
    ({"action": "delay", "seconds": 0.4}, errors.PineconeTimeoutError, True),
    ({"action": "truncate"}, errors.PineconeTransportError, True),
    ({"action": "html"}, errors.PineconeUnreadableAnswerError, False),
    ({"action": "garbage"}, errors.PineconeUnreadableAnswerError, False),
]
FAULTS = [*OPEN_OUTCOMES, ({"action": "status", "status": 429}, errors.PineconeRateLimitedError, False)]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(kind: str, emulator: Emulator) -> Iterator[Client]:
    settings = Settings(api_key=emulator.api_key, host=emulator.url, read_timeout=0.2)
    with connected(kind, settings) as client:
        yield client


@pytest.fixture(autouse=True)
def _docs(create_index: Callable[..., Any], emulator: Emulator) -> None:
    create_index("docs")


def sent(emulator: Emulator, method: str) -> int:
    """How often a request of this method came, but for the one that made the index."""
    return sum(
        request["method"] == method and request["path"] != "/indexes" for request in emulator.requests()
    )


def backups(emulator: Emulator) -> int:
    emulator.set_faults()
    with emulator.client() as api:
        return len(api.get("/backups").json()["data"])


@pytest.mark.parametrize(("fault", "error", "acts"), FAULTS)
def test_a_read_is_repeated_until_the_fault_has_passed(
    emulator: Emulator, client: Client, fault: dict[str, Any], error: type[Exception], acts: bool
) -> None:
    emulator.set_faults({"times": 2, **fault})
    assert client.send(READ).items == ()
    assert sent(emulator, "GET") == 3


@pytest.mark.parametrize(("fault", "error", "acts"), FAULTS)
def test_a_fault_that_does_not_pass_is_told_as_what_it_is(
    emulator: Emulator, client: Client, fault: dict[str, Any], error: type[Exception], acts: bool
) -> None:
    emulator.set_faults(fault)
    with pytest.raises(error, match=r"\(GET /backups(: |\)\.$)") as caught:
        client.send(READ)
    assert sent(emulator, "GET") == IMPATIENT.attempts
    assert emulator.api_key not in f"{caught.value!s} {caught.value!r}"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("fault", "error", "acts"), OPEN_OUTCOMES)
def test_a_creation_whose_outcome_is_open_is_sent_once_and_says_so(
    emulator: Emulator, client: Client, fault: dict[str, Any], error: type[Exception], acts: bool
) -> None:
    emulator.set_faults({"method": "POST", **fault})
    with pytest.raises(error) as caught:
        client.send(CREATION)
    assert isinstance(caught.value, errors.PineconeError)
    assert caught.value.may_have_acted
    if fault["action"] == "delay":
        settle(emulator)
    assert sent(emulator, "POST") == 1
    assert backups(emulator) == acts


def settle(emulator: Emulator) -> None:
    """Wait until the emulator is done with what it was asked."""
    give_up_at = time.monotonic() + 10
    while any(request["status"] is None for request in emulator.requests()):
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def test_a_creation_that_is_rate_limited_is_sent_once_and_certainly_not_done(
    emulator: Emulator, client: Client
) -> None:
    emulator.set_faults({"method": "POST", "action": "status", "status": 429, "retry_after": 7})
    with pytest.raises(errors.PineconeRateLimitedError) as caught:
        client.send(CREATION)
    assert (caught.value.retry_after, caught.value.may_have_acted) == (7, False)
    assert sent(emulator, "POST") == 1


def test_retry_after_is_waited_for(
    emulator: Emulator, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.set_faults({"action": "status", "status": 429, "retry_after": 0.3, "times": 1})
    with caplog.at_level(logging.WARNING, logger="airflow_provider_pinecone"):
        client.send(READ)
    assert [line for line in caplog.messages if line.startswith("Attempt 1 failed, again in 0.3 s: ")]


@pytest.mark.parametrize("call", [READ, CREATION])
def test_a_refused_connection_is_tried_again_for_reads_and_creations_alike(
    kind: str, call: Call[Any], caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(api_key=KEY, host=f"http://127.0.0.1:{unused_port()}")
    with (
        connected(kind, settings) as client,
        caplog.at_level(logging.WARNING, logger="airflow_provider_pinecone"),
        pytest.raises(errors.PineconeConnectionError, match=r"^No connection to http://127") as caught,
    ):
        client.send(call)
    assert not caught.value.may_have_acted
    assert len(caplog.messages) == IMPATIENT.attempts - 1
    assert KEY not in caplog.text


def unused_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_host_that_nobody_knows_is_not_connected_to(kind: str) -> None:
    settings = Settings(api_key=KEY, host="https://nobody.invalid")
    with connected(kind, settings) as client, pytest.raises(errors.PineconeConnectionError) as caught:
        client.send(READ)
    assert not caught.value.may_have_acted


def test_https_to_a_plain_http_host_is_told_as_that(emulator: Emulator, kind: str) -> None:
    settings = Settings(api_key=KEY, host=emulator.url.replace("http:", "https:"))
    with (
        connected(kind, settings) as client,
        pytest.raises(errors.PineconeConnectionError, match="No TLS with https://"),
    ):
        client.send(READ)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", [endpoints.list_indexes(), endpoints.create_backup("docs")])
def test_a_redirect_is_not_followed_and_the_key_does_not_travel(
    kind: str, status: int, call: Call[Any]
) -> None:
    with stranger() as other, stranger(status=status, headers={"Location": other.url}, body=b"") as first:
        settings = Settings(api_key=KEY, host=first.url)
        with (
            connected(kind, settings, retry_policy=RetryPolicy(attempts=1)) as client,
            pytest.raises(errors.PineconeUnreadableAnswerError, match=f"answered {status}, which Pinecone"),
        ):
            client.send(call)
    assert (first.keys, other.keys) == ([KEY], [])


def test_a_proxy_does_not_see_what_stays_on_this_machine(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with stranger() as proxy, stranger() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        with connected(kind, Settings(api_key=KEY, host=server.url)) as client:
            client.send(endpoints.list_indexes())
    assert (proxy.keys, server.keys) == ([], [KEY])


def test_twenty_reads_share_one_connection(kind: str) -> None:
    with stranger() as server, connected(kind, Settings(api_key=KEY, host=server.url)) as client:
        for _ in range(20):
            client.send(endpoints.list_indexes())
        assert (len(server.paths), server.connections) == (20, 1)


def test_errors_give_their_connection_back(kind: str) -> None:
    with (
        stranger(status=404, body=b"{}") as server,
        connected(kind, Settings(api_key=KEY, host=server.url)) as client,
    ):
        for _ in range(5):
            with pytest.raises(errors.PineconeNotFoundError):
                client.send(endpoints.list_indexes())
        assert server.connections == 1


@pytest.mark.parametrize("id", ["a/b", "../indexes/prod", "..", "a%2Fb", "a b", "a\r\nX-Evil: 1", "\ud800"])
def test_an_id_that_may_lead_elsewhere_is_not_sent(kind: str, id: str) -> None:
    with (
        stranger() as server,
        connected(kind, Settings(api_key=KEY, host=server.url)) as client,
        pytest.raises(errors.PineconeInputError, match="backup_id must be a name or an id"),
    ):
        client.send(endpoints.delete_backup(id))
    assert server.paths == []


def test_a_path_in_the_host_is_kept(kind: str) -> None:
    with stranger() as server:
        with connected(kind, Settings(api_key=KEY, host=f"{server.url}/gateway/")) as client:
            client.send(endpoints.list_indexes())
        assert server.paths == ["/gateway/indexes"]


def test_a_server_that_echoes_the_key_does_not_bring_it_into_the_error(kind: str) -> None:
    with (
        stranger(status=403, body=f"no access for {KEY}".encode()) as server,
        connected(kind, Settings(api_key=KEY, host=server.url)) as client,
        pytest.raises(errors.PineconePermissionError, match=r"no access for \*\*\*"),
    ):
        client.send(READ)


def test_an_answer_that_claims_to_be_packed_and_is_not_is_unreadable(kind: str) -> None:
    with (
        stranger(headers={"Content-Encoding": "gzip"}) as server,
        connected(kind, Settings(api_key=KEY, host=server.url)) as client,
        pytest.raises(errors.PineconeUnreadableAnswerError),
    ):
        client.send(READ)
