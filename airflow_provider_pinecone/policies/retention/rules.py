"""How a policy rules on the usable backups of one index, by their times alone.

Taking a backup away never turns another's keep into a delete: each rule counts from the newest backup, and
keeps the newest of a period. The newest is also the one that can still be there: it was the index's newest
once, which every rule keeps, and it stays the newest of its period when others follow. So pruning every night
ends as pruning once does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from airflow_provider_pinecone.policies.retention.buckets import BUCKETS, Period
from airflow_provider_pinecone.policies.retention.reasons import Delete, Keep, Reason
from airflow_provider_pinecone.policies.time_text import days

if TYPE_CHECKING:
    from airflow_provider_pinecone.policies.retention.policy import RetentionPolicy

_NEWEST_USABLE = Reason(Keep.NEWEST_USABLE, "newest usable")


Ruling = tuple[bool, tuple[Reason, ...]]
"""Whether to keep a backup, and why."""


class _Objection(NamedTuple):
    """What a rule says of a backup that it does not keep."""

    code: Delete
    what: str


_Opinion = Reason | _Objection | None


def rulings(moments: Sequence[datetime], policy: RetentionPolicy) -> list[Ruling]:
    """Whether to keep each backup, with the reasons for that.

    :param moments: when the usable backups were made, newest first.
    """
    ruled: list[Ruling] = []
    # Neighbours share their reasons more often than not.
    for opinions, alike in groupby(zip(*_opinions(moments, policy), strict=True)):
        ruled += [_ruling(opinions)] * len(list(alike))
    return ruled


def _ruling(opinions: tuple[_Opinion, ...]) -> Ruling:
    keep = [opinion for opinion in opinions if isinstance(opinion, Reason)]
    if keep:
        return True, tuple(keep)
    objections = [opinion for opinion in opinions if isinstance(opinion, _Objection)]
    beyond = [objection.what for objection in objections if objection.code is Delete.BEYOND]
    not_newest = [objection.what for objection in objections if objection.code is Delete.NOT_NEWEST]
    reasons = [Reason(Delete.BEYOND, f"beyond {', '.join(beyond)}")] if beyond else []
    if not_newest:
        reasons.append(Reason(Delete.NOT_NEWEST, f"not the newest of {', '.join(not_newest)}"))
    return False, tuple(reasons)


def _opinions(moments: Sequence[datetime], policy: RetentionPolicy) -> Iterator[list[_Opinion]]:
    """What each rule says of each backup; None if nothing."""
    total = len(moments)
    newest = [_NEWEST_USABLE, *[_min_ready(policy.min_ready)] * (policy.min_ready - 1)]
    yield [*newest[:total], *[None] * (total - len(newest))]
    if policy.keep_last:
        last = f"last {policy.keep_last}"
        yield _first(policy.keep_last, total, keep=Reason(Keep.LAST, last), beyond=last)
    if policy.keep_within is not None:
        count = bisect_right(moments, policy.keep_within, key=lambda moment: moments[0] - moment)
        span = days(policy.keep_within)
        keep = Reason(Keep.WITHIN, f"within {span} of the newest")
        yield _first(count, total, keep=keep, beyond=f"{span} before the newest")
    if policy.periods:
        zone = policy.zone
        local = [moment.astimezone(zone) for moment in moments]
        for period, count in policy.periods.items():
            yield _newest_of_each(local, period, count)


def _min_ready(count: int) -> Reason:
    return Reason(Keep.MIN_READY, f"newest {count} usable")


def _first(count: int, total: int, *, keep: Reason, beyond: str) -> list[_Opinion]:
    kept = [keep] * min(count, total)
    return [*kept, *[_Objection(Delete.BEYOND, beyond)] * (total - len(kept))]


def _newest_of_each(local: Sequence[datetime], period: Period, count: int) -> list[_Opinion]:
    """Keep the newest of each period, as long as ``count`` lasts. A period without backups does not count."""
    opinions: list[_Opinion] = []
    bucket, beyond = BUCKETS[period], _Objection(Delete.BEYOND, f"{period} {count}")
    # All that are kept, not the last alone: in a calendar that jumps back, a period may come up twice.
    kept: set[str] = set()
    for moment in local:
        name = bucket(moment)
        if name in kept:
            opinions.append(_Objection(Delete.NOT_NEWEST, name))
        elif len(kept) < count:
            kept.add(name)
            opinions.append(_stands_for(name, period))
        else:
            opinions.append(beyond)
    return opinions


@lru_cache(maxsize=10_000)
def _stands_for(name: str, period: Period) -> Reason:
    # Cached, since the backups of one night stand for the same periods in all indexes.
    return Reason(Keep(period), f"{period} {name}")
