"""What cannot work gives one clear line, and nothing is made."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from airflow_provider_pinecone.api.errors import PineconeError, PineconeInputError
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.index import PineconeListIndexesOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
from airflow_provider_pinecone.sensors.backup import PineconeBackupFreshnessSensor, PineconeBackupSensor
from airflow_provider_pinecone.sensors.restore import PineconeRestoreJobSensor
from airflow_provider_pinecone.triggers.backup import PineconeBackupTrigger
from airflow_provider_pinecone.triggers.restore import PineconeRestoreJobTrigger
from tests.airflow.conftest import context_of, created
from tests.contract.conftest import Emulator


def back_up(index_name: str = "movies", **arguments: Any) -> PineconeCreateBackupOperator:
    return PineconeCreateBackupOperator(task_id="back_up", index_name=index_name, **arguments)


def restore(index_name: Any = "movies-restored", **arguments: Any) -> PineconeCreateIndexFromBackupOperator:
    return PineconeCreateIndexFromBackupOperator(task_id="restore", index_name=index_name, **arguments)


def failure(operator: Any) -> str:
    """The one line that a task fails with, for good."""
    context = context_of(operator)
    with pytest.raises(AirflowFailException) as caught:
        operator.execute(context)
    message = str(caught.value)
    assert "\n" not in message
    assert context["ti"].xcoms["error"]["message"] == message
    return message


def test_a_wrong_key(movies: dict[str, Any], connected: Emulator, connect: Callable[..., None]) -> None:
    connect(host=connected.url, password="not-the-key")
    before = created(connected)
    message = failure(back_up())
    assert message.startswith("The API key of connection pinecone_default was refused: check it")
    assert "401" in message
    assert "not-the-key" not in message
    assert created(connected) == before


def test_no_connection_of_that_name(monkeypatch: pytest.MonkeyPatch, airflow_database: None) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_PINECONE_DEFAULT", raising=False)
    with pytest.raises(AirflowException, match=r"pinecone_default.*isn't defined"):
        back_up().execute(context_of(back_up()))


def test_a_connection_without_a_key(connected: Emulator, connect: Callable[..., None]) -> None:
    connect(host=connected.url)
    message = failure(back_up())
    assert "Connection 'pinecone_default': api_key is empty" in message
    assert created(connected) == []


def test_an_unknown_index(connected: Emulator) -> None:
    assert "404 NOT_FOUND" in failure(back_up("no-such-index"))
    assert created(connected) == []


def test_a_backup_id_that_does_not_exist(connected: Emulator) -> None:
    message = failure(restore(backup_id="6a00902c-0000-0000-0000-000000000000"))
    assert "404 NOT_FOUND" in message
    assert "6a00902c-0000-0000-0000-000000000000" in message
    assert created(connected) == []


def test_a_target_name_that_is_taken(
    movies: dict[str, Any], connected: Emulator, backup_of: Callable[..., str]
) -> None:
    backup_id = backup_of("movies")
    before = created(connected)
    message = failure(restore("movies", backup_id=backup_id))
    assert "index_name 'movies' is taken. Choose another name" in message
    assert created(connected) == before


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Movies-Restored", "only lower-case letters, digits and hyphens"),
        ("m" * 46, "at most 45 characters, got 46"),
        ("", "must be a non-empty string"),
    ],
)
def test_a_target_name_that_the_api_does_not_take(connected: Emulator, name: str, rule: str) -> None:
    message = failure(restore(name, backup_id="anything"))
    assert message.startswith("index_name ")
    assert rule in message
    assert connected.requests() == []


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"tags": {"team": 7}}, "tags: the value of 'team' must be a string, got 7."),
        ({"tags": {f"tag-{n}": "" for n in range(21)}}, "tags may have at most 20 tags, got 21."),
        ({"deletion_protection": "yes"}, "deletion_protection must be enabled or disabled, got 'yes'."),
        ({"source_index_name": "movies"}, "Give either backup_id or source_index_name"),
        ({"before": "2026-07-31"}, "source_index_id and before go with source_index_name"),
    ],
)
def test_settings_of_a_restore_that_the_api_does_not_take(
    connected: Emulator, arguments: dict[str, Any], line: str
) -> None:
    assert line in failure(restore(backup_id="anything", **arguments))
    assert connected.requests() == []


def test_a_moment_that_is_none(connected: Emulator) -> None:
    message = failure(restore(source_index_name="movies", before="last tuesday"))
    assert message.startswith("before must be a time such as")
    assert connected.requests() == []


def test_a_pod_based_index(connected: Emulator) -> None:
    pod = {"environment": "us-east1-gcp", "pod_type": "p1.x1", "pods": 1, "replicas": 1, "shards": 1}
    with connected.client("2026-04") as client:
        body = {"name": "old-pods", "dimension": 3, "metric": "cosine", "spec": {"pod": pod}}
        assert client.post("/indexes", json=body).status_code == 201
    before = created(connected)
    message = failure(back_up("old-pods"))
    assert "400" in message
    assert "pod" in message.lower()
    with connected.client() as client:
        assert client.get("/backups").json()["data"] == []
    assert created(connected)[len(before) :] == ["POST /indexes/old-pods/backups"]


def test_a_backup_that_is_still_initializing(
    movies: dict[str, Any], connected: Emulator, backup_of: Callable[..., str]
) -> None:
    connected.change_settings(backup_seconds=60)
    backup_id = backup_of("movies")
    before = created(connected)
    operator = restore(backup_id=backup_id)
    with pytest.raises(PineconeError, match=f"is still Initializing. Wait for it .*'{backup_id}'"):
        operator.execute(context_of(operator))
    assert created(connected) == before


def test_an_empty_backup_restored_by_name(
    connected: Emulator, create_index: Callable[..., Any], backup_of: Callable[..., str]
) -> None:
    create_index("empty")
    backup_id = backup_of("empty")
    before = created(connected)
    message = failure(restore(source_index_name="empty"))
    assert "0 of 1 backups are Ready and hold records" in message
    assert f"{backup_id} (Ready, 0 records)" in message
    assert created(connected) == before


def test_a_source_name_that_two_indexes_bore(
    movies: dict[str, Any],
    connected: Emulator,
    backup_of: Callable[..., str],
    create_index: Callable[..., dict[str, Any]],
    upsert: Callable[..., None],
) -> None:
    first = backup_of("movies")
    with connected.client() as client:
        assert client.delete("/indexes/movies").status_code == 202
    upsert(create_index("movies"), {"only": [1, 2, 3]})
    second = backup_of("movies")
    before = created(connected)
    message = failure(restore(source_index_name="movies"))
    assert "matches 2 indexes with usable backups. Give source_index_id or backup_id." in message
    assert first in message
    assert second in message
    assert created(connected) == before


def test_an_empty_project_in_the_nightly_backup(connected: Emulator) -> None:
    message = failure(PineconeListIndexesOperator(task_id="list_indexes"))
    assert message.startswith("None of the project's 0 indexes is serverless and matches name_pattern '*'")


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), 1e14])
def test_a_timeout_that_is_no_time(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout must be a number of seconds above 0"):
        back_up(timeout=timeout)


@pytest.mark.parametrize("poll_interval", [0, -5, 1e-9, "soon"])
def test_a_poll_interval_that_is_no_time(poll_interval: Any) -> None:
    with pytest.raises(ValueError, match="poll_interval must be a number of seconds, at least 1"):
        restore(poll_interval=poll_interval)


@pytest.mark.parametrize("seconds", [0.001, 0.1, 0.999])
def test_polls_less_than_a_second_apart_are_refused(seconds: float) -> None:
    line = rf"^(poll|poke)_interval must be a number of seconds, at least 1 .*, got {seconds}\.$"
    wait = {"backup_id": "b", "restore_job_id": "j", "percent_complete": 100, "started_at": 0, "deadline": 1}
    for made in (
        lambda: back_up(poll_interval=seconds),
        lambda: restore(poll_interval=seconds),
        lambda: PineconeBackupSensor(task_id="t", backup_id="b", poke_interval=seconds),
        lambda: PineconeRestoreJobSensor(task_id="t", restore_job_id="j", poke_interval=seconds),
        lambda: PineconeBackupFreshnessSensor(task_id="t", max_age=60, poke_interval=seconds),
        lambda: PineconeBackupTrigger(pinecone_conn_id="p", wait=wait, poll_interval=seconds),
        lambda: PineconeRestoreJobTrigger(pinecone_conn_id="p", wait=wait, poll_interval=seconds),
    ):
        with pytest.raises(PineconeInputError, match=line):
            made()


def test_polls_a_second_apart_are_fine() -> None:
    assert back_up(poll_interval=1).poll_interval == 1
    sensor = PineconeBackupSensor(task_id="t", backup_id="b", poke_interval=timedelta(seconds=1))
    assert sensor.poke_interval == 1


@pytest.mark.parametrize("guard", [{"min_records": -1}, {"max_record_drop": 1.5}])
def test_a_guard_that_cannot_be_meant(guard: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(guard))} must be a"):
        back_up(**guard)


@pytest.fixture
def html_host() -> Iterator[str]:
    """A web server that knows nothing of Pinecone."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html><body>Welcome</body></html>")

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_host_that_answers_html(html_host: str, connect: Callable[..., None]) -> None:
    connect(host=html_host, password="key")
    operator = PineconeListIndexesOperator(task_id="list_indexes")
    with pytest.raises(PineconeError) as caught:
        operator.execute(context_of(operator))
    assert str(caught.value) == (
        "The host answered 200 with 33 bytes of text/html that are not JSON. Check the host (GET /indexes)."
    )


def test_plain_http_to_a_host_that_is_not_this_machine(connect: Callable[..., None]) -> None:
    connect(host="http://pinecone.example.com", password="key")
    message = failure(back_up())
    assert "host 'http://pinecone.example.com' would receive the API key over plain http" in message
    assert "allow_insecure_http" in message


def test_a_host_that_answers_html_is_told_of_before_anything_is_asked_for(
    html_host: str, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    connect(host=html_host, password="key")
    operator = back_up()
    with pytest.raises(PineconeError, match=r"answered 200 with 33 bytes of text/html .* Check the host"):
        operator.execute(context_of(operator))
    assert sum(naps) < 10


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"tags": "backup=nightly"}, "tags must map strings to strings, got 'backup=nightly'."),
        ({"name_pattern": 5}, "name_pattern must be a non-empty string, got 5."),
    ],
)
def test_filters_that_a_template_filled_in_wrongly(
    connected: Emulator, arguments: dict[str, Any], line: str
) -> None:
    assert line in failure(PineconeListIndexesOperator(task_id="list_indexes", **arguments))
    assert connected.requests() == []


def test_a_read_capacity_that_is_none(connected: Emulator) -> None:
    line = "read_capacity must map strings to values, got 'OnDemand'."
    assert line in failure(restore(backup_id="anything", read_capacity="OnDemand"))
    assert connected.requests() == []


def test_an_index_host_in_a_connection_of_our_own_type_is_not_swapped_for_another(
    connect: Callable[..., None],
) -> None:
    """Services in Kubernetes have such addresses, and production is no stand-in for them."""
    connect(host="http://pinecone.tests.svc.cluster.local:5081", password="key")
    assert "would receive the API key over plain http" in failure(back_up())
