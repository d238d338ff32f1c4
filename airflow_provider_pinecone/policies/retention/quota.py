"""Whether a policy's backups fit into the project's quota: how many there are, and how many there will be."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airflow_provider_pinecone.api.checks import check_whole
from airflow_provider_pinecone.policies.retention.policy import RetentionPolicy
from airflow_provider_pinecone.policies.retention.reasons import RULES, Keep, Plan
from airflow_provider_pinecone.policies.retention.rules import rulings
from airflow_provider_pinecone.policies.time_text import amount

FARTHEST = 366
"""Days to look ahead."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """How a project's backups fill its quota, in numbers of backups.

    :param quota: how many the project may have.
    :param used: how many it has now.
    :param left: how many stay once the plan is carried out.
    :param indexes: how many indexes are backed up.
    :param per_index: the most that the policy keeps of one index.
    :param night: how many are added before the next pruning.
    :param others: those that stay whatever the rules say, and those of deleted indexes.
    :param days_left: days until the next night no longer fits; None if that takes more than a year.
    """

    quota: int
    used: int
    left: int
    indexes: int
    per_index: int
    night: int
    others: int
    days_left: int | None

    @property
    def steady(self) -> int:
        """The most there will ever be, if the others stay as they are."""
        return self.indexes * self.per_index + self.night + self.others

    def as_dict(self) -> dict[str, int | None]:
        """The figures, fit for JSON."""
        return {
            "project_quota": self.quota,
            "used": self.used,
            "used_after": self.left,
            "steady": self.steady,
            "days_left": self.days_left,
        }

    @property
    def summary(self) -> str:
        """The figures on one line."""
        return (
            f"{self.used:,} of {self.quota:,} backups are used, {self.left:,} after this plan. "
            f"The policy keeps up to {self.per_index:,} per index: "
            f"with {amount(self.indexes, 'index', 'indexes')}, {self.night:,} more a night and "
            f"{self.others:,} others, that is up to {self.steady:,}."
        )

    @property
    def warning(self) -> str | None:
        """What to do about a quota that does not suffice, on one line; None if it does."""
        if self.steady <= self.quota:
            return None
        match self.days_left:
            case None:
                when = "in more than a year"
            case 0:
                when = "with the next night"
            case days:
                when = f"in about {amount(days, 'day', 'days')}"
        return (
            f"The project_quota of {self.quota:,} backups will not suffice: it is full {when}, and the "
            f"policy may come to need {self.steady:,}. Keep fewer backups, or ask Pinecone for more quota."
        )


def outlook(plan: Plan, *, project_quota: int, backups_per_day: int = 1) -> Outlook:
    """Tell whether the quota suffices.

    :param plan: the plan for all backups of the project. The indexes of which its rules keep a backup are
        taken to be backed up further on, but for those that are known to be deleted.
    :param backups_per_day: how often each, evenly spread. Pruning is taken to be daily.
    :raises PineconeInputError: if a number is invalid.
    """
    check_whole("project_quota", project_quota, least=1)
    check_whole("backups_per_day", backups_per_day, least=1)
    histories = _histories(plan)
    indexes, others = len(histories), len(plan.kept) - sum(map(len, histories))
    per_index, night = most_kept(plan.policy, backups_per_day=backups_per_day), indexes * backups_per_day

    def is_full_after(days: int) -> bool:
        to_come = _to_come(plan.now, days, backups_per_day)
        held = sum(_count_kept([*to_come, *history], plan.policy) for history in histories)
        return held + others + night > project_quota

    fits = indexes * per_index + others + night <= project_quota
    days = FARTHEST if fits else bisect_left(range(FARTHEST), True, key=is_full_after)
    return Outlook(
        quota=project_quota,
        used=len(plan.decisions),
        left=len(plan.kept),
        indexes=indexes,
        per_index=per_index,
        night=night,
        others=others,
        days_left=days if days < FARTHEST else None,
    )


def most_kept(policy: RetentionPolicy, *, backups_per_day: int = 1) -> int:
    """The most backups that a policy keeps of an index, if they are evenly spread and all usable."""
    newest, older = [policy.keep_last, policy.min_ready], 0
    if policy.keep_within is not None:
        # Both ends count: a week holds eight nights.
        newest.append(policy.keep_within // (_DAY / backups_per_day) + 1)
    for period, count in policy.periods.items():
        if period.shortest_days * backups_per_day <= 1:
            newest.append(count)  # no period holds two, so the rule keeps the newest ones
        else:
            older += count - 1  # the index's newest is the first of them, and counted above
    return max(*newest, 1) + older


def _histories(plan: Plan) -> list[list[datetime]]:
    """When the backups were made that the rules keep of each index that exists, newest first."""
    governed = RULES | {Keep.MIN_READY}
    histories = [
        [
            decision.backup.created_at
            for decision in reversed(decisions)
            if decision.codes & governed and decision.backup.created_at is not None
        ]
        for (_, index_id), decisions in plan.by_index.items()
        if index_id not in plan.deleted_at
    ]
    return list(filter(None, histories))


def _to_come(now: datetime, days: int, per_day: int) -> list[datetime]:
    return [now + number * _DAY / per_day for number in range(days * per_day, 0, -1)]


def _count_kept(moments: Sequence[datetime], policy: RetentionPolicy) -> int:
    return sum(keep for keep, _ in rulings(moments, policy))
