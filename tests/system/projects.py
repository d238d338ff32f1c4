"""An emulated Pinecone project for the tests of crashes: what is in it before, what must be true after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.system.emulator_process import Emulator
from tests.system.pinecone_rest import Contents, PineconeRest

RECORDS = Contents({"": {"one": [1.0, 2.0], "two": [2.0, 1.0]}, "more": {"three": [3.0, 3.0]}})

A_LONG_TIME = 3600.0
"""Seconds that a backup or a restore takes whose end the test brings about."""

_RUN_TAG = "airflow-provider-pinecone-run"
_BY_HAND = "by-hand"
_BACKUPS_OF_AN_INDEX = re.compile(r"/indexes/([^/]+)/backups")


class Project:
    """
    A project with an index ``source``, its backup ``seed``, and more that nobody may touch.

    :param index_names: the indexes that runs will back up. Each has a backup that was made by hand.
    """

    def __init__(self, emulator: Emulator, rest: PineconeRest, index_names: Iterable[str]) -> None:
        self.emulator = emulator
        self.rest = rest
        self._names = ["source", "bystander", *index_names]
        for name in self._names:
            rest.create_index(name, dimension=2)
            rest.write(name, RECORDS)
        self.seed, *_ = [rest.create_backup(name, name=_BY_HAND) for name in self._names]
        self._before = self._not_ours()
        emulator.forget_requests()

    def untouched(self) -> bool:
        """Whether all that was there before is there as it was."""
        return self._not_ours() == self._before

    def end_all(self) -> None:
        """Let all backups and restores end: those that go on now, and each that is begun later, at once."""
        self.emulator.configure(backup_seconds=0, restore_seconds=0)
        self.emulator.advance(A_LONG_TIME)

    def backups_of(self, index_name: str, run_id: str) -> list[dict[str, Any]]:
        """Return the backups of an index that bear a run, whatever has become of them."""
        return [
            backup
            for backup in self.rest.backups()
            if backup["source_index_name"] == index_name
            and f" run={run_id} " in (backup.get("description") or "")
        ]

    def restored(self) -> dict[str, dict[str, Any]]:
        """Return the indexes that runs have made, by name."""
        indexes = self.rest.indexes()
        return {name: index for name, index in indexes.items() if _RUN_TAG in (index.get("tags") or {})}

    def backup_posts(self, index_name: str) -> int:
        """Return how often a backup of an index was asked for."""
        return sum(name == index_name for name, _ in self._backup_requests("POST"))

    def reads(self, backup_id: str) -> int:
        """Return how often a backup was read: by its id, or from the project's listing."""
        ways = ("/backups", f"/backups/{backup_id}")
        return sum(entry["method"] == "GET" and entry["path"] in ways for entry in self.emulator.requests())

    def restores_into(self, index_name: str) -> int:
        """Return how many restores into an index were begun."""
        return sum(job["target_index_name"] == index_name for job in self.rest.restore_jobs())

    def restore_posts(self) -> list[int | None]:
        """Return what was answered whenever a restore was asked for."""
        asked = [entry for entry in self.emulator.requests() if entry["path"].endswith("/create-index")]
        return [entry["status"] for entry in asked]

    def deletions(self) -> list[str]:
        """Return the paths of what was deleted, or was tried to be."""
        return [entry["path"] for entry in self.emulator.requests() if entry["method"] == "DELETE"]

    def posts_without_a_look(self) -> list[str]:
        """Return the indexes of which a backup was asked for with no look since the request before it."""
        looks, posts = self._backup_requests("GET"), self._backup_requests("POST")
        unlooked = []
        for index_name, post in posts:
            began = _began(post)
            earlier = [_ended(other) for name, other in posts if name == index_name and _began(other) < began]
            since = max(earlier, default=datetime.min.replace(tzinfo=began.tzinfo))
            if not any(name == index_name and since <= _began(look) <= began for name, look in looks):
                unlooked.append(index_name)
        return unlooked

    def _backup_requests(self, method: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The requests for an index's listing, or for a backup of it, each with the index's name."""
        found = ((_BACKUPS_OF_AN_INDEX.fullmatch(one["path"]), one) for one in self.emulator.requests())
        return [(path[1], one) for path, one in found if path and one["method"] == method]

    def _not_ours(self) -> tuple[list[dict[str, Any]], list[dict[str, Any] | None]]:
        by_hand = [backup for backup in self.rest.backups() if backup["name"] == _BY_HAND]
        indexes = self.rest.indexes()
        return by_hand, [indexes.get(name) for name in self._names]


@contextmanager
def new_project(directory: Path, *, index_names: Iterable[str], seconds: float) -> Iterator[Project]:
    """
    Emulate a project for the length of a block.

    :param directory: an existing directory for its state and its log.
    :param seconds: how long each backup and each restore takes.
    """
    with (
        Emulator(directory, backup_seconds=0, restore_seconds=0) as emulator,
        PineconeRest(emulator.url, api_key=emulator.api_key) as rest,
    ):
        project = Project(emulator, rest, index_names)
        emulator.configure(backup_seconds=seconds, restore_seconds=seconds)
        yield project


def _began(entry: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["time"])


def _ended(entry: Mapping[str, Any]) -> datetime:
    return _began(entry) + timedelta(seconds=entry["seconds"])
