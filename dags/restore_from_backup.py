"""Restore a backup into a new index, from a form in the Airflow UI.

The DAG never touches the live index: it restores into a new one and compares the record counts. You switch
over afterwards.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import Param, dag, task

from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.policies.arguments import moment_of
from airflow_provider_pinecone.policies.selection import choose_backup, newest_first, previous_usable

NAME = "^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$"
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
        "Default: the source's name, 'restored' and the time.",
    ),
    "tags": Param(
        None,
        type=["null", "object"],
        additionalProperties={"type": "string"},
        maxProperties=20,
        description="Tags of the new index, instead of the backup's.",
    ),
    "deletion_protection": Param(
        "enabled",
        enum=["enabled", "disabled"],
        title="Deletion protection",
        description="For the new index, which never inherits it.",
    ),
    "dry_run": Param(False, type="boolean", title="Dry run", description="Only show what would be restored."),
}


@task(multiple_outputs=True)
def choose(params: dict[str, Any] | None = None) -> dict[str, Any]:
    """Choose the backup, and print a table of the index's backups."""
    asked = params or {}
    hook = PineconeBackupHook()
    if bool(asked["backup_id"]) == bool(asked["source_index_name"]):
        raise ValueError("Give either a source index or a backup id.")
    if asked["backup_id"]:
        chosen = hook.describe_backup(asked["backup_id"])
        backups = list(hook.iter_backups())
    else:
        # A time without a time zone is UTC.
        before = moment_of("before", asked["before"])
        backups = list(hook.iter_backups())
        chosen = choose_backup(backups, source_index_name=asked["source_index_name"], before=before)

    print(f"{'':<2}{'backup':<36}  {'status':<20}  {'age':>18}  {'records':>12}  {'change':>8}")
    for backup in newest_first(backups):
        if backup.source_index_id != chosen.source_index_id:
            continue
        previous = previous_usable(backup, backups=backups)
        age = datetime.now(UTC) - backup.created_at if backup.created_at else "unknown"
        records = "unknown" if backup.record_count is None else f"{backup.record_count:,}"
        change = ""
        if previous and previous.record_count and backup.record_count is not None:
            change = f"{backup.record_count / previous.record_count - 1:+.1%}"
        mark = "*" if backup.backup_id == chosen.backup_id else ""
        print(
            f"{mark:<2}{backup.backup_id:<36}  {backup.status:<20}  {str(age).split('.')[0]:>18}"
            f"  {records:>12}  {change:>8}"
        )

    now = datetime.now(UTC)
    default_name = f"{chosen.source_index_name[:22].rstrip('-')}-restored-{now:%Y%m%d-%H%M}"
    return {
        "backup_id": chosen.backup_id,
        "record_count": chosen.record_count,
        "target_index_name": asked["target_index_name"] or default_name,
        "tags": asked["tags"],
    }


@task.short_circuit
def go_on(params: dict[str, Any] | None = None) -> bool:
    """Skip the rest of a dry run."""
    return not (params or {})["dry_run"]


@task(retries=3)
def compare(index_name: str, expected: int | None) -> int:
    """Compare the number of records in the new index with the backup's."""
    stats = PineconeBackupHook().describe_index_stats(index_name)
    print(f"Records by namespace: {dict(stats.namespaces)}")
    if expected is not None and stats.total_vector_count != expected:
        raise ValueError(f"{index_name} holds {stats.total_vector_count:,} records, the backup {expected:,}.")
    return stats.total_vector_count


@task
def report(index_name: str, host: str, records: int, params: dict[str, Any] | None = None) -> None:
    """Print the new index's host, and what a restore does not carry over."""
    print(f"Index {index_name} is ready at {host}, with {records:,} records.")
    print("A restore does not carry over:")
    print("- records written after the backup, or in the 15 minutes before it;")
    print(f"- deletion protection (now {(params or {})['deletion_protection']}) and dedicated read capacity;")
    print("- backup schedules, and the host: point your clients at the new one.")


@task
def switch_over(index_name: str, host: str) -> None:
    """Replace this with code that points your application at the new index."""
    print(f"This task switched nothing over. Point your application at {index_name}: {host}.")


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
    chosen >> go_on() >> restore
    name, host = restore.output["index_name"], restore.output["host"]
    told = report(name, host, compare(name, chosen["record_count"]))
    told >> switch_over(name, host)


pinecone_restore_from_backup()
