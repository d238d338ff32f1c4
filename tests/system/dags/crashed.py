"""Tasks whose wait a test ends, after it has taken parts of Airflow away or has meddled with them."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from tests.system.killing import stall
from tests.system.scenarios import IN_TRIGGERER, IN_WORKER, SETTLES

PARAMS = {"conn_id": "", "seed": "", "index_name": ""}
DEFAULTS = {
    "pinecone_conn_id": "{{ params.conn_id }}",
    "retries": 3,
    "retry_delay": timedelta(seconds=1),
}

with DAG("waiting", schedule=None, params=PARAMS, default_args=DEFAULTS):
    for place, index_names in (("triggerer", IN_TRIGGERER), ("worker", [IN_WORKER])):
        deferrable = place == "triggerer"
        PineconeCreateBackupOperator.partial(task_id=f"back_up_in_{place}", deferrable=deferrable).expand(
            index_name=index_names
        )
        PineconeCreateIndexFromBackupOperator(
            task_id=f"restore_in_{place}",
            backup_id="{{ params.seed }}",
            index_name=f"restored-in-{place}",
            deferrable=deferrable,
        )

for how, choices in {
    "": {},
    "_reusing": {"on_clear": "reuse"},
    "_deleting": {"delete_on_kill": True},
    "_in_worker": {"deferrable": False},
    "_settling": {"settle": SETTLES},
}.items():
    default_args = {**DEFAULTS, "deferrable": True, **choices}
    with DAG(f"backs_up{how}", schedule=None, params=PARAMS, default_args=default_args):
        PineconeCreateBackupOperator(task_id="back_up", index_name="{{ params.index_name }}")
    with DAG(f"restores{how}", schedule=None, params=PARAMS, default_args=default_args):
        PineconeCreateIndexFromBackupOperator(
            task_id="restore", backup_id="{{ params.seed }}", index_name="{{ params.index_name }}"
        )

with DAG("stalled", schedule=None, params=PARAMS, default_args=DEFAULTS):
    PineconeCreateBackupOperator(task_id="back_up", index_name="{{ params.index_name }}", pre_execute=stall)
