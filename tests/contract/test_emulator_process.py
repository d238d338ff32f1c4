"""The emulator's command line, and what is left of its state when it is killed."""

from __future__ import annotations

import itertools
import signal
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from airflow_provider_pinecone.emulator.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.contract.conftest import Emulator

SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": 8, "metric": "cosine"}}}


def kill(emulator: Emulator) -> None:
    emulator.process.send_signal(signal.SIGKILL)
    emulator.process.wait(timeout=10)


def kill_when(enough: threading.Event, emulator: Emulator) -> None:
    enough.wait(timeout=60)
    kill(emulator)


def test_it_says_where_it_is_when_it_is_ready_and_ends_when_told_to(
    launch_emulator: Callable[..., Emulator],
) -> None:
    emulator = launch_emulator("--api-key", "my-key")
    assert emulator.url.startswith("http://127.0.0.1:")
    assert emulator.api_key == "my-key"
    with emulator.client() as client:
        assert client.get("/_emulator/health").json() == {"status": "ok"}
        assert client.get("/indexes").json() == {"indexes": []}
        emulator.process.send_signal(signal.SIGTERM)
        emulator.process.wait(timeout=10)


def test_the_key_can_come_from_the_environment_which_other_users_cannot_read(
    launch_emulator: Callable[..., Emulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINECONE_EMULATOR_API_KEY", "from-the-environment")
    from_environment, from_option = launch_emulator(), launch_emulator("--api-key", "from-the-option")
    monkeypatch.setenv("PINECONE_EMULATOR_API_KEY", "")
    assert from_environment.api_key == "from-the-environment"
    assert from_option.api_key == "from-the-option"
    assert launch_emulator().api_key == "emulator-key"
    with from_environment.client() as client:
        assert client.get("/indexes").status_code == 200
        assert client.get("/indexes", headers={"Api-Key": "emulator-key"}).status_code == 401


def test_help_does_not_print_the_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINECONE_EMULATOR_API_KEY", "from-the-environment")
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    assert "PINECONE_EMULATOR_API_KEY" in shown
    assert "from-the-environment" not in shown


def test_only_the_owner_can_read_the_state(launch_emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    emulator = launch_emulator("--state", str(tmp_path / "state.db"))
    with emulator.client() as client:
        client.post("/indexes", json={"name": "docs", "schema": SCHEMA}).raise_for_status()
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["state.db", "state.db-wal", "state.db-shm"], "0o600")


def test_settings_can_be_given_on_the_command_line(launch_emulator: Callable[..., Emulator]) -> None:
    given = {"write_lag": 900, "restore_stats": "growing", "quirks": "real", "quirks_seed": 7}
    arguments = [(f"--{name.replace('_', '-')}", str(value)) for name, value in given.items()]
    emulator = launch_emulator(*(word for argument in arguments for word in argument))
    with emulator.client() as client:
        assert given.items() <= client.get("/_emulator/settings").json().items()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--backup-seconds", "-1"], "backup_seconds: Input should be greater than or equal to 0, not -1.0"),
        (["--quirks", "some"], "argument --quirks: invalid choice: 'some'"),
        (["--port", "none"], "argument --port: invalid int value: 'none'"),
        (["--api-key", ""], "api_key: String should have at least 1 character, not ''"),
        (
            ["--state", "/nowhere/state.db"],
            "Cannot keep the state in /nowhere/state.db: No such file or directory",
        ),
    ],
)
def test_a_bad_argument_is_named(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert complaint in capsys.readouterr().err.splitlines()[-1]


def test_a_port_that_is_taken_is_named(emulator: Emulator) -> None:
    port = emulator.url.rpartition(":")[2]
    with pytest.raises(SystemExit, match=f"^Cannot listen on 127.0.0.1 port {port}: Address already in use"):
        main(["--port", port])


def test_what_was_acknowledged_survives_a_kill(
    launch_emulator: Callable[..., Emulator], tmp_path: Path
) -> None:
    state = str(tmp_path / "state.db")
    first = launch_emulator("--state", state, "--backup-seconds", "60", "--restore-seconds", "60")
    with first.client() as client:
        host = client.post("/indexes", json={"name": "docs", "schema": SCHEMA}).json()["host"]
        vectors = [{"id": str(number), "values": [number] * 8} for number in range(100)]
        client.post(f"{host}/vectors/upsert", json={"vectors": vectors})
        done = client.post("/indexes/docs/backups", json={}).json()["backup_id"]
        first.advance(60)
        job = client.post(f"/backups/{done}/create-index", json={"name": "copy"}).json()["restore_job_id"]
        waiting = client.post("/indexes/docs/backups", json={}).json()["backup_id"]
    kill(first)

    second = launch_emulator("--state", state)

    with second.client() as client:
        assert client.get(f"/backups/{done}").json()["record_count"] == 100
        assert client.get(f"/backups/{waiting}").json()["status"] == "Initializing"
        assert client.get(f"/restore-jobs/{job}").json()["status"] == "Pending"
        second.advance(60)
        assert client.get(f"/backups/{waiting}").json()["status"] == "Ready"
        assert client.get(f"/restore-jobs/{job}").json()["status"] == "Completed"
        for index in client.get("/indexes").json()["indexes"]:
            stats = client.post(f"{index['host']}/describe_index_stats", json={}).json()
            assert stats["totalVectorCount"] == 100
    kill(second)


def test_a_kill_under_load_loses_nothing_that_was_acknowledged(
    launch_emulator: Callable[..., Emulator], tmp_path: Path
) -> None:
    state = str(tmp_path / "state.db")
    first = launch_emulator("--state", state, "--backup-seconds", "0")
    with first.client() as client:
        host = client.post("/indexes", json={"name": "docs", "schema": SCHEMA}).json()["host"]
        enough = threading.Event()
        threading.Thread(target=kill_when, args=(enough, first)).start()
        written, backups = write_until_it_dies(client, host, enough)

    second = launch_emulator("--state", state)

    with second.client() as client:
        found = {
            row["backup_id"]: row for row in client.get("/backups", params={"limit": 10_000}).json()["data"]
        }
        assert backups.items() <= {id_: row["record_count"] for id_, row in found.items()}.items()
        stats = client.post(f"{second.url}{httpx.URL(host).path}/describe_index_stats", json={}).json()
        # The last batch may have been written and not answered, but never in part.
        assert stats["totalVectorCount"] in (written, written + 10)
        assert len(backups) >= 20
    kill(second)


def write_until_it_dies(
    client: httpx.Client, host: str, enough: threading.Event
) -> tuple[int, dict[str, int]]:
    """Write batches of ten records, each with a backup, and give what was acknowledged.

    After some batches it says that it is enough, and writes on.
    """
    written = 0
    backups: dict[str, Any] = {}
    try:
        for batch in itertools.count():
            vectors = [{"id": f"{batch}-{number}", "values": [batch] * 8} for number in range(10)]
            client.post(f"{host}/vectors/upsert", json={"vectors": vectors}).raise_for_status()
            written += 10
            backup = client.post("/indexes/docs/backups", json={}).json()
            backups[backup["backup_id"]] = written
            if len(backups) == 20:
                enough.set()
    except httpx.TransportError:
        pass
    return written, backups
