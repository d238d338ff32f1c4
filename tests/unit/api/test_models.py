"""What the API answers, in every version and with every known oddity, becomes the same values."""

from __future__ import annotations

import copy
import json
import pickle
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

CLASSIC_BACKUP: dict[str, Any] = {
    "backup_id": "11450b9f-96e5-47e5-9186-03f346b1f385",
    "source_index_name": "movies",
    "source_index_id": "b480770b-600d-4c4e-bf19-799c933ae2bf",
    "name": "weekly",
    "description": "by hand",
    "status": "Ready",
    "cloud": "aws",
    "region": "us-east-1",
    "dimension": 1024,
    "metric": "cosine",
    "record_count": 500,
    "namespace_count": 4,
    "size_bytes": 78294,
    "tags": {"team": "search"},
    "created_at": "2025-05-07T03:11:11.722238160Z",
}
SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": 1024, "metric": "cosine"}}}
SCHEMA_BACKUP = {
    **{name: value for name, value in CLASSIC_BACKUP.items() if name not in ("dimension", "metric")},
    "schema": SCHEMA,
}
LEGACY_SCHEMA = {"fields": {"genre": {"filterable": True}}}

CLASSIC_INDEX: dict[str, Any] = {
    "name": "movies",
    "dimension": 1024,
    "metric": "cosine",
    "host": "movies-abc.svc.aped-4627-b74a.pinecone.io",
    "deletion_protection": "enabled",
    "tags": {"team": "search"},
    "vector_type": "dense",
    "spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}},
    "status": {"ready": True, "state": "Ready"},
}
SCHEMA_INDEX: dict[str, Any] = {
    "name": "movies",
    "host": "movies-abc.svc.aped-4627-b74a.pinecone.io",
    "deletion_protection": "enabled",
    "tags": {"team": "search"},
    "schema": SCHEMA,
    "deployment": {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"},
    "status": {"ready": True, "state": "Ready"},
}

JOB: dict[str, Any] = {
    "restore_job_id": "job-1",
    "backup_id": "bkp-1",
    "target_index_name": "restored",
    "target_index_id": "idx-2",
    "status": "Completed",
    "created_at": "2025-05-07T18:14:05Z",
    "completed_at": "2025-05-07T18:14:11Z",
    "percent_complete": 100,
}


def without(payload: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in names}


def test_a_backup_is_the_same_in_both_shapes() -> None:
    assert Backup.decode(SCHEMA_BACKUP) == Backup.decode(CLASSIC_BACKUP)


def test_a_backup_has_what_the_api_said() -> None:
    assert Backup.decode(CLASSIC_BACKUP) == Backup(
        backup_id="11450b9f-96e5-47e5-9186-03f346b1f385",
        source_index_name="movies",
        source_index_id="b480770b-600d-4c4e-bf19-799c933ae2bf",
        name="weekly",
        description="by hand",
        status=BackupStatus.READY,
        cloud="aws",
        region="us-east-1",
        dimension=1024,
        metric="cosine",
        record_count=500,
        namespace_count=4,
        size_bytes=78294,
        tags={"team": "search"},
        created_at=datetime(2025, 5, 7, 3, 11, 11, 722238, tzinfo=UTC),
    )


def test_the_real_backends_mixture_at_2026_07_is_read() -> None:
    backup = Backup.decode(
        {
            **CLASSIC_BACKUP,
            "schema": LEGACY_SCHEMA,
            "tags": None,
            "status": "InitializationFailed",
            "record_count": None,
        }
    )
    assert (backup.dimension, backup.metric) == (1024, "cosine")
    assert (backup.tags, backup.status) == ({}, BackupStatus.INITIALIZATION_FAILED)


@pytest.mark.parametrize("counts", [{}, dict.fromkeys(("record_count", "namespace_count", "size_bytes"))])
def test_counts_may_be_missing_or_null(counts: dict[str, None]) -> None:
    backup = Backup.decode(
        {**without(CLASSIC_BACKUP, "record_count", "namespace_count", "size_bytes"), **counts}
    )
    assert (backup.record_count, backup.namespace_count, backup.size_bytes) == (None, None, None)


def test_a_count_of_zero_is_not_a_missing_one() -> None:
    assert Backup.decode({**CLASSIC_BACKUP, "record_count": 0}).record_count == 0


def test_a_whole_number_is_a_count_however_it_is_written() -> None:
    counts = Backup.decode({**CLASSIC_BACKUP, "record_count": 1000.0, "size_bytes": 1e18})
    assert (counts.as_dict()["record_count"], counts.size_bytes) == (1000, 10**18)
    assert type(counts.record_count) is int


def test_a_backup_of_the_required_fields_alone_is_read() -> None:
    required = {name: CLASSIC_BACKUP[name] for name in ("backup_id", "source_index_name", "source_index_id")}
    backup = Backup.decode({**required, "status": "Initializing"})
    assert (backup.name, backup.created_at, backup.dimension) == (None, None, None)
    assert backup.tags == {}


@pytest.mark.parametrize(
    ("sent", "microsecond"),
    [
        ("2025-05-07T03:11:11.722238160Z", 722238),
        ("2025-05-07T03:11:11.722238Z", 722238),
        ("2025-05-07T03:11:11.7Z", 700000),
        ("2025-05-07T03:11:11Z", 0),
        ("2025-05-07T05:11:11+02:00", 0),
        ("2025-05-07T03:11:11", 0),
    ],
)
def test_times_are_read_to_the_microsecond_and_are_utc_unless_they_say_otherwise(
    sent: str, microsecond: int
) -> None:
    backup = Backup.decode({**CLASSIC_BACKUP, "created_at": sent})
    assert backup.created_at == datetime(2025, 5, 7, 3, 11, 11, microsecond, tzinfo=UTC)


@pytest.mark.parametrize("not_yet", [None, "", "0001-01-01T00:00:00Z"])
def test_a_moment_that_has_not_come_is_none(not_yet: str | None) -> None:
    assert RestoreJob.decode({**JOB, "completed_at": not_yet}).completed_at is None


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"dimension": 1024}, (1024, "cosine")),
        ({"dimension": 512, "metric": "euclidean"}, (512, "euclidean")),
        ({"dimension": None, "metric": None}, (1024, "cosine")),
    ],
)
def test_the_schema_says_what_the_backup_itself_does_not(sent: dict[str, Any], read: tuple[int, str]) -> None:
    backup = Backup.decode({**SCHEMA_BACKUP, **sent})
    assert (backup.dimension, backup.metric) == read


def test_a_sparse_index_has_neither_dimension_nor_metric_in_its_schema() -> None:
    schema = {"fields": {"_sparse_values": {"type": "sparse_vector", "metric": "dotproduct"}}}
    assert Backup.decode({**SCHEMA_BACKUP, "schema": schema}).dimension is None


@pytest.mark.parametrize("schema", [None, {}, {"fields": {}}, {"fields": None}, LEGACY_SCHEMA])
def test_schemas_without_vectors_are_read(schema: Any) -> None:
    assert Backup.decode({**SCHEMA_BACKUP, "schema": schema}).dimension is None


def test_unknown_fields_survive_in_the_dict() -> None:
    shown = Backup.decode({**SCHEMA_BACKUP, "expires_at": "2027-01-01"}).as_dict()
    assert (shown["expires_at"], shown["schema"]) == ("2027-01-01", SCHEMA)


def test_the_dict_of_a_backup_is_fit_for_json_and_reads_back_the_same() -> None:
    backup = Backup.decode(CLASSIC_BACKUP)
    shown = json.loads(json.dumps(backup.as_dict()))
    assert shown == {**CLASSIC_BACKUP, "source_index_deleted_at": None}
    assert Backup.decode(shown) == backup


def test_the_dict_has_the_same_keys_whatever_the_api_left_out() -> None:
    required = {name: SCHEMA_BACKUP[name] for name in ("backup_id", "source_index_name", "source_index_id")}
    shown = Backup.decode({**required, "status": "Initializing"}).as_dict()
    assert shown.keys() == CLASSIC_BACKUP.keys() | {"source_index_deleted_at"}
    assert (shown["tags"], shown["record_count"]) == ({}, None)


def test_a_backup_tells_when_its_index_was_deleted_as_the_api_sent_it() -> None:
    sent = "2026-07-05T03:11:11.722238160Z"
    backup = Backup.decode({**SCHEMA_BACKUP, "source_index_deleted_at": sent})
    assert backup.source_index_deleted_at == datetime(2026, 7, 5, 3, 11, 11, 722238, tzinfo=UTC)
    assert backup.as_dict()["source_index_deleted_at"] == sent


def test_a_model_that_no_payload_made_shows_its_times_in_iso_form() -> None:
    shown = Backup(
        backup_id="b",
        source_index_name="i",
        source_index_id="x",
        status=BackupStatus.READY,
        created_at=datetime(2025, 5, 7, tzinfo=UTC),
    ).as_dict()
    assert shown["created_at"] == "2025-05-07T00:00:00+00:00"
    json.dumps(shown)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"backup_id": None}, "expected a string as backup_id of a backup, got None"),
        ({"source_index_name": ""}, "source_index_name"),
        ({"status": 7}, "status"),
        ({"status": ""}, "status"),
        ({"record_count": "many"}, "expected a number as record_count of a backup, got 'many'"),
        ({"record_count": -1}, "record_count"),
        ({"record_count": 1.5}, "record_count"),
        ({"record_count": True}, "record_count"),
        ({"record_count": float("nan")}, "record_count"),
        ({"record_count": float("inf")}, "record_count"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": 12}, "created_at"),
        ({"tags": {"a": 1}}, "tags"),
        ({"tags": ["a"]}, "tags"),
        ({"name": 3}, "name"),
    ],
)
def test_a_wrong_field_is_named_with_what_stood_in_it(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Backup.decode({**CLASSIC_BACKUP, **wrong})


@pytest.mark.parametrize("payload", [None, [], "backup", 3, True])
def test_what_is_no_object_is_no_backup(payload: Any) -> None:
    with pytest.raises(ValueError, match="expected a backup"):
        Backup.decode(payload)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from([*CLASSIC_BACKUP, "schema"]), value=ANYTHING)
def test_no_field_of_a_backup_can_raise_anything_but_value_errors(name: str, value: Any) -> None:
    with suppress(ValueError, OverflowError):
        Backup.decode({**CLASSIC_BACKUP, name: value}).as_dict()


@given(name=st.sampled_from([*CLASSIC_INDEX, *SCHEMA_INDEX]), value=ANYTHING)
def test_no_field_of_an_index_can_raise_anything_but_value_errors(name: str, value: Any) -> None:
    with suppress(ValueError, OverflowError):
        Index.decode({**CLASSIC_INDEX, **SCHEMA_INDEX, name: value})


def test_an_unknown_status_stays_what_the_api_said() -> None:
    backup = Backup.decode({**CLASSIC_BACKUP, "status": "Archived"})
    assert backup.status == "Archived"
    assert not backup.status.is_known
    assert backup.as_dict()["status"] == "Archived"
    assert f"{backup.status}" == "Archived"


@pytest.mark.parametrize("word", ["READY", "ready", "INITIALIZATION_FAILED", "Ready "])
def test_a_word_that_only_looks_like_a_known_status_is_unknown(word: str) -> None:
    status = BackupStatus(word)
    assert not status.is_known
    assert status is not BackupStatus.READY


@pytest.mark.parametrize("kind", [BackupStatus, RestoreJobStatus, IndexState])
def test_every_documented_status_is_known(kind: type[BackupStatus]) -> None:
    assert all(kind(member.value) is member and member.is_known for member in kind)


def test_an_unknown_status_survives_copies_and_pickles() -> None:
    status = BackupStatus("Archived")
    assert copy.deepcopy(status) == pickle.loads(pickle.dumps(status)) == "Archived"  # noqa: S301 - our own
    assert len(BackupStatus) == 4


def test_a_status_must_be_a_text() -> None:
    with pytest.raises(ValueError, match="7"):
        BackupStatus(7)


def test_a_restore_job_has_what_the_api_said() -> None:
    job = RestoreJob.decode(JOB)
    assert (job.status, job.percent_complete) == (RestoreJobStatus.COMPLETED, 100)
    assert job.completed_at is not None
    assert job.created_at is not None
    assert (job.completed_at - job.created_at).total_seconds() == 6
    assert json.loads(json.dumps(job.as_dict())) == JOB


@pytest.mark.parametrize(
    "odd",
    [
        {"created_at": None, "completed_at": None, "percent_complete": None},
        {"percent_complete": 42.2},
        {"status": "Paused"},
    ],
)
def test_odd_restore_jobs_are_read(odd: dict[str, Any]) -> None:
    job = RestoreJob.decode({**JOB, **odd})
    assert {name: getattr(job, name) for name in odd} == odd


def test_a_pending_restore_job_needs_neither_percentage_nor_end() -> None:
    job = RestoreJob.decode({**without(JOB, "percent_complete", "completed_at"), "status": "Pending"})
    assert (job.percent_complete, job.completed_at) == (None, None)
    assert job.as_dict()["percent_complete"] is None


def test_a_started_restore_names_its_job_and_its_index() -> None:
    started = StartedRestore.decode({"restore_job_id": "job-1", "index_id": "idx-2"})
    assert (started.restore_job_id, started.index_id) == ("job-1", "idx-2")


def test_an_index_is_the_same_in_both_shapes() -> None:
    assert Index.decode(SCHEMA_INDEX) == Index.decode(CLASSIC_INDEX)


def test_an_index_has_what_the_api_said() -> None:
    index = Index.decode({**SCHEMA_INDEX, "source_backup_id": "bkp-1"})
    assert (index.cloud, index.region, index.dimension, index.metric) == ("aws", "us-east-1", 1024, "cosine")
    assert (index.ready, index.state, index.deletion_protection) == (True, IndexState.READY, "enabled")
    assert (index.source_backup_id, index.is_serverless) == ("bkp-1", True)


@pytest.mark.parametrize(
    "kind",
    [
        {"spec": {"pod": {"environment": "us-east1-gcp", "pods": 1}}},
        {"spec": {"byoc": {"environment": "mine"}}},
        {"spec": None, "deployment": {"deployment_type": "pod", "environment": "us-east1-gcp"}},
        {"spec": None, "deployment": {"deployment_type": "byoc", "environment": "mine"}},
        {"spec": None, "deployment": None},
        {"spec": None, "deployment": {"deployment_type": "orbital"}},
    ],
)
def test_only_serverless_indexes_are_serverless(kind: dict[str, Any]) -> None:
    assert not Index.decode({**CLASSIC_INDEX, **kind}).is_serverless


def test_an_index_in_the_making_may_lack_its_host() -> None:
    index = Index.decode(
        {**without(SCHEMA_INDEX, "host"), "status": {"ready": False, "state": "Initializing"}}
    )
    assert (index.host, index.ready, index.state) == ("", False, IndexState.INITIALIZING)


@pytest.mark.parametrize("status", [None, {}, {"ready": "yes", "state": "Ready"}, {"ready": True}])
def test_an_index_must_say_how_it_is(status: Any) -> None:
    with pytest.raises(ValueError, match=r"ready|state"):
        Index.decode({**SCHEMA_INDEX, "status": status})


def test_stats_count_by_namespace_and_call_the_default_one_by_its_empty_name() -> None:
    stats = IndexStats.decode(
        {
            "namespaces": {"__default__": {"vectorCount": 3}, "a": {"vectorCount": 2}, "empty": {}},
            "dimension": 8,
            "totalVectorCount": 5,
        }
    )
    assert stats == IndexStats(total_vector_count=5, namespaces={"": 3, "a": 2, "empty": 0}, dimension=8)


def test_stats_of_an_empty_index_may_hold_nothing() -> None:
    assert IndexStats.decode({}) == IndexStats(total_vector_count=0, namespaces={})


def test_a_vector_goes_there_and_back() -> None:
    vector = Vector(
        id="a",
        values=(0.1, 0.2),
        sparse_values={"indices": [1], "values": [0.5]},
        metadata={"genre": "drama"},
    )
    assert Vector.decode(json.loads(json.dumps(vector.as_payload()))) == vector


@pytest.mark.parametrize(
    "sparse", [None, {}, {"indices": [], "values": []}, {"indices": None, "values": None}]
)
def test_a_vector_without_sparse_values_has_none(sparse: Any) -> None:
    assert Vector.decode({"id": "a", "sparseValues": sparse}).sparse_values is None


@pytest.mark.parametrize(
    "sparse",
    [{"indices": 3}, {"indices": [1]}, {"indices": [1], "values": ["x"]}, {"indices": [{}], "values": [1.0]}],
)
def test_sparse_values_that_are_none_are_refused(sparse: Any) -> None:
    with pytest.raises(ValueError, match="sparseValues of a vector"):
        Vector.decode({"id": "a", "sparseValues": sparse})


def test_a_vector_sends_only_what_it_has() -> None:
    assert Vector(id="a", values=(1.0,)).as_payload() == {"id": "a", "values": [1.0]}


@pytest.mark.parametrize(
    ("pagination", "token"),
    [({"next": "abc"}, "abc"), (None, None), ({}, None), ({"next": None}, None), ({"next": ""}, None)],
)
def test_a_page_has_a_token_only_where_another_follows(pagination: Any, token: str | None) -> None:
    page = Page.decoder(Backup.decode)({"data": [CLASSIC_BACKUP], "pagination": pagination})
    assert page == Page(items=(Backup.decode(CLASSIC_BACKUP),), next=token)


def test_a_page_need_not_speak_of_pages() -> None:
    assert Page.decoder(Backup.decode)({"data": []}) == Page(items=())


@pytest.mark.parametrize("payload", [{}, {"data": None}, {"data": {}}, []])
def test_a_page_without_rows_is_an_error_and_no_empty_page(payload: Any) -> None:
    with pytest.raises(ValueError, match=r"data of a page|expected a page"):
        Page.decoder(Backup.decode)(payload)


def test_one_row_that_cannot_be_read_spoils_the_page() -> None:
    with pytest.raises(ValueError, match="backup_id"):
        Page.decoder(Backup.decode)({"data": [CLASSIC_BACKUP, {}]})
