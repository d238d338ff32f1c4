"""Each week, restore a backup of each index into a temporary index, verify that, and delete it again.

A run fails if a backup cannot be restored, if the restored index is damaged, or if it cannot be deleted.
"""

from __future__ import annotations

import os
from datetime import datetime

from airflow.providers.common.compat.sdk import dag

from airflow_provider_pinecone.operators.drill import restore_drill

INDEXES = ["movies"]

# Where the backups' fingerprints are, and the reports go, such as "s3://aws_default@backups/pinecone".
# Without it, the sample is compared with the live index, and the reports are only XComs.
STORAGE = os.environ.get("PINECONE_STORAGE")


@dag(
    schedule="0 5 * * 0",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # One drill after the other, so that they need room for only one index in the project's quota.
    max_active_runs=1,
    tags=["pinecone"],
    doc_md=__doc__,
)
def pinecone_weekly_restore_drill() -> None:
    drill = None
    for name in INDEXES:
        drill = restore_drill(
            source_index_name=name, group_id=f"drill_{name}", storage=STORAGE, after=drill, retries=3
        )


pinecone_weekly_restore_drill()
