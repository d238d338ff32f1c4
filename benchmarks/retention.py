"""How long planning retention takes, beside what it cannot do without."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median

from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.policies.identity import Run, deployment_of
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope, plan
from airflow_provider_pinecone.policies.retention.reasons import Plan
from airflow_provider_pinecone.policies.selection import newest_first
from benchmarks.table import Table

BACKUPS = 10_000
ROUNDS = 15
FIRST = datetime(2016, 1, 1, 2, tzinfo=UTC)
NIGHTLY = RetentionPolicy(keep_daily=7, keep_weekly=4, keep_monthly=12, timezone="Europe/Berlin")
EVERY_RULE = RetentionPolicy(
    keep_last=3,
    keep_hourly=24,
    keep_daily=7,
    keep_weekly=4,
    keep_monthly=12,
    keep_yearly=3,
    keep_within=timedelta(days=7),
    min_ready=2,
    timezone="Europe/Berlin",
)


def measure() -> Table:
    """Plan for nightly backups of one index and of many, by a usual policy and by one of all rules."""
    rows = []
    for indexes in (1, 20, 500):
        backups = _history(indexes)
        rows.append([_case(indexes), "none: read the marks, sort by age", "", _time(partial(_read, backups))])
        for name, policy in {"7 daily, 4 weekly, 12 monthly": NIGHTLY, "every rule": EVERY_RULE}.items():
            deleted = len(_plan(backups, policy).deletions)
            rows.append([_case(indexes), name, f"{deleted:,}", _time(partial(_plan, backups, policy))])
    return Table(
        title="Planning retention",
        method=f"A decision with reasons for each of {BACKUPS:,} nightly backups, ten to twenty times what "
        f"a project may have; the median of {ROUNDS} rounds. Beside it, what no planner can do without: "
        "reading which deployment made each backup, and sorting them.",
        header=["backups", "policy", "to delete", "time"],
        rows=rows,
    )


def _history(indexes: int) -> list[Backup]:
    run = Run(deployment="prod", dag_id="nightly", task_id="back_up", run_id="scheduled__2026", moment=FIRST)
    return [
        Backup(
            backup_id=f"{index}-{night}",
            source_index_name=f"index-{index}",
            source_index_id=f"index-{index}",
            status=BackupStatus.READY,
            record_count=1_000_000,
            description=run.description(f"index-{index}"),
            created_at=FIRST + timedelta(days=night),
        )
        for index in range(indexes)
        for night in range(BACKUPS // indexes)
    ]


def _plan(backups: list[Backup], policy: RetentionPolicy) -> Plan:
    return plan(backups, policy, now=FIRST + timedelta(days=BACKUPS), scope=Scope(deployment="prod"))


def _read(backups: list[Backup]) -> object:
    return [deployment_of(backup) for backup in backups], newest_first(backups)


def _case(indexes: int) -> str:
    return f"{BACKUPS // indexes:,} of {'one index' if indexes == 1 else f'each of {indexes} indexes'}"


def _time(work: Callable[[], object]) -> str:
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return f"{median(seconds) * 1000:.0f} ms"


if __name__ == "__main__":
    print(measure().markdown(script=__file__))
