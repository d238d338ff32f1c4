"""Restore drills: remove what crashed ones left, choose what to restore, and delete a drill's index."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.checks import check_choice, check_id
from airflow_provider_pinecone.api.errors import (
    PineconeGoneError,
    PineconePermissionError,
    PineconePreconditionError,
)
from airflow_provider_pinecone.api.models import Backup, Index
from airflow_provider_pinecone.flows.delete import delete_seen_index
from airflow_provider_pinecone.flows.listing import all_backups
from airflow_provider_pinecone.flows.once import LOOK_PAUSES, look_with_patience
from airflow_provider_pinecone.flows.steps import Flow, Tell, or_none, send
from airflow_provider_pinecone.policies.drills import (
    Deletion,
    Drill,
    claims_to_be_drill,
    leftover,
    own_index,
)
from airflow_provider_pinecone.policies.selection import pick_at_random, usable_backups
from airflow_provider_pinecone.policies.time_text import amount

PICKS = ("newest", "random")

Judge = Callable[[Index], Deletion]


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What a drill needs before it restores.

    :param pick: which usable backup to restore: the ``newest``, or a ``random`` one.
    :param source_index_id: which of the indexes that had the drill's source as their name.
    :param seed: what a random choice depends on, the same over the retries of a run.
    :param earlier: the ids of this run's drills from before it was cleared, which have ended.
    :raises PineconeInputError: if one of them cannot be.
    """

    drill: Drill
    pick: str
    source_index_id: str | None = None
    seed: str = ""
    earlier: Collection[str] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be before anything is sent."""
        check_choice("pick", self.pick, choices=PICKS)
        if self.source_index_id is not None:
            check_id("source_index_id", self.source_index_id)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What a drill is to restore, and into which index."""

    drill: Drill
    backup: Backup

    def as_dict(self) -> dict[str, Any]:
        """The drill, and its backup as the API describes it."""
        return {
            "drill_id": self.drill.id,
            "index_name": self.drill.index_name,
            "tags": self.drill.tags,
            "expires_at": self.drill.expires_at.isoformat(),
            "backup": self.backup.as_dict(),
        }


def prepare(preparation: Preparation, *, now: datetime) -> Flow[Prepared]:
    """Remove what crashed drills left, and choose the backup to restore.

    :raises PineconeInputError: if no backup is usable, or those of several indexes are.
    :raises PineconeError: if the API refuses to list, or keeps failing.
    """
    yield from sweep(now=now, ended=preparation.earlier)
    drill = preparation.drill
    usable = usable_backups(
        (yield from all_backups()),
        source_index_name=drill.source_index_name,
        source_index_id=preparation.source_index_id,
    )
    if preparation.pick == "random":
        backup, how = pick_at_random(usable, seed=preparation.seed), "at random"
    else:
        backup, how = usable[0], "as the newest"
    records = "unknown" if backup.record_count is None else f"{backup.record_count:,}"
    yield Tell(
        f"Drill {drill.id}: backup {backup.backup_id} chosen {how} of {len(usable)} usable ones of "
        f"{drill.source_index_name}, made at {backup.created_at}, {records} records. It is to be restored "
        f"into index {drill.index_name}, which is deleted in the end."
    )
    return Prepared(drill=drill, backup=backup)


def sweep(*, now: datetime, ended: Collection[str] = ()) -> Flow[list[str]]:
    """Delete the indexes that crashed drills have left, and tell which others stay, and why.

    :param ended: the ids of drills that are known to have ended: their indexes may go before their expiry.
    :return: the names of the deleted indexes.
    :raises PineconeError: if the API does not list the indexes, or keeps failing.
    """

    def judge(index: Index) -> Deletion:
        by_id = (own_index(index, drill_id=drill_id) for drill_id in ended)
        return next((judged for judged in by_id if judged.is_allowed), leftover(index, now=now))

    indexes = yield from send(endpoints.list_indexes())
    deleted = []
    for index in filter(claims_to_be_drill, indexes):
        if (yield from _swept(index, judge)):
            deleted.append(index.name)
    if deleted:
        yield Tell(f"{amount(len(deleted), 'index', 'indexes')} left by earlier drills deleted.")
    return deleted


def _swept(listed: Index, judge: Judge) -> Flow[bool]:
    """Delete one index, if it may be deleted. What stands in the way of that does not end the sweep."""
    judged = judge(listed)
    if not judged.is_allowed:
        yield Tell(f"Index {listed.name} stays: {judged.why}.")
        return False
    index = yield from or_none(send(endpoints.describe_index(listed.name)))
    if index is None:
        yield Tell(f"Index {listed.name} is gone already.")
        return False
    try:
        return (yield from _deleted(index, judge))
    except (PineconePermissionError, PineconePreconditionError, PineconeGoneError) as error:
        yield Tell(f"Index {listed.name}, left by a drill, cannot be deleted: {error}", warning=True)
        return False


def delete_drill_index(index_name: str, *, drill_id: str) -> Flow[bool]:
    """Delete the index of a drill that ends. :return: whether it was deleted.

    :param index_name: an index of that name is deleted only if its tag names the drill, and its deletion
        protection is off.
    :raises PineconeError: if the API refuses, or keeps failing.
    """
    check_id("index_name", index_name)
    check_id("drill_id", drill_id)
    index = yield from look_with_patience(
        lambda: or_none(send(endpoints.describe_index(index_name))), pauses=LOOK_PAUSES
    )
    if index is None:
        yield Tell(f"Nothing to delete: there is no index {index_name}.")
        return False
    return (yield from _deleted(index, lambda index: own_index(index, drill_id=drill_id)))


def _deleted(index: Index, judge: Judge) -> Flow[bool]:
    judged = judge(index)
    if not judged.is_allowed:
        yield Tell(f"Index {index.name} stays: {judged.why}.", warning=True)
        return False
    was_there = yield from delete_seen_index(index.name)
    yield Tell(f"Index {index.name} {'deleted' if was_there else 'is gone already'}: {judged.why}.")
    return was_there
