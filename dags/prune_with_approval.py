"""Delete the backups that a policy does not keep, once a person has seen which ones, and approved.

Nobody is asked if there is nothing to delete. Until somebody answers, nothing is deleted, and the next run
waits. Needs Airflow 3.1 or later, and the connection's `deployment`: only backups that bear it are deleted.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import AirflowOptionalProviderFeatureException, dag, task

from airflow_provider_pinecone.operators.retention import PineconePruneBackupsOperator
from airflow_provider_pinecone.policies.retention import RetentionPolicy

try:
    from airflow.providers.standard.operators.hitl import ApprovalOperator
except (ImportError, AirflowOptionalProviderFeatureException):
    ApprovalOperator = None

POLICY = RetentionPolicy(keep_daily=7, keep_weekly=4, keep_monthly=12)

BODY = """
{%- set plan = ti.xcom_pull(task_ids="plan") -%}
The policy for {{ plan.scope }}: keep {{ plan.policy }}. Of {{ plan.backups }} backups in the project,
{{ plan.deletions | length }} are to be deleted now, and {{ plan.left }} later:

| index | made (UTC) | records | why | backup |
| --- | --- | --- | --- | --- |
{% for one in plan.deletions -%}
| {{ one.source_index_name }} | {{ one.created_at[:16] | replace("T", " ") }} | {{ one.record_count }} |
{{- " " }}{{ one.reasons | map(attribute="text") | join("; ") }} | {{ one.backup_id }} |
{% endfor %}
"""


@task.short_circuit
def anything_to_delete(planned: dict[str, Any]) -> bool:
    """Skip the question if there is nothing to ask for."""
    return bool(planned["deletions"])


@dag(
    schedule="0 8 * * 1",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["pinecone"],
    doc_md=__doc__,
)
def pinecone_prune_with_approval() -> None:
    plan = PineconePruneBackupsOperator(task_id="plan", policy=POLICY, dry_run=True, retries=3)
    approve = ApprovalOperator(task_id="approve", subject="Delete these Pinecone backups?", body=BODY)
    delete = PineconePruneBackupsOperator(task_id="delete", policy=POLICY, approved=plan.output, retries=3)
    anything_to_delete(plan.output) >> approve >> delete


if ApprovalOperator is None:
    logging.getLogger(__name__).warning("pinecone_prune_with_approval is off: it needs Airflow 3.1 or later.")
else:
    pinecone_prune_with_approval()
