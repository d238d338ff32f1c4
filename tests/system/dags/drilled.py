"""Restore drills that lose a worker in one of their tasks, or parts of Airflow while they wait."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_pinecone.operators.drill import restore_drill
from tests.system.drilling import EXPIRES_AFTER, TIMEOUT, strike

PARAMS = {"conn_id": "", "victim": ""}
DRILL = {
    "source_index_name": "source",
    "pinecone_conn_id": "{{ params.conn_id }}",
    "level": "query",
    "pre_execute": strike,
}

with DAG("drilled", schedule=None, params=PARAMS):
    restore_drill(**DRILL)

with DAG("drilled_in_a_row", schedule=None, params=PARAMS):
    first = restore_drill(**DRILL, group_id="first")
    restore_drill(**DRILL, group_id="second", after=first)

with DAG("drilled_briefly", schedule=None, params=PARAMS):
    restore_drill(**DRILL, timeout=TIMEOUT, expires_after=EXPIRES_AFTER)
