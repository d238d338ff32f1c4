"""A program that reads all backups in pages, in one way: once unmeasured, then for each line that it is sent.

It prints how many backups it read, and after each further time the seconds and CPU seconds that took.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any, cast
from urllib.parse import quote, urlsplit

PAGE = 100

Read = Callable[[], int]
"""Reads all backups and says how many."""


def through_our_client(url: str, api_key: str) -> Read:
    """As ``PineconeBackupHook.iter_backups`` reads them."""
    from airflow_provider_pinecone.api.client import PineconeClient
    from airflow_provider_pinecone.api.settings import Settings
    from airflow_provider_pinecone.flows.listing import all_backups
    from airflow_provider_pinecone.flows.steps import blocking, drive

    client = PineconeClient(Settings(api_key=api_key, host=url))

    class Sender:
        async def send(self, call: Any, *, attempts: int | None) -> Any:
            return client.send(call)

    return lambda: len(blocking(drive(all_backups(), cast(Any, Sender()))))


def through_the_sdk(url: str, api_key: str) -> Read:
    """As the SDK's documentation reads them."""
    from pinecone import Pinecone

    pinecone = Pinecone(api_key=api_key, host=url)

    def read() -> int:
        page = pinecone.backups.list(limit=PAGE)
        backups = list(page)
        while page.pagination and page.pagination.next:
            page = pinecone.backups.list(pagination_token=page.pagination.next)
            backups.extend(page)
        return len({backup.backup_id for backup in backups})

    return read


def through_requests(url: str, api_key: str) -> Read:
    """With a session and its JSON, checking nothing."""
    import requests

    session = requests.Session()
    session.headers.update({"Api-Key": api_key, "X-Pinecone-Api-Version": "2026-07"})

    def read() -> int:
        backups = []
        query = {"limit": str(PAGE)}
        while True:
            page = session.get(f"{url}/backups", params=query).json()
            backups += page["data"]
            if not page["pagination"]:
                return len({backup["backup_id"] for backup in backups})
            query["paginationToken"] = page["pagination"]["next"]

    return read


def through_http_client(url: str, api_key: str) -> Read:
    """With nothing but the standard library, checking nothing."""
    connection = HTTPConnection(urlsplit(url).netloc)
    headers = {"Api-Key": api_key, "X-Pinecone-Api-Version": "2026-07"}

    def read() -> int:
        backups = []
        query = ""
        while True:
            connection.request("GET", f"/backups?limit={PAGE}{query}", headers=headers)
            page = json.loads(connection.getresponse().read())
            backups += page["data"]
            if not page["pagination"]:
                return len({backup["backup_id"] for backup in backups})
            query = f"&paginationToken={quote(page['pagination']['next'])}"

    return read


WAYS = {
    "ours": through_our_client,
    "sdk": through_the_sdk,
    "requests": through_requests,
    "raw": through_http_client,
}


def main(way: str, url: str, api_key: str) -> None:
    """Read whenever a line comes, until there are no more."""
    read = WAYS[way](url, api_key)
    print(read(), flush=True)
    for _ in sys.stdin:
        started, cpu_started = time.perf_counter(), time.process_time()
        read()
        print(json.dumps([time.perf_counter() - started, time.process_time() - cpu_started]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
