"""Look whether every index has a recent usable backup."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.checks import check_age, check_id, check_texts
from airflow_provider_pinecone.api.errors import PineconeInputError, PineconeStaleBackupsError
from airflow_provider_pinecone.api.models import Backup, Index
from airflow_provider_pinecone.flows.listing import all_backups
from airflow_provider_pinecone.flows.once import LOOK_PAUSES, look_with_patience
from airflow_provider_pinecone.flows.steps import Flow, Tell, or_none, send
from airflow_provider_pinecone.policies.freshness import (
    MOST_NAMED,
    Stale,
    alarm,
    all_clear,
    by_urgency,
    judge,
)
from airflow_provider_pinecone.policies.identity import deployment_of
from airflow_provider_pinecone.policies.indexes import IndexFilter


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What must be fresh.

    :param max_age: the age up to which a backup counts as recent.
    :param index_names: the indexes; None: the serverless ones that ``wanted`` matches.
    :param deployment: count only backups that runs of this deployment made; None counts all.
    :raises PineconeInputError: if one of them is invalid, or if there are two ways to name the indexes.
    """

    max_age: timedelta
    index_names: Collection[str] | None = None
    wanted: IndexFilter = field(default_factory=IndexFilter)
    deployment: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be watched."""
        check_age("max_age", self.max_age)
        if self.index_names is None:
            return
        if not check_texts("index_names", self.index_names):
            raise PineconeInputError("index_names is empty. Pass None to look at all serverless indexes.")
        for name in self.index_names:
            check_id("each of index_names", name)
        if self.wanted != IndexFilter():
            raise PineconeInputError("give either index_names, or name_pattern, tags and exclude.")

    def drills(self, indexes: Collection[Index]) -> list[str]:
        """The indexes that are left out since they belong to restore drills."""
        return [] if self.index_names is not None else self.wanted.drills(indexes)

    def names(self, indexes: Collection[Index]) -> list[str]:
        """The indexes to look at. :raises PineconeInputError: if there are none: silence is no success."""
        if self.index_names is not None:
            return sorted(set(self.index_names))
        names = self.wanted.names(indexes)
        if not names:
            raise PineconeInputError(self.wanted.nothing_matches(of=len(indexes)))
        return names


def check_freshness(watch: Watch, *, now: datetime) -> Flow[dict[str, Backup]]:
    """The newest usable backup of each index, by the index's name.

    :raises PineconeStaleBackupsError: if an index has none that is recent enough.
    :raises PineconeInputError: if there is no index to look at.
    """
    indexes = yield from send(endpoints.list_indexes())
    if drills := watch.drills(indexes):
        yield Tell(f"Skipped, since they belong to restore drills: {', '.join(drills)}.")
    names = watch.names(indexes)
    serverless = {index.name for index in indexes if index.is_serverless}
    fresh: dict[str, Backup] = {}
    stale: list[Stale] = []
    for name in names:
        verdict = (
            (yield from _look_at(name, watch, now=now))
            if name in serverless
            else Stale(index_name=name, why="no such serverless index")
        )
        if isinstance(verdict, Stale):
            stale.append(verdict)
        else:
            fresh[name] = verdict
    if stale:
        stale = by_urgency(stale)
        if len(stale) > MOST_NAMED:
            for one in stale:
                yield Tell(str(one), warning=True)
        raise PineconeStaleBackupsError(
            alarm(stale, of=len(names), max_age=watch.max_age, deployment=watch.deployment),
            stale={one.index_name: one.why for one in stale},
        )
    yield Tell(all_clear(list(fresh.values()), max_age=watch.max_age, now=now))
    return fresh


def _look_at(index_name: str, watch: Watch, *, now: datetime) -> Flow[Backup | Stale]:
    # By name, this lists the backups of the current index alone; the project's listing cannot tell it from an
    # earlier index of its name, since an index does not show its id.
    backups = yield from look_with_patience(lambda: or_none(all_backups(index_name)), pauses=LOOK_PAUSES)
    if backups is None:
        return Stale(index_name=index_name, why="no such serverless index")
    counted = _counted(backups, watch)
    if not counted and (yield from _was_created_again(index_name, watch)):
        return Stale(index_name=index_name, why="re-created, no backup since")
    return judge(index_name, counted, max_age=watch.max_age, now=now)


def _was_created_again(index_name: str, watch: Watch) -> Flow[bool]:
    """Whether an earlier index of this name, which is deleted, has backups."""
    ever = yield from all_backups(index_name, include_deleted=True)
    return bool(_counted(ever, watch))


def _counted(backups: Collection[Backup], watch: Watch) -> list[Backup]:
    return [backup for backup in backups if watch.deployment in (None, deployment_of(backup))]
