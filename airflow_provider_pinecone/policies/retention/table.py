"""A retention plan as a table for people: by index and in the order of time, what is kept or not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.api.redaction import one_line, quoted
from airflow_provider_pinecone.policies import tables
from airflow_provider_pinecone.policies.guards import held
from airflow_provider_pinecone.policies.identity import deployment_of
from airflow_provider_pinecone.policies.retention.reasons import Decision, Fate, IndexKey, Plan
from airflow_provider_pinecone.policies.time_text import amount

COLUMNS = ("made", "decision", "records", "why", "backup")

Fates = Mapping[str, Fate]
"""What became of backups that the plan deletes, by their ids."""


def table(plan: Plan, fates: Fates | None = None) -> Iterator[str]:
    """The plan before it is carried out, or after; line by line.

    :param fates: what became of deletions. Those that are not in there are shown as planned.
    """
    fates = fates or {}
    indexes = plan.by_index
    yield (
        f"Retention for {plan.scope.in_words}: keep {plan.policy.in_words}. "
        f"Times are in {plan.policy.timezone}."
    )
    backups = amount(len(plan.decisions), "backup", "backups")
    yield f"{backups} of {amount(len(indexes), 'index', 'indexes')}: {_sums(plan.decisions, fates)}."
    for index, decisions in indexes.items():
        yield ""
        yield f"{_heading(index, plan)}: {_sums(decisions, fates)}"
        rows = (_row(decision, fates, plan.policy.zone) for decision in decisions)
        yield from (f"  {line}" for line in tables.table(COLUMNS, rows))


def describe(backup: Backup, zone: ZoneInfo) -> str:
    """A backup in a few words: its index, when it was made, what it holds."""
    return f"{backup.source_index_name}, {_time(backup, zone)}, {held(backup)}"


def _heading(index: IndexKey, plan: Plan) -> str:
    name, index_id = index
    gone = plan.deleted_at.get(index_id)
    state = "" if gone is None else f", deleted on {gone.astimezone(plan.policy.zone):%Y-%m-%d}"
    return one_line(f"{name} ({index_id}){state}")


def _row(decision: Decision, fates: Fates, zone: ZoneInfo) -> tuple[object, ...]:
    backup = decision.backup
    fate = "keep" if decision.keep else str(fates.get(backup.backup_id, "DELETE"))
    holds = backup.record_count if backup.status is BackupStatus.READY else str(backup.status)
    # Our own names say nothing that is not in the row already.
    name = "" if backup.name is None or deployment_of(backup) is not None else f" {quoted(backup.name)}"
    return _time(backup, zone), fate, holds, decision.why, f"{backup.backup_id}{name}"


def _time(backup: Backup, zone: ZoneInfo) -> str:
    return f"{backup.created_at.astimezone(zone):%Y-%m-%d %H:%M}" if backup.created_at else "-"


def _sums(decisions: Sequence[Decision], fates: Fates) -> str:
    """How many are kept, and how many meet each fate."""
    doomed = [decision.backup.backup_id for decision in decisions if not decision.keep]
    met = Counter(fates.get(backup_id, "delete") for backup_id in doomed)
    sums = {"keep": len(decisions) - len(doomed)} | ({"delete": 0} if not met else dict(met))
    return ", ".join(f"{what} {number:,}" for what, number in sums.items())
