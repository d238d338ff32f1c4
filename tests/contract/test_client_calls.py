"""Both clients speak every call to the emulator, in every API version, and read what it answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_pinecone.api import endpoints, errors
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.models import (
    Backup,
    BackupStatus,
    Index,
    IndexState,
    IndexStats,
    Page,
    RestoreJob,
    RestoreJobStatus,
    StartedRestore,
    Vector,
)
from airflow_provider_pinecone.api.settings import API_VERSIONS, Settings
from airflow_provider_pinecone.flows.listing import all_backups, all_restore_jobs
from airflow_provider_pinecone.flows.steps import Flow, blocking, drive
from tests.contract.clients import KINDS, Client, connected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.conftest import Emulator

VECTORS = [Vector(id=id, values=(float(number), 1.0, 0.5)) for number, id in enumerate("abcde")]


@pytest.fixture(params=API_VERSIONS)
def api_version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, emulator: Emulator, api_version: str) -> Iterator[Client]:
    settings = Settings(api_key=emulator.api_key, host=emulator.url, api_version=api_version)
    with connected(request.param, settings) as client:
        yield client


@pytest.fixture
def movies(client: Client) -> Index:
    """An index of five records in two namespaces."""
    index: Index = client.send(
        endpoints.create_index(
            "movies", dimension=3, tags={"team": "search"}, api_version=client.settings.api_version
        )
    )
    for namespace in ("", "more"):
        client.send(endpoints.upsert_vectors(index.host, vectors=VECTORS, namespace=namespace))
    return index


@pytest.fixture
def backup(client: Client, movies: Index) -> Backup:
    made: Backup = client.send(endpoints.create_backup(movies.name, name="nightly", description="by a test"))
    return made


def restore(client: Client, backup: Backup, name: str = "restored", **more: Any) -> StartedRestore:
    started: StartedRestore = client.send(
        endpoints.create_index_from_backup(backup.backup_id, name=name, **more)
    )
    return started


class Sender:
    """Performs the steps of a flow that only sends."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def send(self, call: Call[Any], *, attempts: int | None) -> Any:
        return self.client.send(call)


def read_all(client: Client, flow: Flow[Any]) -> Any:
    return blocking(drive(flow, Sender(client)))


def test_an_index_is_made_read_and_deleted(client: Client, movies: Index) -> None:
    read = client.send(endpoints.describe_index("movies"))
    assert (read.name, read.dimension, read.metric) == ("movies", 3, "cosine")
    assert (read.cloud, read.region, read.is_serverless) == ("aws", "us-east-1", True)
    assert (read.state, read.ready, read.tags) == (IndexState.READY, True, {"team": "search"})
    assert client.send(endpoints.list_indexes()) == (read,)

    client.send(endpoints.delete_index("movies"))
    with pytest.raises(errors.PineconeNotFoundError):
        client.send(endpoints.describe_index("movies"))


def test_records_are_written_counted_listed_and_fetched(client: Client, movies: Index) -> None:
    stats = client.send(endpoints.describe_index_stats(movies.host))
    ids = client.send(endpoints.list_vector_ids(movies.host, namespace="more", prefix="a"))
    fetched = client.send(endpoints.fetch_vectors(movies.host, ids=["a", "gone", "b"], namespace="more"))
    assert stats == IndexStats(total_vector_count=10, namespaces={"": 5, "more": 5}, dimension=3)
    assert ids.items == ("a",)
    assert fetched == {vector.id: vector for vector in VECTORS[:2]}


def test_ids_are_listed_page_by_page(client: Client, movies: Index) -> None:
    pages: list[tuple[str, ...]] = []
    token = None
    while not pages or token:
        page: Page[str] = client.send(endpoints.list_vector_ids(movies.host, limit=2, pagination_token=token))
        pages.append(page.items)
        token = page.next
    assert [id for items in pages for id in items] == ["a", "b", "c", "d", "e"]


def test_a_namespace_without_records_lists_no_ids(client: Client, movies: Index) -> None:
    page = client.send(endpoints.list_vector_ids(movies.host, namespace="nothing"))
    assert (page.items, page.next) == ((), None)


def test_a_backup_is_made_read_and_deleted(client: Client, backup: Backup, movies: Index) -> None:
    read = client.send(endpoints.describe_backup(backup.backup_id))
    assert (read.source_index_name, read.name, read.description) == ("movies", "nightly", "by a test")
    assert (read.status, read.record_count, read.namespace_count) == (BackupStatus.READY, 10, 2)
    assert (read.dimension, read.metric, read.tags) == (3, "cosine", {"team": "search"})
    assert read.size_bytes
    assert abs(read.created_at - datetime.now(tz=read.created_at.tzinfo)) < timedelta(minutes=5)

    client.send(endpoints.delete_backup(backup.backup_id))
    with pytest.raises(errors.PineconeNotFoundError, match=backup.backup_id):
        client.send(endpoints.describe_backup(backup.backup_id))


def test_a_backup_is_initializing_before_it_is_ready(
    emulator: Emulator, client: Client, movies: Index
) -> None:
    emulator.freeze()
    emulator.change_settings(backup_seconds=100)
    made = client.send(endpoints.create_backup("movies"))
    assert made.status is BackupStatus.INITIALIZING
    emulator.advance(100)
    read = client.send(endpoints.describe_backup(made.backup_id))
    assert (read.status, read.record_count) == (BackupStatus.READY, 10)


def test_backups_are_listed_by_index_and_by_project(client: Client, backup: Backup) -> None:
    for call in (endpoints.list_backups(), endpoints.list_backups("movies", limit=10)):
        page = client.send(call)
        assert [one.backup_id for one in page.items] == [backup.backup_id]
        assert page.next is None


def test_backups_of_a_deleted_index_are_in_the_projects_listing_alone(client: Client, backup: Backup) -> None:
    client.send(endpoints.delete_index("movies"))
    assert client.send(endpoints.list_backups()).items
    with pytest.raises(errors.PineconeNotFoundError):
        client.send(endpoints.list_backups("movies"))


def test_backups_of_a_deleted_index_are_listed_by_name_where_asked_for(
    client: Client, backup: Backup
) -> None:
    client.send(endpoints.delete_index("movies"))
    page = client.send(endpoints.list_backups("movies", include_deleted=True))
    assert [one.backup_id for one in page.items] == [backup.backup_id]


def test_a_restore_makes_an_index_with_the_same_records(client: Client, backup: Backup) -> None:
    started = restore(client, backup, tags={"made": "new"}, deletion_protection="enabled")
    job = client.send(endpoints.describe_restore_job(started.restore_job_id))
    index = client.send(endpoints.describe_index("restored"))

    assert (job.backup_id, job.target_index_name, job.target_index_id) == (
        backup.backup_id,
        "restored",
        started.index_id,
    )
    assert (job.status, job.percent_complete) == (RestoreJobStatus.COMPLETED, 100)
    assert job.completed_at >= job.created_at
    assert (index.ready, index.tags, index.deletion_protection) == (True, {"made": "new"}, "enabled")
    stats = client.send(endpoints.describe_index_stats(index.host))
    fetched = client.send(endpoints.fetch_vectors(index.host, ids=[one.id for one in VECTORS]))
    assert stats.namespaces == {"": 5, "more": 5}
    assert list(fetched.values()) == VECTORS


def test_a_restore_without_tags_takes_the_backups(client: Client, backup: Backup) -> None:
    restore(client, backup)
    assert client.send(endpoints.describe_index("restored")).tags == {"team": "search"}


def test_a_restore_job_is_pending_before_it_is_completed(
    emulator: Emulator, client: Client, backup: Backup
) -> None:
    emulator.freeze()
    emulator.change_settings(restore_seconds=100)
    started = restore(client, backup)
    job: RestoreJob = client.send(endpoints.describe_restore_job(started.restore_job_id))
    assert (job.status, job.completed_at) == (RestoreJobStatus.PENDING, None)
    assert not client.send(endpoints.describe_index("restored")).ready


@pytest.mark.parametrize("rows", [0, 3, 4])
def test_a_listing_is_read_to_its_end_also_where_its_last_page_is_full(
    emulator: Emulator, client: Client, movies: Index, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_pinecone.flows.listing.LARGEST_PAGE", 2)
    made = {client.send(endpoints.create_backup("movies")).backup_id for _ in range(rows)}
    for flow in (all_backups(), all_backups("movies")):
        assert {backup.backup_id for backup in read_all(client, flow)} == made


def test_restore_jobs_are_listed_to_their_end(
    client: Client, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_pinecone.flows.listing.LARGEST_PAGE", 2)
    begun = {restore(client, backup, f"restored-{number}").restore_job_id for number in range(4)}
    assert {job.restore_job_id for job in read_all(client, all_restore_jobs())} == begun


def test_every_request_asks_for_the_version(
    emulator: Emulator, client: Client, movies: Index, api_version: str
) -> None:
    client.send(endpoints.list_backups())
    assert {request["version"] for request in emulator.requests()} == {api_version}


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (errors.PineconeNotFoundError, endpoints.create_backup("nothing")),
        (errors.PineconeNotFoundError, endpoints.delete_index("nothing")),
        (errors.PineconeNotFoundError, endpoints.describe_restore_job("nothing")),
        (errors.PineconeInvalidArgumentError, endpoints.list_backups(pagination_token="nonsense")),
    ],
)
def test_refusals_are_typed_and_told(
    client: Client, kind: type[errors.PineconeApiError], call: Call[Any]
) -> None:
    with pytest.raises(kind) as caught:
        client.send(call)
    assert (caught.value.method, caught.value.path) == (call.method, call.path)
    assert caught.value.code
    assert str(caught.value.status) in str(caught.value)


def test_a_name_that_is_taken_is_a_conflict(client: Client, backup: Backup) -> None:
    with pytest.raises(errors.PineconeAlreadyExistsError):
        restore(client, backup, "movies")


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        ({"plan_includes_backups": False}, errors.PineconePlanError),
        ({"max_backups": 0}, errors.PineconeQuotaError),
        ({"past_due": True}, errors.PineconePaymentError),
    ],
)
def test_what_the_project_may_not_do_is_told_apart(
    emulator: Emulator,
    client: Client,
    movies: Index,
    setting: dict[str, Any],
    kind: type[errors.PineconeApiError],
) -> None:
    emulator.change_settings(**setting)
    with pytest.raises(kind):
        client.send(endpoints.create_backup("movies"))


def test_deletion_protection_is_a_matter_of_permission(client: Client, backup: Backup) -> None:
    restore(client, backup, deletion_protection="enabled")
    with pytest.raises(errors.PineconePermissionError, match=r"[Dd]eletion protection") as caught:
        client.send(endpoints.delete_index("restored"))
    assert type(caught.value) is errors.PineconePermissionError


def test_a_backup_that_is_not_ready_cannot_be_restored(
    emulator: Emulator, client: Client, movies: Index
) -> None:
    emulator.freeze()
    emulator.change_settings(backup_seconds=100)
    with pytest.raises(errors.PineconePreconditionError):
        restore(client, client.send(endpoints.create_backup("movies")))


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_key_is_said_so_and_not_shown(emulator: Emulator, api_version: str, kind: str) -> None:
    settings = Settings(api_key="pcsk_wrong", host=emulator.url, api_version=api_version)
    with connected(kind, settings) as client, pytest.raises(errors.PineconeAuthError) as caught:
        client.send(endpoints.list_indexes())
    assert "Invalid API key" in str(caught.value)
    assert "pcsk_wrong" not in f"{caught.value!s} {caught.value!r}"
    assert len(emulator.requests()) == 1
