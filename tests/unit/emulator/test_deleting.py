"""What is deleted frees its space, as soon as nothing else holds it."""

from __future__ import annotations

from airflow_provider_pinecone.emulator.clock import Clock
from airflow_provider_pinecone.emulator.resources import backups, indexes, restores, schedules
from airflow_provider_pinecone.emulator.resources.indexes import NewIndex
from airflow_provider_pinecone.emulator.settings import Settings
from airflow_provider_pinecone.emulator.state import records
from airflow_provider_pinecone.emulator.state.project import Project
from airflow_provider_pinecone.emulator.state.records import Record

DOCS = NewIndex(
    name="docs",
    schema={"_values": {"type": "dense_vector", "dimension": 1, "metric": "cosine"}},
    deployment={"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"},
    read_capacity=indexes.ON_DEMAND,
    tags={},
)


def rows(project: Project, table: str) -> int:
    (count,) = project.store.db.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(count)


def test_records_go_with_the_last_of_their_index_its_backup_and_its_copy() -> None:
    project = Project(Settings(backup_seconds=0, restore_seconds=0), Clock(lambda: 1000.0))
    index = indexes.create(project, DOCS, 1000)
    with project.store.transaction() as db:
        records.write(db, index.index_id, "", [Record("a", (1.0,)), Record("b", (2.0,))], moment=1000)
    backup = backups.create(project, "docs", 1000, name=None, description=None)
    restores.create(
        project,
        backup.backup_id,
        1000,
        name="copy",
        tags=None,
        deletion_protection="disabled",
        read_capacity=None,
    )

    assert (rows(project, "records"), rows(project, "contents")) == (6, 2)
    indexes.delete(project, "docs", 1000)
    assert (rows(project, "records"), rows(project, "contents")) == (4, 2)
    backups.delete(project, backup.backup_id, 1000)
    assert (rows(project, "records"), rows(project, "contents")) == (2, 2)
    indexes.delete(project, "copy", 1000)
    assert (rows(project, "records"), rows(project, "contents")) == (0, 0)


def test_scheduled_backups_that_would_be_gone_by_now_are_not_made() -> None:
    project = Project(Settings(), Clock(lambda: 1000.0))
    index = indexes.create(project, DOCS, 1000)
    with project.store.transaction() as db:
        records.write(db, index.index_id, "", [Record("a", (1.0,))], moment=1000)
    schedules.create(project, "docs", 1000, name="nightly", frequency="daily", retention_days=2)

    for days in (1000, 2000):
        schedules.run_due(project, 1000 + days * 86_400)
        assert rows(project, "records") == 3

    assert rows(project, "backups") == 4
