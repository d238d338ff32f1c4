"""Pinecone's Python SDK 8.1.2 judges the emulator: API version 2025-10, the classic shapes, no schedules."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from pinecone import Pinecone, PineconeAsyncio, ServerlessSpec
from pinecone.core.openapi.db_data.models import CreateNamespaceRequestSchemaFields
from pinecone.exceptions import (
    ForbiddenException,
    NotFoundException,
    PineconeApiException,
    UnauthorizedException,
)

from tests.judges.programs.blocking import Blocking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_provider_pinecone.emulator.pytest_plugin import PineconeEmulator

SPEC = ServerlessSpec(cloud="aws", region="us-east-1")
NAMESPACES = {"": 2, "one": 3}


@pytest.fixture(params=["synchronous", "asynchronous"])
def connect(
    request: pytest.FixtureRequest, pinecone_emulator: PineconeEmulator
) -> Iterator[Callable[[str], Any]]:
    """Make clients with a key, of one kind or the other."""
    if request.param == "synchronous":
        yield lambda key: Pinecone(api_key=key, host=pinecone_emulator.url)
        return
    made = []
    with asyncio.Runner() as runner:

        async def make(key: str) -> PineconeAsyncio:
            return PineconeAsyncio(api_key=key, host=pinecone_emulator.url)

        def connected(key: str) -> Blocking:
            made.append(runner.run(make(key)))
            return Blocking(runner, made[-1])

        yield connected
        for client in made:
            runner.run(client.close())


@pytest.fixture
def pc(connect: Callable[[str], Any], pinecone_emulator: PineconeEmulator) -> Any:
    """The SDK, pointed at an empty emulator."""
    return connect(pinecone_emulator.api_key)


@pytest.fixture
def open_index(pc: Any) -> Iterator[Callable[[str], Any]]:
    """Give an index's own API."""
    opened = []

    def by_name(name: str) -> Any:
        host = pc.describe_index(name).host
        if isinstance(pc, Pinecone):
            return pc.Index(host=host)
        opened.append(Blocking(pc.runner, pc.IndexAsyncio(host=host)))
        return opened[-1]

    yield by_name
    for index in opened:
        index.close()


@pytest.fixture
def my_index(pc: Any, open_index: Callable[[str], Any]) -> Any:
    """An index of five records in two namespaces."""
    pc.create_index(name="my-index", dimension=3, metric="cosine", spec=SPEC)
    index = open_index("my-index")
    for namespace, records in NAMESPACES.items():
        vectors = [
            {"id": f"v{number}", "values": [float(number), 0.5, 1.0], "metadata": {"number": number}}
            for number in range(records)
        ]
        index.upsert(vectors=vectors, namespace=namespace)
    return index


def records_by_namespace(index: Any) -> dict[str, int]:
    stats = index.describe_index_stats()
    return {name: summary.vector_count for name, summary in stats.namespaces.items()}


def begin_restore(pc: Any, name: str, backup_id: str) -> None:
    # The asynchronous client does not know that -1 means not to wait: it gives up after the first look.
    with suppress(TimeoutError):
        pc.create_index_from_backup(name=name, backup_id=backup_id, timeout=-1)


@pytest.mark.usefixtures("my_index")
def test_create_and_describe_a_backup(pc: Any, pinecone_emulator: PineconeEmulator) -> None:
    pinecone_emulator.freeze()
    pinecone_emulator.change_settings(backup_seconds=60)

    created = pc.create_backup(
        index_name="my-index", backup_name="my_index_backup_1", description="weekly backup"
    )
    pinecone_emulator.advance(60)
    backup = pc.describe_backup(backup_id=created.backup_id)

    assert created.status == "Initializing"
    assert backup.status == "Ready"
    assert (backup.source_index_name, backup.name) == ("my-index", "my_index_backup_1")
    assert backup.description == "weekly backup"
    assert (backup.cloud, backup.region) == ("aws", "us-east-1")
    assert (backup.dimension, backup.metric) == (3, "cosine")
    assert (backup.record_count, backup.namespace_count) == (5, 2)
    assert backup.size_bytes > 5 * 3 * 4
    assert backup.to_dict()["tags"] == {}
    assert backup.created_at == created.created_at


def test_a_restored_index_holds_the_same_records(
    pc: Any, my_index: Any, open_index: Callable[[str], Any]
) -> None:
    backup = pc.create_backup(index_name="my-index", backup_name="nightly")

    made = pc.create_index_from_backup(  # waits until it is ready
        name="copy", backup_id=backup.backup_id, tags={"restored": "yes"}, deletion_protection="enabled"
    )

    copy = open_index("copy")
    assert (made.name, made.dimension, made.metric) == ("copy", 3, "cosine")
    assert made.status.ready
    assert made.deletion_protection == "enabled"
    assert made.tags.to_dict() == {"restored": "yes"}
    assert records_by_namespace(copy) == records_by_namespace(my_index) == NAMESPACES
    for namespace, count in NAMESPACES.items():
        ids = [id_ for page in my_index.list(namespace=namespace) for id_ in page]
        assert ids == [f"v{number}" for number in range(count)]
        assert [id_ for page in copy.list(namespace=namespace) for id_ in page] == ids
        original, restored = (index.fetch(ids=ids, namespace=namespace).vectors for index in (my_index, copy))
        assert {id_: (vector.values, vector.metadata) for id_, vector in restored.items()} == {
            id_: (vector.values, vector.metadata) for id_, vector in original.items()
        }


@pytest.mark.usefixtures("my_index")
def test_describe_a_restore_job(pc: Any, pinecone_emulator: PineconeEmulator) -> None:
    backup = pc.create_backup(index_name="my-index", backup_name="nightly")
    pinecone_emulator.freeze()
    pinecone_emulator.change_settings(restore_seconds=60)

    begin_restore(pc, "copy", backup.backup_id)
    (listed,) = pc.list_restore_jobs()
    pinecone_emulator.advance(15)
    pending = pc.describe_restore_job(job_id=listed.restore_job_id)
    waiting = pc.describe_index("copy")
    pinecone_emulator.advance(45)
    completed = pc.describe_restore_job(job_id=listed.restore_job_id)

    assert (pending.status, pending.percent_complete) == ("Pending", 25.0)
    assert (waiting.status.ready, waiting.status.state) == (False, "Initializing")
    assert (completed.status, completed.percent_complete) == ("Completed", 100.0)
    assert completed.completed_at > completed.created_at
    assert (completed.backup_id, completed.target_index_name) == (backup.backup_id, "copy")
    assert pc.describe_index("copy").status.ready


@pytest.mark.usefixtures("my_index")
def test_list_backups_of_the_project_and_of_an_index(pc: Any) -> None:
    pc.create_index(name="other", dimension=2, spec=SPEC)
    made = [pc.create_backup(index_name="my-index", backup_name=f"backup-{n}").backup_id for n in range(2)]
    made.append(pc.create_backup(index_name="other", backup_name="other").backup_id)

    first = pc.list_backups(limit=2)
    second = pc.list_backups(limit=2, pagination_token=first.pagination.next)
    of_index = pc.list_backups(index_name="my-index", limit=3)

    assert [backup.backup_id for backup in [*first, *second]] == made[::-1]
    assert "pagination" not in second._backup_list.to_dict()
    assert of_index.names() == ["backup-1", "backup-0"]


@pytest.mark.usefixtures("my_index")
def test_an_exactly_full_last_page_names_an_empty_one(pc: Any) -> None:
    for number in range(2):
        pc.create_backup(index_name="my-index", backup_name=f"backup-{number}")

    full = pc.list_backups(index_name="my-index", limit=2)
    empty = pc.list_backups(index_name="my-index", limit=2, pagination_token=full.pagination.next)

    assert (len(full), len(empty)) == (2, 0)


@pytest.mark.usefixtures("my_index")
def test_list_restore_jobs(pc: Any) -> None:
    backup = pc.create_backup(index_name="my-index", backup_name="nightly")
    targets = [f"copy-{number}" for number in range(3)]
    for target in targets:
        pc.create_index_from_backup(name=target, backup_id=backup.backup_id)

    first = pc.list_restore_jobs(limit=2)
    second = pc.list_restore_jobs(limit=2, pagination_token=first.pagination.next)

    assert [job.target_index_name for job in [*first, *second]] == targets[::-1]
    assert {job.status for job in first} == {"Completed"}


@pytest.mark.usefixtures("my_index")
def test_a_backup_outlives_its_index(pc: Any) -> None:
    backup = pc.create_backup(index_name="my-index", backup_name="last")
    pc.delete_index("my-index")

    with pytest.raises(NotFoundException, match="Index my-index not found"):
        pc.list_backups(index_name="my-index")
    assert pc.list_backups().names() == ["last"]
    assert pc.create_index_from_backup(name="my-index", backup_id=backup.backup_id).status.ready


@pytest.mark.usefixtures("my_index")
def test_delete_a_backup(pc: Any) -> None:
    backup = pc.create_backup(index_name="my-index", backup_name="nightly")

    pc.delete_backup(backup_id=backup.backup_id)

    with pytest.raises(NotFoundException, match=f"Backup {backup.backup_id} not found"):
        pc.describe_backup(backup_id=backup.backup_id)
    assert list(pc.list_backups()) == []


@pytest.mark.usefixtures("my_index")
def test_errors_are_those_that_the_sdk_knows(
    pc: Any, connect: Callable[[str], Any], pinecone_emulator: PineconeEmulator
) -> None:
    ready = pc.create_backup(index_name="my-index", backup_name="ready").backup_id
    pinecone_emulator.change_settings(backup_seconds=60, restore_seconds=60, max_backups=2)
    young = pc.create_backup(index_name="my-index", backup_name="young").backup_id
    begin_restore(pc, "copy", ready)

    with pytest.raises(UnauthorizedException, match="Invalid API key"):
        connect("wrong").list_backups()
    with pytest.raises(NotFoundException, match="Index none not found"):
        pc.create_backup(index_name="none", backup_name="more")
    with pytest.raises(NotFoundException, match="Restore job none not found"):
        pc.describe_restore_job(job_id="none")
    with pytest.raises(ForbiddenException, match="Increase your quota or upgrade to create more backups"):
        pc.create_backup(index_name="my-index", backup_name="more")
    with pytest.raises(PineconeApiException, match=f"Backup {young} is not completed") as not_completed:
        pc.create_index_from_backup(name="more", backup_id=young)
    with pytest.raises(PineconeApiException, match="pending restore jobs") as pending:
        pc.delete_backup(backup_id=ready)
    with pytest.raises(PineconeApiException, match="Resource already exists") as taken:
        pc.create_index_from_backup(name="my-index", backup_id=ready)

    assert [caught.value.status for caught in (not_completed, pending, taken)] == [412, 412, 409]


def test_empty_namespaces_and_sparse_vectors_are_kept_by_a_restore(
    pc: Any, open_index: Callable[[str], Any]
) -> None:
    pc.create_index(name="words", vector_type="sparse", metric="dotproduct", spec=SPEC)
    words = open_index("words")
    schema = {"fields": {"genre": CreateNamespaceRequestSchemaFields(filterable=True)}}
    created = words.create_namespace(name="empty", schema=schema)
    sparse = {"indices": [7, 1], "values": [0.5, 1.0]}
    words.upsert(vectors=[{"id": "cat", "sparse_values": sparse}])

    backup = pc.create_backup(index_name="words", backup_name="sparse")
    begin_restore(pc, "copy", backup.backup_id)
    copy = open_index("copy")

    assert (created.name, created.record_count) == ("empty", 0)
    restored = copy.describe_namespace(namespace="empty").to_dict()
    assert restored["schema"] == {"fields": {"genre": {"filterable": True}}}
    assert records_by_namespace(copy) == {"": 1, "empty": 0}
    assert copy.fetch(ids=["cat"]).vectors["cat"].sparse_values.to_dict() == sparse
    (match,) = copy.query(sparse_vector=sparse, top_k=5).matches
    assert (match.id, match.score) == ("cat", 1.25)
    copy.delete_namespace(namespace="empty")
    assert records_by_namespace(copy) == {"": 1}
