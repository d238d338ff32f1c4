"""The two attempts: at a backup of an index, and at an index from a backup."""

from __future__ import annotations

from functools import partial

from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.flows.attempt import Attempt
from airflow_provider_pinecone.flows.settle_backup import settle_backup
from airflow_provider_pinecone.flows.settle_restore import settle_restore
from airflow_provider_pinecone.flows.submit_backup import BackupPlan, submit_backup
from airflow_provider_pinecone.flows.submit_restore import RestorePlan, submit_restore
from airflow_provider_pinecone.flows.waiting.wait import Restored
from airflow_provider_pinecone.flows.waits import BackupWait, RestoreWait


def backup_attempt(plan: BackupPlan) -> Attempt[BackupWait, Backup]:
    """One try at the one backup that a run makes of an index."""
    return Attempt(plan=plan, submit=partial(submit_backup, plan), settle=partial(settle_backup, plan))


def restore_attempt(plan: RestorePlan) -> Attempt[RestoreWait, Restored]:
    """One try at the one index that a run makes from a backup."""
    return Attempt(plan=plan, submit=partial(submit_restore, plan), settle=partial(settle_restore, plan))
