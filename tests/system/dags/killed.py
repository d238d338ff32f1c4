"""One task for each point at which a task can be killed, and one of each kind that lives."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from tests.system.kill_points import points_of, unharmed
from tests.system.killing import kill

with DAG("killed", schedule=None, max_active_tasks=100, params={"worker": "", "triggerer": ""}):
    for mode in ("worker", "triggerer"):
        shared = {
            "pinecone_conn_id": f"pinecone_{mode}",
            "deferrable": mode == "triggerer",
            "retries": 3,
            "retry_delay": timedelta(seconds=1),
            "pre_execute": kill,
        }
        PineconeCreateBackupOperator.partial(task_id=f"backup_{mode}", **shared).expand(
            index_name=[point.index_name for point in points_of("backup", mode)] + [unharmed("backup", mode)]
        )
        PineconeCreateIndexFromBackupOperator.partial(
            task_id=f"restore_{mode}", backup_id=f"{{{{ params.{mode} }}}}", **shared
        ).expand(
            index_name=[point.index_name for point in points_of("restore", mode)]
            + [unharmed("restore", mode)]
        )
