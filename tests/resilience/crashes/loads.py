"""What keeps an emulator busy until it is killed, and knows what it must still have afterwards.

Every load makes one change after the other. What was acknowledged must be there after a crash. The last
change may have been made or not, but never in part.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

if TYPE_CHECKING:
    from random import Random

    import httpx

BATCHES = 20
BATCH_SIZE = 20
MOST_BACKUPS = 6
MOST_COPIES = 3

There = dict[str, Any]


class Load(ABC):
    """Changes one after the other, of things that have a name and a value; None is not being there.

    `acknowledged` counts the changes that were answered, `kept` those that were not and had been made all the
    same, `undone` those that were not and left no trace.
    """

    def __init__(self, name: str, random: Random) -> None:
        self.name = name
        self.random = random
        self.there: There = {}
        self.acknowledged = self.kept = self.undone = 0
        self._last: tuple[str, Any] | None = None
        self._changes = 0

    def change(self, api: httpx.Client, host: str) -> None:
        """Make a change.

        :param host: where the records of the index ``docs`` are.
        """
        self._changes += 1
        name, value = self._last = self.choose(f"{self.name}-{self._changes}")
        self.there = _changed(self.there, name, self.send(api, host, name, value))
        self._last = None
        self.acknowledged += 1

    def settle(self, api: httpx.Client, host: str) -> None:
        """Check that what was acknowledged is there, and see what became of the change that was not."""
        found = self.find(api, host)
        if self._last is None:
            assert found == self.there
            return
        name, value = self._last
        if found == self.there:
            self.undone += 1
        else:
            assert found == _changed(self.there, name, value)
            self.kept += 1
        self.there, self._last = found, None

    @abstractmethod
    def choose(self, new_name: str) -> tuple[str, Any]:
        """Choose what to change, and the value that it is to have."""

    @abstractmethod
    def send(self, api: httpx.Client, host: str, name: str, value: Any) -> Any:
        """Send the request, and give the value that was acknowledged."""

    @abstractmethod
    def find(self, api: httpx.Client, host: str) -> There:
        """Give what is there, after checking that it is whole."""


class Writer(Load):
    """Writes, overwrites and deletes batches of records in a namespace; their value is their version."""

    def choose(self, new_name: str) -> tuple[str, Any]:
        """Choose a batch."""
        batch = str(self.random.randrange(BATCHES))
        is_deletion = batch in self.there and self.random.random() < 0.2
        return batch, None if is_deletion else self._changes

    def send(self, api: httpx.Client, host: str, name: str, value: Any) -> Any:
        """Write a batch or delete it."""
        ids = _ids(name)
        if value is None:
            _post(api, f"{host}/vectors/delete", namespace=self.name, ids=ids)
        else:
            vectors = [{"id": id_, "values": [value, 1]} for id_ in ids]
            _post(api, f"{host}/vectors/upsert", namespace=self.name, vectors=vectors)
        return value

    def find(self, api: httpx.Client, host: str) -> There:
        """Give the version of each batch."""
        return batches(api, host, self.name)


class Backups(Load):
    """Makes and deletes backups; their value is the number of their records."""

    def __init__(self, name: str, random: Random) -> None:
        super().__init__(name, random)
        self.restored: set[str] = set()
        self._ids: dict[str, str] = {}

    def choose(self, new_name: str) -> tuple[str, Any]:
        """Choose a new one, or one to delete."""
        return _new_or_gone(self, new_name, ANY, most=MOST_BACKUPS)

    def send(self, api: httpx.Client, host: str, name: str, value: Any) -> Any:
        """Make it or delete it."""
        if value is None:
            api.delete(f"/backups/{self._ids[name]}").raise_for_status()
            return None
        made = _post(api, "/indexes/docs/backups", name=name)
        self._ids[name] = made["backup_id"]
        return made["record_count"]

    def find(self, api: httpx.Client, host: str) -> There:
        """Give the backups that are there, after restoring each once."""
        listed = api.get("/backups", params={"limit": 10_000}).raise_for_status().json()["data"]
        mine = {row["name"]: row for row in listed if row["name"].startswith(f"{self.name}-")}
        self._ids = {name: row["backup_id"] for name, row in mine.items()}
        for name in mine.keys() - self.restored:
            _post(api, f"/backups/{self._ids[name]}/create-index", name="check")
            assert records_of(api, "check") == mine[name]["record_count"]
            api.delete("/indexes/check").raise_for_status()
            self.restored.add(name)
        return {name: row["record_count"] for name, row in mine.items()}


class Copies(Load):
    """Makes indexes from a backup and deletes them; their value is the number of their records."""

    source: dict[str, Any]

    def choose(self, new_name: str) -> tuple[str, Any]:
        """Choose a new one, or one to delete."""
        return _new_or_gone(self, new_name, self.source["record_count"], most=MOST_COPIES)

    def send(self, api: httpx.Client, host: str, name: str, value: Any) -> Any:
        """Make it or delete it."""
        if value is None:
            api.delete(f"/indexes/{name}").raise_for_status()
        else:
            _post(api, f"/backups/{self.source['backup_id']}/create-index", name=name)
        return value

    def find(self, api: httpx.Client, host: str) -> There:
        """Give the indexes that are there, each with a restore job."""
        listed = api.get("/indexes").raise_for_status().json()["indexes"]
        mine = [row["name"] for row in listed if row["name"].startswith(f"{self.name}-")]
        jobs = api.get("/restore-jobs", params={"limit": 10_000}).raise_for_status().json()["data"]
        assert set(mine) <= {job["target_index_name"] for job in jobs if job["status"] == "Completed"}
        return {name: records_of(api, name) for name in mine}


def batches(api: httpx.Client, host: str, namespace: str) -> There:
    """Give the version of each batch in a namespace, after checking that each is whole."""
    ids = [id_ for batch in range(BATCHES) for id_ in _ids(str(batch))]
    answer = api.get(f"{host}/vectors/fetch", params={"ids": ids, "namespace": namespace})
    versions: dict[str, list[float]] = {}
    for id_, vector in answer.raise_for_status().json()["vectors"].items():
        versions.setdefault(id_.partition("-")[0], []).append(vector["values"][0])
    half = {batch: found for batch, found in versions.items() if found != found[:1] * BATCH_SIZE}
    assert not half, f"batches of {namespace} in {host}"
    return {batch: found[0] for batch, found in versions.items()}


def records_of(api: httpx.Client, index_name: str) -> int:
    """Count an index's records, after checking that every batch in it is whole."""
    host = api.get(f"/indexes/{index_name}").raise_for_status().json()["host"]
    stats = _post(api, f"{host}/describe_index_stats")
    for namespace, summary in stats["namespaces"].items():
        assert len(batches(api, host, namespace)) * BATCH_SIZE == summary["vectorCount"]
    total: int = stats["totalVectorCount"]
    return total


def _new_or_gone(load: Load, new_name: str, value: Any, *, most: int) -> tuple[str, Any]:
    is_deletion = len(load.there) == most or (load.there and load.random.random() < 0.3)
    return (load.random.choice(sorted(load.there)), None) if is_deletion else (new_name, value)


def _ids(batch: str) -> list[str]:
    return [f"{batch}-{number}" for number in range(BATCH_SIZE)]


def _changed(there: There, name: str, value: Any) -> There:
    others = {known: its_value for known, its_value in there.items() if known != name}
    return others if value is None else {**others, name: value}


def _post(api: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.post(path, json=body).raise_for_status().json()
    return answer
