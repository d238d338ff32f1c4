"""Indexes and records over plain REST, with nothing of the package in between: the demo's second opinion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import httpx

API_VERSION = "2026-07"
_UPSERT = 250
_FETCH = 100
T = TypeVar("T")


@dataclass(frozen=True)
class Contents:
    """What an index holds: the vectors' values, by namespace and id."""

    namespaces: Mapping[str, Mapping[str, Sequence[float]]]

    @property
    def record_counts(self) -> dict[str, int]:
        """The number of records of each namespace."""
        return {namespace: len(records) for namespace, records in self.namespaces.items()}

    @property
    def record_count(self) -> int:
        """The number of all records."""
        return sum(self.record_counts.values())


class PineconeRest:
    """
    The few requests that the system tests make by themselves.

    :param url: the control plane.
    """

    def __init__(self, url: str, *, api_key: str) -> None:
        headers = {"Api-Key": api_key, "X-Pinecone-Api-Version": API_VERSION}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def create_index(self, index_name: str, *, dimension: int, tags: Mapping[str, str] | None = None) -> None:
        """Make a serverless index of dense vectors, empty."""
        vectors = {"type": "dense_vector", "dimension": dimension, "metric": "cosine"}
        body = {"name": index_name, "schema": {"fields": {"_values": vectors}}, "tags": dict(tags or {})}
        self._send("POST", "/indexes", json=body)

    def delete_index(self, index_name: str) -> None:
        """Delete an index."""
        self._http.delete(f"/indexes/{index_name}").raise_for_status()

    def create_backup(self, index_name: str, *, name: str) -> str:
        """Begin a backup by hand, and return its id."""
        backup_id: str = self._send("POST", f"/indexes/{index_name}/backups", json={"name": name})[
            "backup_id"
        ]
        return backup_id

    def indexes(self) -> dict[str, dict[str, Any]]:
        """Return all indexes, by name."""
        return {index["name"]: index for index in self._send("GET", "/indexes")["indexes"]}

    def backups(self) -> list[dict[str, Any]]:
        """Return all backups of the project."""
        return list(self._pages("/backups"))

    def restore_jobs(self) -> list[dict[str, Any]]:
        """Return all restore jobs of the project."""
        return list(self._pages("/restore-jobs"))

    def write(self, index_name: str, contents: Contents) -> None:
        """Write records into an index."""
        host = self._host(index_name)
        for namespace, records in contents.namespaces.items():
            vectors = [{"id": id_, "values": list(values)} for id_, values in records.items()]
            for chunk in _chunks(vectors, _UPSERT):
                body = {"namespace": namespace, "vectors": chunk}
                self._send("POST", f"{host}/vectors/upsert", json=body)

    def read(self, index_name: str) -> Contents:
        """
        Read an index's records: all of them.

        The counts that the index itself gives are checked against the ids that it lists.
        """
        host = self._host(index_name)
        stats = self._send("POST", f"{host}/describe_index_stats", json={})["namespaces"]
        contents = Contents({name: self._records(host, name) for name in stats})
        counted = {name: summary["vectorCount"] for name, summary in stats.items()}
        if contents.record_counts != counted:
            raise ValueError(f"Index {index_name} counts {counted} but lists {contents.record_counts}")
        return contents

    def _records(self, host: str, namespace: str) -> dict[str, list[float]]:
        records: dict[str, list[float]] = {}
        for chunk in _chunks(list(self._ids(host, namespace)), _FETCH):
            answer = self._send("GET", f"{host}/vectors/fetch", params={"namespace": namespace, "ids": chunk})
            records |= {id_: vector["values"] for id_, vector in answer["vectors"].items()}
        return records

    def _ids(self, host: str, namespace: str) -> Iterator[str]:
        vectors = self._pages(f"{host}/vectors/list", items="vectors", namespace=namespace)
        return (vector["id"] for vector in vectors)

    def _pages(self, path: str, *, items: str = "data", **params: str) -> Iterator[dict[str, Any]]:
        while True:
            page = self._send("GET", path, params=params)
            yield from page[items]
            token = (page.get("pagination") or {}).get("next")
            if not token:
                return
            params["paginationToken"] = token

    def _host(self, index_name: str) -> str:
        host: str = self._send("GET", f"/indexes/{index_name}")["host"]
        return host

    def _send(self, method: str, path: str, **content: Any) -> Any:
        return self._http.request(method, path, **content).raise_for_status().json()


def _chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
