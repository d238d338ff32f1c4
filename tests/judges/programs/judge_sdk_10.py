"""Pinecone's Python SDK 10.2.0 judges the emulator: API version 2026-07, the schema shapes, schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pinecone import ServerlessSpec
from pinecone.errors import (
    ConflictError,
    FailedPreconditionError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
)

from tests.judges.programs.clients_10 import connect, open_index, pc

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_pinecone.emulator.pytest_plugin import PineconeEmulator

__all__ = ["connect", "open_index", "pc"]

SPEC = ServerlessSpec(cloud="aws", region="us-east-1")
NAMESPACES = {"": 2, "one": 3}
DAY = 24 * 60 * 60


@pytest.fixture
def my_index(pc: Any, open_index: Callable[[str], Any]) -> Any:
    """An index of five records in two namespaces."""
    pc.create_index(name="my-index", dimension=3, metric="cosine", spec=SPEC)
    index = open_index("my-index")
    for namespace, records in NAMESPACES.items():
        vectors = [
            {"id": f"v{number}", "values": [number, 0.5, 1], "metadata": {"number": number}}
            for number in range(records)
        ]
        index.upsert(vectors=vectors, namespace=namespace)
    return index


def records_by_namespace(index: Any) -> dict[str, int]:
    stats = index.describe_index_stats()
    return {name: summary.vector_count for name, summary in stats.namespaces.items()}


@pytest.mark.usefixtures("my_index")
def test_create_and_describe_a_backup(pc: Any, pinecone_emulator: PineconeEmulator) -> None:
    pinecone_emulator.freeze()
    pinecone_emulator.change_settings(backup_seconds=60)

    created = pc.backups.create(index_name="my-index", name="my-index-backup-1", description="weekly backup")
    pinecone_emulator.advance(60)
    backup = pc.backups.describe(backup_id=created.backup_id)

    assert (created.status, created.record_count) == ("Initializing", None)
    assert backup.status == "Ready"
    assert (backup.source_index_name, backup.name) == ("my-index", "my-index-backup-1")
    assert backup.description == "weekly backup"
    assert (backup.cloud, backup.region, backup.dense_dimension) == ("aws", "us-east-1", 3)
    assert (backup.record_count, backup.namespace_count) == (5, 2)
    assert backup.size_bytes is not None
    assert backup.size_bytes > 5 * 3 * 4
    assert backup.tags is None
    assert backup.created_at == created.created_at


@pytest.mark.usefixtures("my_index")
def test_make_an_index_from_a_backup(pc: Any, pinecone_emulator: PineconeEmulator) -> None:
    pinecone_emulator.freeze()
    pinecone_emulator.change_settings(restore_seconds=60)
    backup = pc.backups.create(index_name="my-index")

    response = pc.create_index_from_backup(
        name="my-index-restore-1", backup_id=backup.backup_id, tags={"restored": "yes"}, timeout=-1
    )
    pending = pc.restore_jobs.describe(job_id=response.restore_job_id)
    waiting = pc.describe_index("my-index-restore-1")
    pinecone_emulator.advance(60)
    completed = pc.restore_jobs.describe(job_id=response.restore_job_id)

    assert (pending.status, pending.percent_complete, pending.completed_at) == ("Pending", None, None)
    assert not waiting.status.ready
    assert completed.status == "Completed"
    assert completed.percent_complete == 100
    assert completed.completed_at is not None
    assert completed.backup_id == backup.backup_id
    assert completed.target_index_name == "my-index-restore-1"
    assert completed.target_index_id == response.index_id
    restored = pc.describe_index("my-index-restore-1")
    assert restored.status.ready
    assert restored.source_backup_id == backup.backup_id
    assert dict(restored.tags or {}) == {"restored": "yes"}
    assert (restored.dimension, restored.metric) == (3, "cosine")


def test_the_restored_index_holds_the_same_records(
    pc: Any, my_index: Any, open_index: Callable[[str], Any]
) -> None:
    backup = pc.backups.create(index_name="my-index")
    pc.create_index_from_backup(name="copy", backup_id=backup.backup_id)  # waits until it is ready
    copy = open_index("copy")

    assert records_by_namespace(copy) == records_by_namespace(my_index) == NAMESPACES
    for namespace in NAMESPACES:
        ids = [item.id for page in my_index.list(namespace=namespace) for item in page.vectors]
        assert [item.id for page in copy.list(namespace=namespace) for item in page.vectors] == ids
        original, restored = (index.fetch(ids=ids, namespace=namespace).vectors for index in (my_index, copy))
        assert {id_: (vector.values, vector.metadata) for id_, vector in restored.items()} == {
            id_: (vector.values, vector.metadata) for id_, vector in original.items()
        }


@pytest.mark.usefixtures("my_index")
def test_list_backups_of_the_project_and_of_an_index(pc: Any) -> None:
    pc.create_index(name="other", dimension=2, spec=SPEC)
    one, two = (pc.backups.create(index_name="my-index", name=f"my-index-backup-{n}") for n in (1, 2))
    other = pc.backups.create(index_name="other")

    of_project = pc.backups.list(limit=2)
    rest = pc.backups.list(pagination_token=of_project.pagination.next)
    of_index = pc.backups.list(index_name="my-index", limit=3)

    assert [b.backup_id for b in [*of_project, *rest]] == [other.backup_id, two.backup_id, one.backup_id]
    assert rest.pagination is None
    assert [b.name for b in of_index] == ["my-index-backup-2", "my-index-backup-1"]
    assert of_index.pagination is None
    assert [b.backup_id for b in pc.indexes.list_backups("my-index")] == [
        two.backup_id,
        one.backup_id,
    ]


@pytest.mark.usefixtures("my_index")
def test_list_backups_of_a_deleted_index(pc: Any) -> None:
    backup = pc.backups.create(index_name="my-index")
    pc.delete_index("my-index")

    with pytest.raises(NotFoundError, match="Index my-index not found"):
        pc.backups.list(index_name="my-index")
    (found,) = pc.backups.list(index_name="my-index", include_deleted=True)

    assert found.backup_id == backup.backup_id
    assert found.source_index_deleted_at is not None


@pytest.mark.usefixtures("my_index")
def test_list_restore_jobs(pc: Any) -> None:
    backup = pc.backups.create(index_name="my-index")
    made = [
        pc.create_index_from_backup(name=f"copy-{n}", backup_id=backup.backup_id, timeout=-1).restore_job_id
        for n in range(3)
    ]

    first = pc.restore_jobs.list(limit=2)
    second = pc.restore_jobs.list(pagination_token=first.pagination.next)

    assert [job.restore_job_id for job in [*first, *second]] == made[::-1]
    assert {job.status for job in first} == {"Completed"}


@pytest.mark.usefixtures("my_index")
def test_delete_a_backup(pc: Any) -> None:
    backup = pc.backups.create(index_name="my-index")

    pc.backups.delete(backup_id=backup.backup_id)

    with pytest.raises(NotFoundError):
        pc.backups.describe(backup_id=backup.backup_id)
    assert list(pc.backups.list()) == []


@pytest.mark.usefixtures("my_index")
def test_errors_are_those_that_the_sdk_knows(
    pc: Any, connect: Callable[[str], Any], pinecone_emulator: PineconeEmulator
) -> None:
    ready = pc.backups.create(index_name="my-index").backup_id
    pinecone_emulator.change_settings(backup_seconds=60, restore_seconds=60, max_backups=2)
    young = pc.backups.create(index_name="my-index").backup_id
    pc.create_index_from_backup(name="copy", backup_id=ready, timeout=-1)

    with pytest.raises(UnauthorizedError, match="Invalid API key"):
        connect("wrong").backups.list()
    with pytest.raises(NotFoundError, match="Index none not found"):
        pc.backups.create(index_name="none")
    with pytest.raises(ForbiddenError, match="Increase your quota or upgrade to create more backups"):
        pc.backups.create(index_name="my-index")
    with pytest.raises(FailedPreconditionError, match=f"Backup {young} is not completed"):
        pc.create_index_from_backup(name="more", backup_id=young)
    with pytest.raises(FailedPreconditionError, match="pending restore jobs"):
        pc.backups.delete(backup_id=ready)
    with pytest.raises(ConflictError):
        pc.create_index_from_backup(name="my-index", backup_id=ready)


@pytest.mark.usefixtures("my_index")
def test_indexes_are_listed_configured_and_deleted(pc: Any) -> None:
    pc.configure_index("my-index", tags={"team": "a"}, deletion_protection="enabled")
    with pytest.raises(ForbiddenError, match="Deletion protection is enabled"):
        pc.delete_index("my-index")
    pc.configure_index("my-index", deletion_protection="disabled")

    assert [(index.name, dict(index.tags or {})) for index in pc.list_indexes()] == [
        ("my-index", {"team": "a"})
    ]
    pc.delete_index("my-index")
    assert not pc.has_index("my-index")


@pytest.mark.usefixtures("my_index")
def test_a_schedule_makes_backups_as_days_pass(pc: Any, pinecone_emulator: PineconeEmulator) -> None:
    pinecone_emulator.freeze()
    pinecone_emulator.set_time("2027-03-01T12:00:00Z")

    made = pc.backup_schedules.create(
        index_name="my-index", name="daily", frequency="daily", retention_days=2
    )
    pinecone_emulator.advance(DAY)
    first = pc.backups.list(index_name="my-index").data
    pinecone_emulator.advance(2 * DAY)
    later = pc.backups.list(index_name="my-index").data
    history = pc.backup_schedules.history(schedule_id=made.schedule_id).data

    assert (made.enabled, made.frequency, made.retention_expire_after_days) == (True, "daily", 2)
    assert len(first) == 1
    assert first[0].name.startswith("daily-202703")
    assert first[0].record_count == 5
    assert len(later) == 2
    assert first[0].backup_id not in [backup.backup_id for backup in later]
    assert [row.status for row in history] == ["Scheduled", "Ready", "Ready"]
    assert [row.backup_id for row in history[1:]] == [backup.backup_id for backup in later]


@pytest.mark.usefixtures("my_index")
def test_schedules_are_listed_changed_and_deleted(pc: Any) -> None:
    schedules = pc.backup_schedules
    one = schedules.create(index_name="my-index", name="one", frequency="daily", retention_days=7)
    with pytest.raises(ConflictError, match="already has an enabled backup schedule"):
        schedules.create(index_name="my-index", name="two", frequency="weekly", retention_days=7)
    paused = schedules.update(schedule_id=one.schedule_id, enabled=False)
    two = schedules.create(index_name="my-index", name="two", frequency="weekly", retention_days=7)

    changed = schedules.update(schedule_id=two.schedule_id, frequency="monthly", retention_days=30)
    first = schedules.list(index_name="my-index", limit=1)
    second = schedules.list(index_name="my-index", pagination_token=first.pagination.next)
    schedules.delete(schedule_id=one.schedule_id)

    assert (paused.enabled, paused.next_scheduled_run) == (False, None)
    assert (changed.frequency, changed.retention_expire_after_days) == ("monthly", 30)
    assert sorted(schedule.name for schedule in [*first.data, *second.data]) == ["one", "two"]
    assert schedules.describe(schedule_id=two.schedule_id) == changed
    assert [left.name for left in schedules.iter_schedules(index_name="my-index")] == ["two"]
    with pytest.raises(NotFoundError, match="Backup schedule not found"):
        schedules.describe(schedule_id=one.schedule_id)
