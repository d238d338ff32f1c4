"""Restore a backup into a new index, from a form in the Airflow UI.

The DAG never touches the live index: it restores into a new one and verifies that one. You switch over
afterwards.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import Param, dag, task

from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.operators.verification import PineconeVerifyRestoreOperator
from airflow_provider_pinecone.policies.arguments import moment_of
from airflow_provider_pinecone.policies.selection import choose_backup, newest_first, previous_usable
from airflow_provider_pinecone.policies.tables import table

# Airflow's log view folds away what a task prints last, and shows what it logs.
log = logging.getLogger("airflow.task")

# How many indexes the project may hold, which the API does not tell. Pinecone's Standard plan allows 20.
INDEX_QUOTA = 20

# Where the backups' fingerprints are and the reports go, such as "s3://aws_default@backups/pinecone". Without
# a fingerprint, records that differ from the source index are reported, but are no proof of damage.
STORAGE = os.environ.get("PINECONE_STORAGE")

NAME = r"^\s*[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?\s*$"
PARAMS = {
    "source_index_name": Param(
        None,
        type=["null", "string"],
        title="Source index",
        description="Restore this index from its newest usable backup, even if the index was deleted.",
    ),
    "backup_id": Param(
        None,
        type=["null", "string"],
        title="Backup id",
        description="Restore this backup. If you set this, leave 'Source index' blank.",
    ),
    "before": Param(
        None,
        type=["null", "string"],
        format="date-time",
        title="Not after",
        description="With a source index: ignore its backups made after this time (UTC without a time zone).",
    ),
    "target_index_name": Param(
        None,
        type=["null", "string"],
        pattern=NAME,
        title="New index",
        description="At most 45 lower-case letters, digits and hyphens. "
        "Blank: a name such as movies-restored-20260731-0200.",
    ),
    "tags": Param(
        None,
        type=["null", "object"],
        additionalProperties={"type": "string"},
        # The provider adds one, and an index has at most 20.
        maxProperties=19,
        title="Tags",
        description='Instead of the backup\'s tags, at most 19, such as {"team": "search"}. '
        "An empty {} keeps the backup's.",
    ),
    "deletion_protection": Param(
        "enabled",
        enum=["enabled", "disabled"],
        title="Deletion protection",
        description="For the new index, which never inherits it.",
    ),
    "level": Param(
        "sample",
        enum=["metadata", "counts", "sample", "query"],
        title="Verification",
        description="How thoroughly to verify the new index. Each level includes those before it; 'query' "
        "searches for each sampled record.",
    ),
    "dry_run": Param(
        False,
        type="boolean",
        title="Dry run",
        description="Only show what would be restored. Fails if the name is taken or the quota used up.",
    ),
}


def history(chosen: Backup, backups: list[Backup]) -> Iterator[tuple[str | int | None, ...]]:
    """The backups of one index as the rows of a table, newest first; a star marks the chosen one."""
    for backup in newest_first(backups):
        if backup.source_index_id != chosen.source_index_id:
            continue
        mark = "*" if backup.backup_id == chosen.backup_id else ""
        made = f"{backup.created_at:%Y-%m-%d %H:%M}" if backup.created_at else None
        change = ""
        previous = previous_usable(backup, backups=backups)
        if previous and previous.record_count and backup.record_count is not None:
            change = f"{backup.record_count / previous.record_count - 1:+.1%}"
        yield mark, made, backup.record_count, change, str(backup.status), backup.backup_id


@task(multiple_outputs=True)
def choose(params: dict[str, Any] | None = None) -> dict[str, Any]:
    """Choose the backup, and log a table of its index's backups."""
    asked = {
        name: value.strip() if isinstance(value, str) else value for name, value in (params or {}).items()
    }
    name, backup_id = asked["source_index_name"], asked["backup_id"]
    if name and backup_id:
        raise ValueError(f"Give a source index or a backup id, not both: {name!r} and {backup_id!r}.")
    if not name and not backup_id:
        raise ValueError("Give a source index or a backup id: both are blank.")
    hook = PineconeBackupHook()
    backups = list(hook.iter_backups())
    if backup_id:
        chosen = hook.describe_backup(backup_id)
    else:
        # A time without a time zone is UTC.
        before = moment_of("before", asked["before"])
        chosen = choose_backup(backups, source_index_name=name, before=before)

    now = datetime.now(UTC)
    default_name = f"{chosen.source_index_name[:22].rstrip('-')}-restored-{now:%Y%m%d-%H%M}"
    target = asked["target_index_name"] or default_name
    log.info("%s is to be restored from the backup of %s marked with *:", target, chosen.source_index_name)
    for line in table(("", "made (UTC)", "records", "change", "status", "backup"), history(chosen, backups)):
        log.info("%s", line)
    return {
        "backup_id": chosen.backup_id,
        "status": str(chosen.status),
        "target_index_name": target,
        "tags": asked["tags"] or None,
    }


@task.short_circuit
def go_on(index_name: str, status: str, params: dict[str, Any] | None = None) -> bool:
    """End a dry run here; fail it if the restore would fail."""
    if not (params or {})["dry_run"]:
        return True
    if status != "Ready":
        raise ValueError(f"The backup is {status}, and only a Ready one can be restored. Choose another.")
    indexes = PineconeBackupHook().list_indexes()
    if index_name in {index.name for index in indexes}:
        raise ValueError(f"{index_name}: the name is taken. Give 'New index' another one.")
    if len(indexes) >= INDEX_QUOTA:
        raise ValueError(
            f"The quota is used up: the project has {len(indexes)} indexes of {INDEX_QUOTA}. Delete one, or "
            f"change INDEX_QUOTA in this DAG's file if your plan allows more."
        )
    log.info("Dry run: the name is free, and the project has %d of %d indexes.", len(indexes), INDEX_QUOTA)
    return False


@task
def report(index_name: str, host: str, params: dict[str, Any] | None = None) -> None:
    """Log the new index's host, and what a restore does not carry over."""
    log.info("Index %s is ready and verified, at %s.", index_name, host)
    log.info("A restore does not carry over:")
    log.info("- records written after the backup, or in the 15 minutes before it;")
    protection = (params or {})["deletion_protection"]
    log.info("- deletion protection (now %s) and dedicated read capacity;", protection)
    log.info("- backup schedules, and the host: point your clients at the new one.")


@task
def switch_over(index_name: str, host: str) -> None:
    """Replace this with code that points your application at the new index."""
    log.warning("Nothing was switched over. Point your application at %s: %s.", index_name, host)


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params=PARAMS,
    render_template_as_native_obj=True,
    tags=["pinecone"],
    doc_md=__doc__,
)
def pinecone_restore_from_backup() -> None:
    chosen = choose()
    restore = PineconeCreateIndexFromBackupOperator(
        task_id="restore",
        backup_id=chosen["backup_id"],
        index_name=chosen["target_index_name"],
        tags=chosen["tags"],
        deletion_protection="{{ params.deletion_protection }}",
        deferrable=True,
        retries=2,
    )
    go_on(chosen["target_index_name"], chosen["status"]) >> restore
    name, host = restore.output["index_name"], restore.output["host"]
    verified = PineconeVerifyRestoreOperator(
        task_id="verify",
        index_name=name,
        backup_id=chosen["backup_id"],
        restore_job_id=restore.output["restore_job_id"],
        level="{{ params.level }}",
        storage=STORAGE,
        expected_tags=chosen["tags"],
        retries=3,
    )
    verified >> report(name, host) >> switch_over(name, host)


pinecone_restore_from_backup()
