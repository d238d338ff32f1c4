"""The API's responses as values: backups, restore jobs, indexes and their contents.

One model serves every API version: the ``schema`` and ``deployment`` of 2026-07 and the older ``dimension``,
``metric`` and ``spec`` decode into the same fields. Unknown fields stay in ``raw``; unknown statuses keep the
API's word.
"""

from __future__ import annotations

from airflow_provider_pinecone.api.models.backups import Backup, BackupStatus
from airflow_provider_pinecone.api.models.base import Page, Resource, Status
from airflow_provider_pinecone.api.models.indexes import Index, IndexState
from airflow_provider_pinecone.api.models.records import IndexStats, Match, Vector
from airflow_provider_pinecone.api.models.restores import RestoreJob, RestoreJobStatus, StartedRestore
from airflow_provider_pinecone.api.models.schedules import BackupSchedule, BackupScheduleHistoryItem

__all__ = [
    "Backup",
    "BackupSchedule",
    "BackupScheduleHistoryItem",
    "BackupStatus",
    "Index",
    "IndexState",
    "IndexStats",
    "Match",
    "Page",
    "Resource",
    "RestoreJob",
    "RestoreJobStatus",
    "StartedRestore",
    "Status",
    "Vector",
]
