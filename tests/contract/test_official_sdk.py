"""Pinecone's own Python SDK judges the emulator: everything its backup documentation shows must work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pinecone import AsyncPinecone, Pinecone, ServerlessSpec
from pinecone.errors import (
    ConflictError,
    FailedPreconditionError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinecone import BackupList, RestoreJobList

    from tests.contract.conftest import Emulator

NAMESPACES = {"": 2, "one": 3}


@pytest.fixture
def pc(emulator: Emulator) -> Iterator[Pinecone]:
    """The SDK, pointed at an empty emulator."""
    with Pinecone(api_key=emulator.api_key, host=emulator.url) as client:
        yield client


@pytest.fixture
def my_index(pc: Pinecone) -> Any:
    """An index of five records in two namespaces."""
    pc.create_index(
        name="my-index", dimension=3, metric="cosine", spec=ServerlessSpec(cloud="aws", region="us-east-1")
    )
    index = pc.Index(name="my-index")
    for namespace, records in NAMESPACES.items():
        vectors = [
            {"id": f"v{number}", "values": [number, 0.1, 1], "metadata": {"number": number}}
            for number in range(records)
        ]
        index.upsert(vectors=vectors, namespace=namespace)
    return index


def records_by_namespace(pc: Pinecone, index_name: str) -> dict[str, int]:
    stats = pc.Index(name=index_name).describe_index_stats()
    return {name: summary.vector_count for name, summary in stats.namespaces.items()}


def token(page: BackupList | RestoreJobList) -> str:
    """Give the token for the page after one that must have it."""
    assert page.pagination is not None
    assert page.pagination.next is not None
    return page.pagination.next


@pytest.mark.usefixtures("my_index")
def test_create_and_describe_a_backup(pc: Pinecone, emulator: Emulator) -> None:
    emulator.freeze()
    emulator.change_settings(backup_seconds=60)

    created = pc.backups.create(index_name="my-index", name="my-index-backup-1", description="weekly backup")
    emulator.advance(60)
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
def test_make_an_index_from_a_backup(pc: Pinecone, emulator: Emulator) -> None:
    emulator.freeze()
    emulator.change_settings(restore_seconds=60)
    backup = pc.backups.create(index_name="my-index")

    response = pc.create_index_from_backup(
        name="my-index-restore-1", backup_id=backup.backup_id, tags={"restored": "yes"}, timeout=-1
    )
    pending = pc.restore_jobs.describe(job_id=response.restore_job_id)
    waiting = pc.describe_index("my-index-restore-1")
    emulator.advance(60)
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


def test_the_restored_index_holds_the_same_records(pc: Pinecone, my_index: Any) -> None:
    backup = pc.backups.create(index_name="my-index")
    pc.create_index_from_backup(name="copy", backup_id=backup.backup_id)  # waits until it is ready
    copy = pc.Index(name="copy")

    assert records_by_namespace(pc, "copy") == records_by_namespace(pc, "my-index") == NAMESPACES
    for namespace in NAMESPACES:
        ids = [item.id for page in my_index.list(namespace=namespace) for item in page.vectors]
        assert [item.id for page in copy.list(namespace=namespace) for item in page.vectors] == ids
        original, restored = (index.fetch(ids=ids, namespace=namespace).vectors for index in (my_index, copy))
        assert {id_: (vector.values, vector.metadata) for id_, vector in restored.items()} == {
            id_: (vector.values, vector.metadata) for id_, vector in original.items()
        }


@pytest.mark.usefixtures("my_index")
def test_list_backups_of_the_project_and_of_an_index(pc: Pinecone) -> None:
    pc.create_index(name="other", dimension=2, spec=ServerlessSpec(cloud="aws", region="us-east-1"))
    one, two = (pc.backups.create(index_name="my-index", name=f"my-index-backup-{n}") for n in (1, 2))
    other = pc.backups.create(index_name="other")

    of_project = pc.backups.list(limit=2)
    rest = pc.backups.list(pagination_token=token(of_project))
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
def test_list_backups_of_a_deleted_index(pc: Pinecone) -> None:
    backup = pc.backups.create(index_name="my-index")
    pc.delete_index("my-index")

    with pytest.raises(NotFoundError, match="Index my-index not found"):
        pc.backups.list(index_name="my-index")
    (found,) = pc.backups.list(index_name="my-index", include_deleted=True)

    assert found.backup_id == backup.backup_id
    assert found.source_index_deleted_at is not None


@pytest.mark.usefixtures("my_index")
def test_list_restore_jobs(pc: Pinecone) -> None:
    backup = pc.backups.create(index_name="my-index")
    made = [
        pc.create_index_from_backup(name=f"copy-{n}", backup_id=backup.backup_id, timeout=-1).restore_job_id
        for n in range(3)
    ]

    first = pc.restore_jobs.list(limit=2)
    second = pc.restore_jobs.list(pagination_token=token(first))

    assert [job.restore_job_id for job in [*first, *second]] == made[::-1]
    assert {job.status for job in first} == {"Completed"}


@pytest.mark.usefixtures("my_index")
def test_delete_a_backup(pc: Pinecone) -> None:
    backup = pc.backups.create(index_name="my-index")

    pc.backups.delete(backup_id=backup.backup_id)

    with pytest.raises(NotFoundError):
        pc.backups.describe(backup_id=backup.backup_id)
    assert list(pc.backups.list()) == []


@pytest.mark.usefixtures("my_index")
def test_errors_are_those_that_the_sdk_knows(pc: Pinecone, emulator: Emulator) -> None:
    ready = pc.backups.create(index_name="my-index").backup_id
    emulator.change_settings(backup_seconds=60, restore_seconds=60, max_backups=2)
    young = pc.backups.create(index_name="my-index").backup_id
    pc.create_index_from_backup(name="copy", backup_id=ready, timeout=-1)

    with pytest.raises(UnauthorizedError, match="Invalid API key"):
        Pinecone(api_key="wrong", host=emulator.url).backups.list()
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
def test_indexes_are_listed_configured_and_deleted(pc: Pinecone) -> None:
    pc.configure_index("my-index", tags={"team": "a"}, deletion_protection="enabled")
    with pytest.raises(ForbiddenError, match="Deletion protection is enabled"):
        pc.delete_index("my-index")
    pc.configure_index("my-index", deletion_protection="disabled")

    assert [(index.name, dict(index.tags or {})) for index in pc.list_indexes()] == [
        ("my-index", {"team": "a"})
    ]
    pc.delete_index("my-index")
    assert not pc.has_index("my-index")


def test_records_are_queried_updated_and_deleted(my_index: Any) -> None:
    my_index.update(id="v1", set_metadata={"seen": True}, namespace="one")
    nearest = my_index.query(vector=[2, 0.1, 1], top_k=2, namespace="one", include_metadata=True)
    my_index.delete(ids=["v0"], namespace="one")
    my_index.delete(delete_all=True, namespace="")

    assert [match.id for match in nearest.matches] == ["v2", "v1"]
    assert nearest.matches[1].metadata == {"number": 1, "seen": True}
    stats = my_index.describe_index_stats()
    assert (stats.total_vector_count, stats.dimension, list(stats.namespaces)) == (2, 3, ["one"])
    assert [space.name for page in my_index.list_namespaces() for space in page.namespaces] == ["one"]


@pytest.mark.usefixtures("my_index")
def test_the_asynchronous_client_sees_the_same(emulator: Emulator) -> None:
    async def back_up_and_restore() -> None:
        async with AsyncPinecone(api_key=emulator.api_key, host=emulator.url) as pc:
            backup = await pc.backups.create(index_name="my-index", name="nightly")
            assert (await pc.backups.describe(backup_id=backup.backup_id)).status == "Ready"
            assert [found.name for found in await pc.backups.list(index_name="my-index")] == ["nightly"]
            response = await pc.create_index_from_backup(name="copy", backup_id=backup.backup_id, timeout=-1)
            job = await pc.restore_jobs.describe(job_id=response.restore_job_id)
            assert (job.status, job.target_index_id) == ("Completed", response.index_id)
            assert len((await pc.restore_jobs.list()).data) == 1
            copy = await pc.describe_index("copy")
            async with await pc.index(host=copy.host or "") as index:
                assert (await index.describe_index_stats()).total_vector_count == 5
                assert len((await index.fetch(ids=["v0", "v1"], namespace="one")).vectors) == 2
            await pc.backups.delete(backup_id=backup.backup_id)
            assert list(await pc.backups.list()) == []

    asyncio.run(back_up_and_restore())
