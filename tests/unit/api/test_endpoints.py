"""Each call is one request, spelt as the API spells it, and refused where it cannot be right."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.models import Match, Vector

HOST = "movies-abc.svc.pinecone.io"
VECTOR = Vector(id="a", values=(1.0, 0.0))
SPARSE = {"indices": [1, 7], "values": [0.5, 2.0]}
HYBRID = replace(VECTOR, sparse_values=SPARSE, metadata={"genre": "drama"})

SCHEMA_BODY = {
    "name": "movies",
    "schema": {"fields": {"_values": {"type": "dense_vector", "dimension": 8, "metric": "dotproduct"}}},
    "deployment": {"deployment_type": "managed", "cloud": "gcp", "region": "us-central1"},
}
CLASSIC_BODY = {
    "name": "movies",
    "dimension": 8,
    "metric": "dotproduct",
    "spec": {"serverless": {"cloud": "gcp", "region": "us-central1"}},
}


def create_index(**more: Any) -> Call[Any]:
    return endpoints.create_index(
        "movies", dimension=8, metric="dotproduct", cloud="gcp", region="us-central1", **more
    )


# call, method, path, query, body, may be repeated
CALLS: list[tuple[Call[Any], str, str, dict[str, str], Any, bool]] = [
    (endpoints.create_backup("movies"), "POST", "/indexes/movies/backups", {}, {}, False),
    (
        endpoints.create_backup("movies", name="nightly", description="d"),
        "POST",
        "/indexes/movies/backups",
        {},
        {"name": "nightly", "description": "d"},
        False,
    ),
    (endpoints.describe_backup("bkp-1"), "GET", "/backups/bkp-1", {}, None, True),
    (endpoints.list_backups(), "GET", "/backups", {}, None, True),
    (
        endpoints.list_backups(limit=100, pagination_token="t"),
        "GET",
        "/backups",
        {"limit": "100", "paginationToken": "t"},
        None,
        True,
    ),
    (endpoints.list_backups("movies"), "GET", "/indexes/movies/backups", {}, None, True),
    (
        endpoints.list_backups("movies", limit=1, include_deleted=True),
        "GET",
        "/indexes/movies/backups",
        {"limit": "1", "include_deleted": "true"},
        None,
        True,
    ),
    (endpoints.delete_backup("bkp-1"), "DELETE", "/backups/bkp-1", {}, None, True),
    (
        endpoints.create_index_from_backup("bkp-1", name="restored"),
        "POST",
        "/backups/bkp-1/create-index",
        {},
        {"name": "restored"},
        False,
    ),
    (
        endpoints.create_index_from_backup(
            "bkp-1",
            name="restored",
            tags={"team": "search"},
            deletion_protection="enabled",
            read_capacity={"mode": "OnDemand"},
        ),
        "POST",
        "/backups/bkp-1/create-index",
        {},
        {
            "name": "restored",
            "tags": {"team": "search"},
            "deletion_protection": "enabled",
            "read_capacity": {"mode": "OnDemand"},
        },
        False,
    ),
    (
        endpoints.create_index_from_backup("bkp-1", name="restored", tags={}),
        "POST",
        "/backups/bkp-1/create-index",
        {},
        {"name": "restored", "tags": {}},
        False,
    ),
    (endpoints.describe_restore_job("job-1"), "GET", "/restore-jobs/job-1", {}, None, True),
    (
        endpoints.list_restore_jobs(limit=2, pagination_token="t"),
        "GET",
        "/restore-jobs",
        {"limit": "2", "paginationToken": "t"},
        None,
        True,
    ),
    (
        endpoints.create_backup_schedule("movies", name="nightly", frequency="daily", retention_days=7),
        "POST",
        "/indexes/movies/backup-schedules",
        {},
        {
            "name": "nightly",
            "schedule": {"type": "time-based", "frequency": "daily"},
            "retention": {"expire_after_days": 7},
        },
        False,
    ),
    (
        endpoints.list_backup_schedules("movies", limit=2, pagination_token="t"),
        "GET",
        "/indexes/movies/backup-schedules",
        {"limit": "2", "paginationToken": "t"},
        None,
        True,
    ),
    (endpoints.describe_backup_schedule("sch-1"), "GET", "/backup-schedules/sch-1", {}, None, True),
    (
        endpoints.update_backup_schedule("sch-1", enabled=False),
        "PATCH",
        "/backup-schedules/sch-1",
        {},
        {"enabled": False},
        True,
    ),
    (
        endpoints.update_backup_schedule("sch-1", frequency="weekly", retention_days=30),
        "PATCH",
        "/backup-schedules/sch-1",
        {},
        {"frequency": "weekly", "retention": {"expire_after_days": 30}},
        True,
    ),
    (endpoints.delete_backup_schedule("sch-1"), "DELETE", "/backup-schedules/sch-1", {}, None, True),
    (
        endpoints.list_backup_schedule_history("sch-1", limit=100, pagination_token="t"),
        "GET",
        "/backup-schedules/sch-1/history",
        {"limit": "100", "paginationToken": "t"},
        None,
        True,
    ),
    (endpoints.list_indexes(), "GET", "/indexes", {}, None, True),
    (endpoints.describe_index("movies"), "GET", "/indexes/movies", {}, None, True),
    (create_index(), "POST", "/indexes", {}, SCHEMA_BODY, False),
    (create_index(api_version="2026-04"), "POST", "/indexes", {}, CLASSIC_BODY, False),
    (
        create_index(tags={"a": "b"}, deletion_protection="disabled"),
        "POST",
        "/indexes",
        {},
        {**SCHEMA_BODY, "tags": {"a": "b"}, "deletion_protection": "disabled"},
        False,
    ),
    (endpoints.delete_index("movies"), "DELETE", "/indexes/movies", {}, None, True),
    (endpoints.describe_index_stats(HOST), "POST", "/describe_index_stats", {}, {}, True),
    (endpoints.list_vector_ids(HOST), "GET", "/vectors/list", {"namespace": ""}, None, True),
    (
        endpoints.list_vector_ids(HOST, namespace="n", prefix="p#", limit=3, pagination_token="t"),
        "GET",
        "/vectors/list",
        {"limit": "3", "paginationToken": "t", "namespace": "n", "prefix": "p#"},
        None,
        True,
    ),
    (
        endpoints.query(HOST, vector=HYBRID, top_k=3, namespace="n"),
        "POST",
        "/query",
        {},
        {
            "vector": [1.0, 0.0],
            "sparseVector": {"indices": [1, 7], "values": [0.5, 2.0]},
            "topK": 3,
            "namespace": "n",
            "includeValues": False,
            "includeMetadata": False,
        },
        True,
    ),
    (
        endpoints.upsert_vectors(HOST, vectors=[VECTOR], namespace="n"),
        "POST",
        "/vectors/upsert",
        {},
        {"vectors": [{"id": "a", "values": [1.0, 0.0]}], "namespace": "n"},
        True,
    ),
]


@pytest.mark.parametrize(("call", "method", "path", "query", "body", "repeatable"), CALLS)
def test_each_call_is_the_request_that_the_api_documents(
    call: Call[Any], method: str, path: str, query: dict[str, str], body: Any, repeatable: bool
) -> None:
    assert (call.method, call.path, dict(call.query), call.body) == (method, path, query, body)
    assert call.repeatable is repeatable
    assert call.host == (HOST if path in ("/describe_index_stats", "/query") or "vectors" in path else None)


def test_ids_to_fetch_are_repeated_in_the_query() -> None:
    call = endpoints.fetch_vectors(HOST, ids=["a", "b"], namespace="n")
    assert (call.method, call.path, call.host) == ("GET", "/vectors/fetch", HOST)
    assert call.query == (("ids", "a"), ("ids", "b"), ("namespace", "n"))


def test_what_was_fetched_is_read_by_id() -> None:
    decode = endpoints.fetch_vectors(HOST, ids=["a", "gone"]).decode
    assert decode({"vectors": {"a": {"id": "a", "values": [1.0, 0.0]}}, "namespace": ""}) == {"a": VECTOR}
    assert decode({}) == {}
    with pytest.raises(ValueError, match="expected the vector 'a', got 'b'"):
        decode({"vectors": {"a": {"id": "b", "values": [1.0, 0.0]}}})


def test_a_query_sends_only_what_it_compares() -> None:
    dense = endpoints.query(HOST, vector=VECTOR, top_k=1).body or {}
    sparse = endpoints.query(HOST, vector=Vector(id="a", sparse_values=SPARSE), top_k=1).body or {}
    assert (dense["vector"], "sparseVector" in dense) == ([1.0, 0.0], False)
    assert (sparse["sparseVector"], "vector" in sparse) == (SPARSE, False)


def test_sparse_values_that_are_empty_lists_are_not_sent() -> None:
    empty = {"indices": [], "values": []}
    body = endpoints.query(HOST, vector=replace(VECTOR, sparse_values=empty), top_k=1).body or {}
    assert "sparseVector" not in body
    with pytest.raises(PineconeInputError, match="vector has neither values nor sparse_values"):
        endpoints.query(HOST, vector=Vector(id="a", sparse_values=empty), top_k=1)


def test_matches_stay_in_their_order_and_may_lack_a_score_of_0() -> None:
    decode = endpoints.query(HOST, vector=VECTOR, top_k=3).decode
    assert decode({"matches": [{"id": "b", "score": 0.5}, {"id": "a", "score": 1}, {"id": "c"}]}) == (
        Match(id="b", score=0.5),
        Match(id="a", score=1.0),
        Match(id="c", score=0.0),
    )


INF, NAN = float("inf"), float("nan")


def sparse(indices: Any, values: Any) -> Vector:
    return Vector(id="a", sparse_values={"indices": indices, "values": values})


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"vector": [1.0, 0.0]}, r"vector must be a Vector, got \[1.0, 0.0\]"),
        ({"vector": None}, "vector must be a Vector, got None"),
        ({"vector": Vector(id="a")}, "vector has neither values nor sparse_values"),
        (
            {"vector": replace(VECTOR, values=(1.0, INF))},
            r"values\[1\] must be a finite number, got inf",
        ),
        (
            {"vector": replace(VECTOR, values=(NAN,))},
            r"values\[0\] must be a finite number, got nan",
        ),
        ({"vector": replace(VECTOR, values=(True,))}, r"values\[0\] must be a finite number, got True"),
        ({"vector": replace(VECTOR, values=("1",))}, r"values\[0\] must be a finite number, got '1'"),
        ({"vector": replace(VECTOR, values="12")}, "values must be a list of numbers, got '12'"),
        ({"vector": sparse([1], [])}, r"sparse_values\['values'\] must be a list of numbers, got \[\]"),
        ({"vector": sparse([1], None)}, r"sparse_values\['values'\] must be a list of numbers, got None"),
        ({"vector": sparse([1], [NAN])}, r"\['values'\]\[0\] must be a finite number"),
        ({"vector": sparse([1, 2], [0.5])}, r"\['indices'\] must be a list as long as the values \(1\)"),
        ({"vector": sparse(None, [0.5])}, r"\['indices'\] must be a list as long as the values"),
        ({"vector": sparse([-1], [0.5])}, r"\['indices'\]\[0\] must be a whole number from 0 to 4294967295"),
        ({"vector": sparse([2**32], [0.5])}, "must be a whole number from 0 to 4294967295, got 4294967296"),
        ({"vector": sparse([1.5], [0.5])}, "must be a whole number"),
        ({"vector": replace(VECTOR, sparse_values=[1])}, "sparse_values must map strings to values"),
        ({"top_k": 0}, "top_k must be a whole number from 1 to 10000, got 0"),
        ({"top_k": 10_001}, "top_k must be a whole number from 1 to 10000, got 10001"),
        ({"top_k": True}, "top_k must be a whole number"),
        ({"top_k": "3"}, "top_k must be a whole number"),
        ({"namespace": None}, "namespace must be a string, got None"),
        ({"namespace": "half \ud800 of a pair"}, "namespace contains half of a surrogate pair"),
    ],
)
def test_a_query_that_cannot_be_right_is_refused_in_one_line(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PineconeInputError, match=complaint) as caught:
        endpoints.query(HOST, **{"vector": VECTOR, "top_k": 1, **wrong})
    assert str(caught.value).isprintable()


def test_an_upsert_answers_how_many_were_written() -> None:
    decode = endpoints.upsert_vectors(HOST, vectors=[VECTOR]).decode
    assert (decode({"upsertedCount": 1}), decode({})) == (1, 0)


def test_a_list_of_ids_is_a_page_of_texts() -> None:
    page = endpoints.list_vector_ids(HOST).decode({"vectors": [{"id": "a"}], "pagination": {"next": "t"}})
    assert (page.items, page.next) == (("a",), "t")


def test_a_listing_of_indexes_must_hold_one() -> None:
    assert endpoints.list_indexes().decode({"indexes": []}) == ()
    with pytest.raises(ValueError, match="indexes of a list of indexes"):
        endpoints.list_indexes().decode({})


def schedule(index_name: str = "movies", **more: Any) -> Call[Any]:
    arguments = {"name": "nightly", "frequency": "daily", "retention_days": 7, **more}
    return endpoints.create_backup_schedule(index_name, **arguments)


def list_schedules(**page: Any) -> Call[Any]:
    return endpoints.list_backup_schedules("movies", **page)


def list_history(**page: Any) -> Call[Any]:
    return endpoints.list_backup_schedule_history("sch-1", **page)


def list_backups_of(index_name: str) -> Call[Any]:
    return endpoints.list_backups(index_name)


BY_ID = [
    endpoints.describe_backup,
    endpoints.delete_backup,
    endpoints.describe_restore_job,
    endpoints.describe_index,
    endpoints.delete_index,
    endpoints.create_backup,
    schedule,
    endpoints.list_backup_schedules,
    endpoints.describe_backup_schedule,
    lambda id: endpoints.update_backup_schedule(id, enabled=True),
    endpoints.delete_backup_schedule,
    endpoints.list_backup_schedule_history,
    list_backups_of,
    lambda id: endpoints.create_index_from_backup(id, name="restored"),
]


UNRESERVED = string.ascii_letters + string.digits + "-._~"


@pytest.mark.parametrize("call_for", BY_ID)
@given(id=st.text(UNRESERVED, min_size=1, max_size=256).filter(lambda id: id not in (".", "..")))
def test_an_id_is_one_part_of_the_path_as_it_is(call_for: Any, id: str) -> None:
    assert call_for(id).path == call_for("ID").path.replace("ID", id)


FIELDS = r"^(index_name|backup_id|restore_job_id|schedule_id) must be a name or an id"
NO_IDS = [
    *("", " ", "a b", "a ", "\n", "a\n", "a\r\nX: y", "a\tb", "\0", "\x7f", "\x1b[31m", "\u2028", "\u202e"),
    *(
        ".",
        "..",
        "../indexes/prod",
        "a/b",
        "/",
        "\\",
        "%2e%2e",
        "a%2Fb",
        "%",
        "a?b",
        "a#b",
        "a;b",
        "a:b",
        "a@b",
    ),
    *("ünï", "фильмы", "\ud800", "{{ x }}", "a" * 257, "a" * 10_000),
    *(None, 7, True, b"a", ["a"], {"backup_id": "b"}),
]


@pytest.mark.parametrize("call_for", BY_ID)
@pytest.mark.parametrize("id", NO_IDS, ids=lambda id: ascii(id)[:20])
def test_what_is_no_id_is_refused_in_one_short_line(call_for: Any, id: Any) -> None:
    if call_for is list_backups_of and id is None:
        return
    with pytest.raises(
        PineconeInputError, match=r"^(index_name|backup_id|restore_job_id|schedule_id)"
    ) as caught:
        call_for(id)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250
    str(caught.value).encode()


@given(id=st.text(max_size=20))
@pytest.mark.parametrize("call_for", BY_ID)
def test_any_text_is_an_id_or_is_refused(call_for: Any, id: str) -> None:
    try:
        path = call_for(id).path
    except PineconeInputError:
        assert set(id) - set(UNRESERVED) or id in ("", ".", "..")
    else:
        assert path == call_for("ID").path.replace("ID", id)


HALF = "half \ud800 of a pair"


@pytest.mark.parametrize(
    "call_for",
    [
        lambda: endpoints.list_backups(pagination_token=HALF),
        lambda: endpoints.list_vector_ids("x.example", namespace=HALF),
        lambda: endpoints.list_vector_ids("x.example", prefix=HALF),
        lambda: endpoints.fetch_vectors("x.example", ids=[HALF]),
        lambda: endpoints.fetch_vectors("x.example", ids=["a"], namespace=HALF),
        lambda: endpoints.create_backup("movies", description=HALF),
        lambda: endpoints.create_index("movies", dimension=3, tags={"a": HALF}),
    ],
)
def test_half_of_a_surrogate_pair_is_refused_before_it_is_sent(call_for: Any) -> None:
    with pytest.raises(PineconeInputError, match=r"half of a surrogate pair, got 'half \\ud800 of a pair'"):
        call_for()


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("", "name must be a non-empty string, got ''"),
        (None, "name must be a non-empty string, got None"),
        ("a" * 46, "name may have at most 45 characters, got 46"),
        ("Movies", "name may contain only lower-case letters, digits and hyphens"),
        ("my_movies", "my_movies"),
        ("-movies", "begin and end with a letter or digit"),
        ("movies-", "begin and end with a letter or digit"),
        ("movies\n", "lower-case"),
        ("фильмы", "lower-case"),
        ("movies.2", "lower-case"),
    ],
)
def test_a_name_that_the_api_would_refuse_is_refused_here(name: Any, complaint: str) -> None:
    with pytest.raises(PineconeInputError, match=complaint):
        endpoints.create_index_from_backup("bkp-1", name=name)
    with pytest.raises(PineconeInputError, match=complaint):
        endpoints.create_index(name, dimension=8)


def test_a_backup_may_go_without_a_name_but_not_with_an_empty_one() -> None:
    assert endpoints.create_backup("movies", name=None).body == {}
    with pytest.raises(PineconeInputError, match="name must be a non-empty string, got ''"):
        endpoints.create_backup("movies", name="")


@pytest.mark.parametrize("name", ["a", "0", "a" * 45, "a--b", "a-1"])
def test_a_name_that_the_api_takes_is_taken(name: str) -> None:
    assert (endpoints.create_backup("movies", name=name).body or {})["name"] == name


@pytest.mark.parametrize(
    ("tags", "complaint"),
    [
        ("team=search", "tags must map strings to strings, got 'team=search'"),
        (["team"], "tags must map strings to strings"),
        ({f"t{number}": "" for number in range(21)}, "tags may have at most 20 tags, got 21"),
        ({"": "x"}, "a tag's key has 1 to 80"),
        ({"a b": "x"}, "a tag's key has 1 to 80"),
        ({"ключ": "x"}, "a tag's key has 1 to 80"),
        ({"k" * 81: "x"}, "a tag's key has 1 to 80"),
        ({1: "x"}, "a tag's key has 1 to 80"),
        ({"a": 1}, "tags: the value of 'a' must be a string, got 1"),
        ({"a": None}, "tags: the value of 'a' must be a string, got None"),
        ({"a": "x" * 121}, "tags: the value of 'a' may have at most 120 characters, got 121"),
    ],
)
def test_tags_that_the_api_would_refuse_are_refused_here(tags: Any, complaint: str) -> None:
    with pytest.raises(PineconeInputError, match=complaint):
        endpoints.create_index_from_backup("bkp-1", name="restored", tags=tags)
    with pytest.raises(PineconeInputError, match=complaint):
        endpoints.create_index("movies", dimension=8, tags=tags)


def test_the_largest_tags_that_the_api_takes_are_taken() -> None:
    tags = {f"{number:02}" + "k" * 78: "v" * 120 for number in range(20)}
    body = endpoints.create_index_from_backup("bkp-1", name="restored", tags=tags).body
    assert (body or {})["tags"] == tags


@pytest.mark.parametrize("protection", ["yes", "Enabled", "", True, 1])
def test_deletion_protection_is_one_of_two_words(protection: Any) -> None:
    with pytest.raises(PineconeInputError, match="deletion_protection must be enabled or disabled, got"):
        endpoints.create_index_from_backup("bkp-1", name="restored", deletion_protection=protection)


@pytest.mark.parametrize("limit", [0, -1, 101, 1.5, "10", True])
def test_a_page_holds_1_to_100_rows(limit: Any) -> None:
    for call_for in (endpoints.list_backups, endpoints.list_restore_jobs, list_schedules, list_history):
        with pytest.raises(PineconeInputError, match="limit must be a whole number from 1 to 100, got"):
            call_for(limit=limit)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"name": ""}, "name must be a non-empty string, got ''"),
        ({"name": None}, "name must be a non-empty string, got None"),
        ({"name": "n" * 29}, "name may have at most 28 characters, .* got 29: 'nnn"),
        ({"frequency": "hourly"}, "frequency must be daily or weekly or monthly, got 'hourly'"),
        ({"frequency": None}, "frequency must be daily or weekly or monthly, got None"),
        ({"retention_days": 0}, "retention_days must be a whole number of at least 1, got 0"),
        ({"retention_days": -7}, "retention_days must be a whole number of at least 1, got -7"),
        ({"retention_days": True}, "retention_days must be a whole number of at least 1, got True"),
        ({"retention_days": "7"}, "retention_days must be a whole number of at least 1, got '7'"),
    ],
)
def test_a_schedule_that_the_api_would_refuse_is_refused_here(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PineconeInputError, match=complaint):
        schedule(**wrong)


def test_the_longest_name_of_a_schedule_leaves_room_for_the_time_of_its_runs() -> None:
    assert (schedule(name="n" * 28).body or {})["name"] == "n" * 28


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({}, "give frequency, retention_days or enabled"),
        ({"enabled": "no"}, "enabled must be True or False, got 'no'"),
        ({"enabled": 0}, "enabled must be True or False, got 0"),
        ({"frequency": "Daily"}, "frequency must be daily or weekly or monthly, got 'Daily'"),
        ({"retention_days": 1.5, "enabled": True}, "retention_days must be a whole number"),
    ],
)
def test_a_change_of_a_schedule_that_cannot_be_meant_is_refused(
    wrong: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(PineconeInputError, match=complaint):
        endpoints.update_backup_schedule("sch-1", **wrong)


@pytest.mark.parametrize("token", ["", " ", 7])
def test_an_empty_token_is_no_token(token: Any) -> None:
    with pytest.raises(PineconeInputError, match="pagination_token must be a non-empty string"):
        endpoints.list_backups(pagination_token=token)


@pytest.mark.parametrize("id", ["", None, 7])
def test_ids_to_fetch_are_texts(id: Any) -> None:
    with pytest.raises(PineconeInputError, match="ids must be non-empty strings"):
        endpoints.fetch_vectors(HOST, ids=["a", id])


def test_an_id_of_blanks_is_one() -> None:
    assert endpoints.fetch_vectors(HOST, ids=[" "]).query[0] == ("ids", " ")


def test_a_call_does_not_change_with_what_it_was_made_of() -> None:
    tags = {"team": "search"}
    call = endpoints.create_index_from_backup("bkp-1", name="restored", tags=tags)
    tags["team"] = "other"
    assert (call.body or {})["tags"] == {"team": "search"}


def test_the_repr_of_a_call_does_not_hold_the_records_it_writes() -> None:
    assert "1.0" not in repr(endpoints.upsert_vectors(HOST, vectors=[VECTOR]))
