"""Every call of the client, and an answer that the API may give to it."""

from __future__ import annotations

from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import Vector

BACKUP = {
    "backup_id": "bkp-1",
    "source_index_name": "movies",
    "source_index_id": "ix-1",
    "status": "Ready",
    "cloud": "aws",
    "region": "us-east-1",
    "name": "nightly",
    "description": "by a test",
    "dimension": 3,
    "metric": "cosine",
    "record_count": 1000,
    "namespace_count": 2,
    "size_bytes": 4096,
    "tags": {"team": "search"},
    "created_at": "2026-01-31T02:00:00.123456789Z",
    "schema": {"fields": {"_values": {"type": "dense_vector", "dimension": 3, "metric": "cosine"}}},
}
JOB = {
    "restore_job_id": "job-1",
    "backup_id": "bkp-1",
    "target_index_name": "restored",
    "target_index_id": "ix-2",
    "status": "Completed",
    "created_at": "2026-01-31T02:00:00Z",
    "completed_at": "2026-01-31T02:10:00Z",
    "percent_complete": 100.0,
}
SCHEDULE = {
    "schedule_id": "sch-1",
    "name": "nightly",
    "index_id": "ix-1",
    "project_id": "project-1",
    "schedule_type": "time-based",
    "frequency": "daily",
    "retention_expire_after_days": 7,
    "enabled": True,
    "next_scheduled_run": "2026-02-01T06:00:00Z",
    "created_at": "2026-01-31T02:00:00Z",
}
PLANNED_RUN = {
    "backup_id": "bkp-2",
    "source_index_name": "movies",
    "source_index_id": "ix-1",
    "status": "Scheduled",
    "name": "nightly-20260201T060000Z",
    "description": None,
    "record_count": None,
    "tags": None,
    "created_at": "2026-01-31T02:00:00Z",
    "scheduled_execution_at": "2026-02-01T06:00:00Z",
}
INDEX = {
    "name": "movies",
    "host": "movies-abc.svc.pinecone.io",
    "status": {"ready": True, "state": "Ready"},
    "deployment": {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"},
    "schema": BACKUP["schema"],
    "deletion_protection": "disabled",
    "tags": None,
    "source_backup_id": "bkp-0",
}
VECTOR = {
    "id": "a",
    "values": [0.5, 1, -2e-3],
    "sparseValues": {"indices": [1], "values": [0.5]},
    "metadata": {"genre": ["drama", "war"], "year": 1999},
}
STATS = {
    "namespaces": {"": {"vectorCount": 3}, "new": {"vectorCount": 2}},
    "totalVectorCount": 5,
    "dimension": 3,
}
PAGING = {"pagination": {"next": "eyJ0b2tlbiI6MX0="}}
HOST = "movies-abc.svc.pinecone.io"

CALLS: list[tuple[Call[Any], Any]] = [
    (endpoints.create_backup("movies"), BACKUP),
    (endpoints.describe_backup("bkp-1"), BACKUP),
    (endpoints.list_backups(), {"data": [BACKUP, BACKUP], **PAGING}),
    (endpoints.delete_backup("bkp-1"), {}),
    (
        endpoints.create_index_from_backup("bkp-1", name="restored"),
        {"restore_job_id": "job-1", "index_id": "ix-2"},
    ),
    (endpoints.describe_restore_job("job-1"), JOB),
    (endpoints.list_restore_jobs(), {"data": [JOB, JOB], **PAGING}),
    (
        endpoints.create_backup_schedule("movies", name="nightly", frequency="daily", retention_days=7),
        SCHEDULE,
    ),
    (endpoints.list_backup_schedules("movies"), {"data": [SCHEDULE, SCHEDULE], **PAGING}),
    (endpoints.describe_backup_schedule("sch-1"), SCHEDULE),
    (endpoints.update_backup_schedule("sch-1", enabled=False), SCHEDULE),
    (endpoints.delete_backup_schedule("sch-1"), None),
    (endpoints.list_backup_schedule_history("sch-1"), {"data": [PLANNED_RUN, BACKUP], **PAGING}),
    (endpoints.list_indexes(), {"indexes": [INDEX, INDEX]}),
    (endpoints.describe_index("movies"), INDEX),
    (endpoints.create_index("movies", dimension=3), INDEX),
    (endpoints.delete_index("movies"), None),
    (endpoints.describe_index_stats(HOST), STATS),
    (endpoints.list_vector_ids(HOST), {"vectors": [{"id": "a"}, {"id": "b"}], **PAGING}),
    (endpoints.fetch_vectors(HOST, ids=["a"]), {"vectors": {"a": VECTOR}, "namespace": ""}),
    (
        endpoints.query(HOST, vector=Vector(id="a", values=(1.0,)), top_k=2),
        {"matches": [{"id": "a", "score": 1}, {"id": "b", "score": -0.5}], "namespace": ""},
    ),
    (endpoints.upsert_vectors(HOST, vectors=[]), {"upsertedCount": 2}),
]
