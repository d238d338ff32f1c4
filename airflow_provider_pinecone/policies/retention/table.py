"""A retention plan as a table for people: by index and in the order of time, what is kept or not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.policies.identity import deployment_of
from airflow_provider_pinecone.policies.retention.policy import RetentionPolicy
from airflow_provider_pinecone.policies.retention.quota import Outlook
from airflow_provider_pinecone.policies.retention.reasons import Decision, IndexKey, Plan
from airflow_provider_pinecone.policies.time_text import days


def table(
    plan: Plan,
    policy: RetentionPolicy,
    *,
    outcomes: Mapping[str, str] | None = None,
    outlook: Outlook | None = None,
) -> str:
    """The plan before it is carried out, or after.

    :param outcomes: what became of deletions, by backup id, such as ``deleted`` or ``kept: a restore needs
        it``. Those that are not in there are shown as planned.
    :param outlook: what to say of the project's quota.
    """
    return "\n".join(_lines(plan, policy, outcomes or {}, outlook))


def in_words(policy: RetentionPolicy) -> str:
    """The policy on one line."""
    rules = [f"last {policy.keep_last}"] if policy.keep_last else []
    if policy.keep_within is not None:
        rules.append(f"within {days(policy.keep_within)} of the newest")
    rules += [f"{count} {period}" for period, count in policy.periods.items()]
    if policy.min_ready > 1:
        rules.append(f"newest {policy.min_ready} usable")
    return ", ".join(rules)


def _lines(
    plan: Plan, policy: RetentionPolicy, outcomes: Mapping[str, str], outlook: Outlook | None
) -> Iterator[str]:
    indexes = plan.by_index()
    yield f"Retention: keep {in_words(policy)}. Times are in {policy.timezone}."
    backups = _count(len(plan.decisions), "backup", "backups")
    yield f"{backups} of {_count(len(indexes), 'index', 'indexes')}: {_sums(plan.decisions)}."
    for pin in plan.missing_pins:
        yield f"WARNING: no backup has the pinned id {pin!r:.80}."
    for index, decisions in indexes.items():
        yield ""
        yield _heading(index, decisions, plan, policy.zone)
        yield from _aligned(_row(decision, outcomes, policy.zone) for decision in decisions)
    if outlook is not None:
        yield ""
        yield f"Quota: {outlook.summary}"
        if outlook.warning is not None:
            yield f"WARNING: {outlook.warning}"


def _heading(index: IndexKey, decisions: Sequence[Decision], plan: Plan, zone: ZoneInfo) -> str:
    name, index_id = index
    gone = plan.deleted_at.get(index_id)
    state = "" if gone is None else f", deleted on {gone.astimezone(zone):%Y-%m-%d}"
    return f"{name} ({index_id}){state}: {_sums(decisions)}"


def _row(decision: Decision, outcomes: Mapping[str, str], zone: ZoneInfo) -> tuple[str, ...]:
    backup = decision.backup
    time = f"{backup.created_at.astimezone(zone):%Y-%m-%d %H:%M}" if backup.created_at else "-"
    # Our own names say nothing that is not in the row already.
    name = "" if backup.name is None or deployment_of(backup) is not None else f" {backup.name!r}"
    planned = "keep" if decision.keep else "DELETE"
    fate = outcomes.get(backup.backup_id, planned)
    return time, f"{backup.backup_id}{name}", _contents(backup), fate, decision.why


def _contents(backup: Backup) -> str:
    if backup.status is not BackupStatus.READY:
        return str(backup.status)
    return "records unknown" if backup.record_count is None else f"{backup.record_count:,} records"


def _aligned(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(padded)}".rstrip()


def _sums(decisions: Sequence[Decision]) -> str:
    kept = sum(decision.keep for decision in decisions)
    return f"keep {kept:,}, delete {len(decisions) - kept:,}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
