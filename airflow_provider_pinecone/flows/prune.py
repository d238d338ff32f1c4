"""Carry out a retention plan: read what must survive, then delete the rest, oldest first.

Nothing is remembered between two tries, and nothing is locked. Every try lists and plans anew, and every
plan keeps an index's newest usable and newest Ready backup. So pruning may be killed at any point, repeated,
or run twice at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.errors import PineconeGoneError, PineconePreconditionError
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.delete import delete_seen_backup
from airflow_provider_pinecone.flows.steps import Flow, Tell, or_none, send
from airflow_provider_pinecone.flows.survey import Survey, survey
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope, plan
from airflow_provider_pinecone.policies.retention.quota import Outlook, outlook
from airflow_provider_pinecone.policies.retention.reasons import (
    OUT_OF_SCOPE,
    UNUSABLE,
    Decision,
    Fate,
    IndexKey,
    Plan,
    index_of,
)
from airflow_provider_pinecone.policies.retention.table import describe, table
from airflow_provider_pinecone.policies.selection import is_usable
from airflow_provider_pinecone.policies.time_text import amount, exact_time

MOST_MISSING = 10
"""How many of those that must survive may be gone, before pruning no longer trusts the listing."""


@dataclass(frozen=True, kw_only=True)
class Pruning:
    """What to prune, and how.

    :param dry_run: delete nothing.
    :param max_deletions: how many backups to delete at most; None sets no limit.
    :param approved: ids; backups that are not among them stay. None approves of whatever is planned.
    :param project_quota: how many backups the project may have, to tell whether that suffices.
    :param backups_per_day: how often each index is backed up, for the same.
    :param tells_deletions: whether the API tells when an index was deleted.
    """

    policy: RetentionPolicy
    scope: Scope
    dry_run: bool = False
    max_deletions: int | None = None
    approved: Collection[str] | None = None
    project_quota: int | None = None
    backups_per_day: int = 1
    tells_deletions: bool = True

    def survey(self) -> Flow[Survey]:
        """What the plan is made from."""
        # In the narrowest scope only backups with a mark are judged, which no schedule makes.
        is_wide = self.scope.deployment is None or self.scope.include_scheduled
        return survey(knows_schedules=is_wide, knows_deletions=self.tells_deletions)

    def approves(self, backup_id: str) -> bool:
        """Whether a backup may be deleted."""
        return self.approved is None or backup_id in self.approved

    def spared(self, made: Plan) -> dict[str, Fate]:
        """The backups that the plan deletes, but this run is not going to, by their ids."""
        doomed = [decision.backup.backup_id for decision in made.deletions]
        left = [] if self.max_deletions is None else list(filter(self.approves, doomed))[self.max_deletions :]
        unapproved = (backup_id for backup_id in doomed if not self.approves(backup_id))
        return dict.fromkeys(unapproved, Fate.NOT_APPROVED) | dict.fromkeys(left, Fate.LEFT)


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """What became of a plan.

    :param fates: what became of the backups that the plan deletes, by their ids; none where it was carried
        out only in a dry run, but for those that it would not delete.
    """

    plan: Plan
    fates: Mapping[str, Fate]
    is_dry_run: bool
    outlook: Outlook | None

    def as_dict(self) -> dict[str, Any]:
        """The plan's sums, and the deletions of this run: not all backups, since there may be thousands."""
        met = Counter(self.fates.values())
        return {
            "planned_at": self.plan.now.isoformat(),
            "dry_run": self.is_dry_run,
            "policy": self.plan.policy.in_words,
            "scope": self.plan.scope.in_words,
            "backups": len(self.plan.decisions),
            "kept": len(self.plan.kept),
            "deleted": met[Fate.DELETED],
            "left": met[Fate.LEFT],
            "deletions": [
                {**decision.as_dict(), "fate": fate}
                for decision in self.plan.deletions
                if (fate := self.fates.get(decision.backup.backup_id)) not in (Fate.NOT_APPROVED, Fate.LEFT)
            ],
            "quota": self.outlook and self.outlook.as_dict(),
        }


def prune(pruning: Pruning, *, clock: Clock) -> Flow[Pruned]:
    """List all backups, plan, and delete what the plan deletes.

    :raises PineconeError: if a page cannot be read, or the API refuses to delete.
    """
    began = clock()
    planner = _Planner(pruning, (yield from pruning.survey()), now=datetime.fromtimestamp(began, tz=UTC))
    made = planner.plan()
    for index in {index_of(decision.backup): None for decision in made.deletions}:
        made = yield from planner.confirmed(made, index)
    spared = pruning.spared(made)
    seen = yield from _told(made, spared, pruning)
    if pruning.dry_run:
        yield Tell(f"Dry run: nothing is deleted; {len(made.doomed) - len(spared):,} would be.")
        return Pruned(plan=made, fates=spared, is_dry_run=True, outlook=seen)
    after, fates = yield from _carry_out(made, pruning, planner)
    yield from _told_after(after, fates, pruning, took=clock() - began)
    return Pruned(plan=after, fates=fates, is_dry_run=False, outlook=seen)


class _Planner:
    """Plans for the backups that were listed, without those that turned out not to be as listed."""

    def __init__(self, pruning: Pruning, found: Survey, *, now: datetime) -> None:
        self._pruning = pruning
        self._found = found
        self._now = now
        self._unfit: set[str] = set()
        self._deleted: set[str] = set()

    def forget(self, backup_id: str) -> None:
        """Plan without a backup that was deleted."""
        self._deleted.add(backup_id)

    def plan(self) -> Plan:
        out = self._unfit | self._deleted
        return plan(
            [backup for backup in self._found.backups if backup.backup_id not in out],
            self._pruning.policy,
            now=self._now,
            scope=self._pruning.scope,
            scheduled=self._found.scheduled,
            deleted_at=self._found.deleted_at,
        )

    def confirmed(self, made: Plan, index: IndexKey) -> Flow[Plan]:
        """The plan, or one that deletes less, once all that must survive of an index was read by its id.

        Listings lag, and others delete, too.
        """
        while (unfit := (yield from _first_unfit(made.survivors(index)))) is not None:
            self._unfit.add(unfit.backup_id)
            if len(self._unfit) > MOST_MISSING:
                raise PineconeGoneError(
                    f"{unfit.source_index_name}: pruning stops, since {len(self._unfit)} backups that must "
                    f"survive are not as the listing shows them. The last one is {unfit.backup_id}."
                )
            yield Tell(
                f"{unfit.source_index_name}: planning again without a backup that must survive, and is not "
                f"as the listing shows it: {unfit.backup_id}.",
                warning=True,
            )
            made = self.plan()
        return made


def _first_unfit(survivors: Sequence[Backup]) -> Flow[Backup | None]:
    for listed in survivors:
        found = yield from or_none(send(endpoints.describe_backup(listed.backup_id)))
        if found is None or is_usable(found) != is_usable(listed):
            return listed
    return None


def _carry_out(first: Plan, pruning: Pruning, planner: _Planner) -> Flow[tuple[Plan, dict[str, Fate]]]:
    """Delete, oldest first. :return: the decisions as they were carried out, and what became of them."""
    made, deleted = first, 0
    fates: dict[str, Fate] = {}
    carried_out: dict[str, Decision] = {}
    for decision in first.deletions:
        backup_id = decision.backup.backup_id
        if not pruning.approves(backup_id):
            fates[backup_id] = Fate.NOT_APPROVED
        elif deleted == pruning.max_deletions:
            fates[backup_id] = Fate.LEFT
        else:
            made = yield from planner.confirmed(made, index_of(decision.backup))
            if backup_id not in made.doomed:
                continue
            fates[backup_id] = yield from _deleted(decision, made)
            carried_out[backup_id] = decision
            # One that is gone counts: this run may have deleted it, and the response been lost.
            if fates[backup_id] in (Fate.DELETED, Fate.GONE):
                planner.forget(backup_id)
                deleted += 1
    return _as_carried_out(first, made, carried_out), fates


def _as_carried_out(first: Plan, last: Plan, carried_out: dict[str, Decision]) -> Plan:
    """The last plan, with what was deleted meanwhile, in the order of the first."""
    known = {decision.backup.backup_id: decision for decision in last.decisions} | carried_out
    ids = (decision.backup.backup_id for decision in first.decisions)
    return replace(last, decisions=tuple(known[backup_id] for backup_id in ids if backup_id in known))


def _deleted(decision: Decision, made: Plan) -> Flow[Fate]:
    """Delete one backup. What stands in the way of that alone does not end the run."""
    backup_id, what = decision.backup.backup_id, describe(decision.backup, made.policy.zone)
    if decision.codes & UNUSABLE and (yield from _is_usable(backup_id)):
        yield Tell(f"{what}: stays, since it is usable, other than listed. Backup {backup_id}.", warning=True)
        return Fate.USABLE
    try:
        was_there = yield from delete_seen_backup(backup_id)
    except (PineconePreconditionError, PineconeGoneError) as error:
        fate = Fate.IN_USE if isinstance(error, PineconePreconditionError) else Fate.STILL_THERE
        yield Tell(f"{what}: stays until the next run, {fate}. {error}", warning=True)
        return fate
    fate = Fate.DELETED if was_there else Fate.GONE
    yield Tell(f"{what}: {fate}, {decision.why}. Backup {backup_id}.")
    return fate


def _is_usable(backup_id: str) -> Flow[bool]:
    """Whether it is, read by its id: a listing may lag, and this may be the last good one."""
    backup = yield from or_none(send(endpoints.describe_backup(backup_id)))
    return backup is not None and is_usable(backup)


def _told(made: Plan, spared: Mapping[str, Fate], pruning: Pruning) -> Flow[Outlook | None]:
    """Tell the plan, and what is odd about it."""
    yield from _tell_lines(table(made, spared))
    if made.decisions and all(decision.codes & OUT_OF_SCOPE for decision in made.decisions):
        yield Tell(f"The policy applies to no backup: it is for {made.scope.in_words}.", warning=True)
    for pin in made.missing_pins:
        yield Tell(f"No backup has the pinned id {quoted(pin)}.", warning=True)
    if pruning.approved is not None and (others := set(pruning.approved) - made.doomed):
        yield Tell(f"{len(others):,} of {len(pruning.approved):,} approved deletions are planned no longer.")
    if pruning.project_quota is None:
        return None
    seen = outlook(made, project_quota=pruning.project_quota, backups_per_day=pruning.backups_per_day)
    yield Tell(seen.summary)
    if seen.warning is not None:
        yield Tell(seen.warning, warning=True)
    return seen


def _told_after(made: Plan, fates: Mapping[str, Fate], pruning: Pruning, *, took: float) -> Flow[None]:
    """Tell what was done, unless nothing was to be done."""
    if not fates:
        yield Tell("There was nothing to delete.")
        return
    yield from _tell_lines(table(made, fates))
    met = Counter(fates.values())
    others = "".join(f", {number:,} {fate}" for fate, number in met.items() if fate is not Fate.DELETED)
    yield Tell(f"{amount(met[Fate.DELETED], 'backup', 'backups')} deleted in {exact_time(took)}{others}.")
    if met[Fate.LEFT]:
        yield Tell(f"The next run deletes more: max_deletions is {pruning.max_deletions:,}.", warning=True)


def _tell_lines(lines: Iterable[str]) -> Flow[None]:
    """One record for each line, which every log view shows in full and aligned."""
    for line in lines:
        yield Tell(line)
