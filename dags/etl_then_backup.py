"""Load records into an index, back up the index, and use the backup's id downstream.

Pinecone backs up only records written at least 15 minutes earlier, so the backup settles until then. With a
storage, the DAG also keeps a fingerprint of the index, to verify restores by.
"""

from __future__ import annotations

import logging
import os
import random
from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import Param, dag, task

from airflow_provider_pinecone.api.models import Vector
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.fingerprint import (
    PineconeConfirmFingerprintOperator,
    PineconeTakeFingerprintOperator,
)

# Airflow's log view folds away what a task prints last, and shows what it logs.
log = logging.getLogger("airflow.task")

# Where fingerprints are kept, such as "s3://aws_default@backups/pinecone".
STORAGE = os.environ.get("PINECONE_STORAGE")

PARAMS = {
    "index_name": Param("movies", type="string", description="The index to load into; it must exist."),
    "settle_minutes": Param(
        15,
        type="number",
        minimum=0,
        description="Minutes to wait between the load and its backup. Pinecone needs 15, the emulator 0.",
    ),
}


@task
def extract() -> list[str]:
    """Replace this with your source. :return: the ids of the records to load."""
    return [f"film-{number}" for number in range(100)]


@task
def load(ids: list[str], params: dict[str, Any] | None = None) -> str:
    """Write the records. :return: the time after the last write."""
    hook = PineconeBackupHook()
    index_name = (params or {})["index_name"]
    dimension = hook.describe_index(index_name).dimension or 0
    vectors = [Vector(id=id, values=tuple(random.random() for _ in range(dimension))) for id in ids]
    log.info("%d records written.", hook.upsert_vectors(index_name, vectors=vectors, namespace="films"))
    return datetime.now(UTC).isoformat()


@task
def use(backup: dict[str, Any]) -> None:
    """Use the backup, for example to record its id with the data set's version."""
    log.info("Data set backed up as %s: %d records.", backup["backup_id"], backup["record_count"])


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params=PARAMS,
    tags=["pinecone"],
    doc_md=__doc__,
)
def pinecone_etl_then_backup() -> None:
    index_name = "{{ params.index_name }}"
    written_at = load(extract())
    if STORAGE:
        taken = PineconeTakeFingerprintOperator(
            task_id="take_fingerprint", index_name=index_name, storage=STORAGE, retries=2
        )
        written_at >> taken
        # The backup settles after the fingerprint, too.
        written_at = taken.output["data_written_at"]
    backup = PineconeCreateBackupOperator(
        task_id="back_up",
        index_name=index_name,
        settle="{{ params.settle_minutes * 60 }}",
        data_written_at=written_at,
        min_records=100,
        deferrable=True,
        retries=2,
    )
    use(backup.output)
    if STORAGE:
        PineconeConfirmFingerprintOperator(
            task_id="confirm_fingerprint",
            backup_id=backup.output["backup_id"],
            storage=STORAGE,
            retries=2,
        )


pinecone_etl_then_backup()
