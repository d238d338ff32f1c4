"""A server that answers at once: a project of backups that never end, for what waits cost without it.

It prints its URL, and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from urllib.parse import parse_qs, unquote, urlsplit

PAGE = 100


def backup_id(number: int) -> str:
    """The id of a backup."""
    return f"bkp-{number:08}-6a00-902c-0000"


def _row(number: int) -> dict[str, object]:
    return {
        "backup_id": backup_id(number),
        "source_index_name": "docs",
        "source_index_id": "6a00902c-2b1e-4c67-9d5b-0d1a6b6c0f11",
        "name": f"docs-20260301-1200-{number:08}",
        "description": f"airflow:{number:032x} nightly backup of docs",
        "status": "Initializing",
        "cloud": "aws",
        "region": "us-east-1",
        "schema": {"fields": {"_values": {"type": "dense_vector", "dimension": 1536, "metric": "cosine"}}},
        "record_count": None,
        "namespace_count": None,
        "size_bytes": None,
        "tags": {"team": "search", "stage": "production"},
        "created_at": "2026-03-01T12:00:00.123456789Z",
    }


class Answers:
    """Every answer, ready to send.

    :param backups: how many there are.
    """

    def __init__(self, backups: int) -> None:
        self.requests = 0
        rows = [_row(number) for number in range(backups)]
        self._backups = {row["backup_id"]: _answer(row) for row in rows}
        self._pages = {str(start): _answer(_page(rows, start)) for start in range(0, backups, PAGE)}

    def to(self, target: str) -> bytes:
        """The answer to a GET."""
        url = urlsplit(target)
        if url.path == "/requests":
            return _answer(self.requests)
        self.requests += 1
        if url.path == "/backups":
            return self._pages[parse_qs(url.query).get("paginationToken", ["0"])[0]]
        return self._backups[unquote(url.path).removeprefix("/backups/")]


class Exchange(asyncio.Protocol):
    """One connection. Requests have no bodies."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to answer through."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        *heads, self._received = (self._received + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._answers.to(head.split(b" ", 2)[1].decode()))


def _page(rows: list[dict[str, object]], start: int) -> dict[str, object]:
    end = start + PAGE
    return {"data": rows[start:end], "pagination": {"next": str(end)} if end < len(rows) else None}


def _answer(payload: object) -> bytes:
    body = json.dumps(payload).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def main(backups: int) -> None:
    """Serve."""
    answers = Answers(backups)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Exchange(answers), "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
