"""Back up every serverless index each night, delete old backups, and report which backups failed and why.

Deleting needs the connection's `deployment`: only backups that bear it are deleted.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import dag, task

from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.index import PineconeListIndexesOperator
from airflow_provider_pinecone.operators.retention import PineconePruneBackupsOperator
from airflow_provider_pinecone.policies.retention import RetentionPolicy
from airflow_provider_pinecone.policies.tables import table

# Airflow's log view folds away what a task prints last, and shows what it logs.
log = logging.getLogger("airflow.task")

# A task that starts while Pinecone is down fails after five minutes, so that it does not hold a worker slot.
# These retries carry it through a four-hour outage. A task that is already waiting needs none of them.
OVER_FOUR_HOURS = {"retries": 8, "retry_delay": timedelta(minutes=30)}


@task(trigger_rule="all_done")
def report(index_names: list[str] | None, backups: Any, ti: Any = None) -> None:
    """Log a table of the night's backups, failures first, and fail if an index has no good backup."""
    if not index_names:
        raise RuntimeError("No index was listed, so none was backed up: see the log of list_indexes.")
    # A slice reads all results of a mapped task with one request.
    made = {backup["source_index_name"]: backup for backup in backups[:]}
    # xcom_pull, because Airflow 2 fails a task whose argument is an XCom that no task has pushed.
    errors = ti.xcom_pull(task_ids=["back_up"], key="error")
    reasons = {error["index_name"]: error["message"] for error in errors if error}
    failed = []
    for map_index, name in enumerate(index_names):
        if name not in made:
            # A task that someone ended gives its reason seconds later, but has told which backup it began.
            begun = ti.xcom_pull(task_ids="back_up", key="backup_id", map_indexes=map_index)
            reason = reasons.get(name, f"see the log of back_up. Backup begun: {begun}")
            failed.append(f"{name}: {reason.removeprefix(f'{name}: ')}")

    for reason in failed:
        log.error("FAILED  %s", reason)
    rows = [
        (name, backup["record_count"], backup["size_bytes"], backup["backup_id"])
        for name, backup in made.items()
    ]
    for line in table(("index", "records", "bytes", "backup"), rows):
        log.info("%s", line)
    if failed:
        told = f"{len(failed)} of {len(index_names)} indexes have no good backup."
        raise RuntimeError(" ".join([told, *failed]))


@dag(
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["pinecone"],
    doc_md=__doc__,
)
def pinecone_nightly_backup() -> None:
    # This includes restored indexes, since one of them may be live by now. exclude=["*-restored-*"], here and
    # in the freshness alarm, leaves out those with the restore form's default name: give an index that is to
    # go live a name of its own.
    indexes = PineconeListIndexesOperator(task_id="list_indexes", **OVER_FOUR_HOURS)
    backups = PineconeCreateBackupOperator.partial(
        task_id="back_up",
        map_index_template="{{ task.index_name }}",
        deferrable=True,
        **OVER_FOUR_HOURS,
    ).expand(index_name=indexes.output)
    report(indexes.output, backups.output)
    backups >> PineconePruneBackupsOperator(
        task_id="prune",
        policy=RetentionPolicy(keep_daily=7, keep_weekly=4, keep_monthly=12),
        project_quota=500,
        # Even if backups failed: the quota may be full, and then the next night has room.
        trigger_rule="all_done",
        **OVER_FOUR_HOURS,
    )


pinecone_nightly_backup()
