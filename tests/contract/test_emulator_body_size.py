"""A body is at most 2 MB, as for an upsert at Pinecone; a larger one is refused before it has all arrived."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from tests.contract.conftest import Emulator

LIMIT = 2 * 1024 * 1024
HUGE = 200 * 1024 * 1024


def body_of(size: int, **body: Any) -> bytes:
    return json.dumps(body).encode().ljust(size)


def in_chunks(size: int) -> Iterator[bytes]:
    for _ in range(0, size, 65536):
        yield b" " * 65536


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/indexes/docs/backups"), ("PUT", "/_emulator/settings"), ("POST", "/nowhere")],
)
def test_a_body_of_more_than_2_mb_is_refused_wherever_it_is_sent(
    api: httpx.Client, create_index: Callable[..., Any], method: str, path: str
) -> None:
    create_index("docs")
    largest = api.request(method, path, content=body_of(LIMIT))
    larger = api.request(method, path, content=body_of(LIMIT + 1))
    assert largest.status_code in (200, 404)
    assert larger.status_code == 413
    assert larger.json()["error"] == {
        "code": "PAYLOAD_TOO_LARGE",
        "message": "Request size exceeds the maximum supported size of 2MB",
    }


def test_an_upsert_of_2_mb_is_written_and_a_larger_one_is_not(
    api: httpx.Client, create_index: Callable[..., Any]
) -> None:
    host = create_index("docs")["host"]
    small, large = ({"vectors": [{"id": name, "values": [1, 2, 3]}]} for name in ("small", "large"))
    assert api.post(f"{host}/vectors/upsert", content=body_of(LIMIT, **small)).is_success
    refused = api.post(f"{host}/vectors/upsert", content=body_of(LIMIT + 1, **large))
    assert (refused.status_code, refused.json()["code"]) == (413, 11)
    assert [row["id"] for row in api.get(f"{host}/vectors/list").json()["vectors"]] == ["small"]


@pytest.mark.parametrize("framing", [f"Content-Length: {HUGE}", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("fault", [[], [{"action": "delay", "seconds": 0}]])
def test_the_refusal_does_not_wait_for_the_rest_of_the_body(
    emulator: Emulator, framing: str, fault: list[dict[str, Any]]
) -> None:
    emulator.set_faults(*fault)
    address = urlsplit(emulator.url)
    sent = b"%x\r\n%s\r\n" % (LIMIT + 1, b" " * (LIMIT + 1))
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        head = f"POST /indexes HTTP/1.1\r\nHost: {address.netloc}\r\nApi-Key: {emulator.api_key}\r\n{framing}"
        connection.sendall(f"{head}\r\n\r\n".encode() + sent)
        answer = connection.recv(1024)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_of_200_mb_is_not_kept_in_memory(emulator: Emulator, api: httpx.Client) -> None:
    memory = psutil.Process(emulator.process.pid).memory_info
    before, held = memory().rss, []

    def observed() -> Iterator[bytes]:
        for chunk in in_chunks(HUGE):
            yield chunk
            held.append(memory().rss - before)

    answer = api.post("/indexes", content=observed())

    assert max(held) < HUGE // 10
    assert answer.status_code == 413


def test_a_refused_body_is_in_the_log_and_the_connection_goes_on(
    emulator: Emulator, api: httpx.Client
) -> None:
    api.post("/indexes", content=in_chunks(HUGE))
    assert api.get("/indexes").status_code == 200
    assert [entry["status"] for entry in emulator.requests()] == [413, 200]
