"""Users' tests get an emulator as a fixture, when they ask for the plugin by name."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

CONFTEST = 'pytest_plugins = ["airflow_provider_pinecone.emulator.pytest_plugin"]\n'

TESTS = """
import httpx
import pytest

INDEX = {"name": "docs", "schema": {"fields": {"_sparse_values": {"type": "sparse_vector"}}}}
used = []


@pytest.mark.parametrize("number", [1, 2])
def test_begins_with_an_empty_project(pinecone_emulator, number):
    used.append(pinecone_emulator.process.pid)
    assert len(set(used)) == 1
    with pinecone_emulator.client() as client:
        assert client.get("/indexes").json() == {"indexes": []}
        assert client.post("/indexes", json=INDEX).status_code == 201
    pinecone_emulator.freeze()
    pinecone_emulator.set_time("2040-01-31T12:00:00Z")
    pinecone_emulator.set_faults({"action": "close_before"})


def test_steers_it(pinecone_emulator):
    headers = {"Api-Key": pinecone_emulator.api_key}
    client = httpx.Client(base_url=pinecone_emulator.url, headers=headers, trust_env=False)
    assert pinecone_emulator.now() < "2040"
    pinecone_emulator.change_settings(backup_seconds=60)
    client.post("/indexes", json=INDEX)
    pinecone_emulator.set_faults({"method": "POST", "nth": 1, "action": "status", "status": 503})
    assert client.post("/indexes/docs/backups", json={}).status_code == 503
    backup = client.post("/indexes/docs/backups", json={}).json()
    assert backup["status"] == "Initializing"
    pinecone_emulator.advance(60)
    assert client.get(f"/backups/{backup['backup_id']}").json()["status"] == "Ready"
    assert [entry["outcome"] for entry in pinecone_emulator.requests()][1:3] == ["status", "answered"]


def test_launches_others(launch_pinecone_emulator):
    mine = launch_pinecone_emulator("--api-key", "mine", "--write-lag", "900")
    assert mine.api_key == "mine"
    with pytest.raises(RuntimeError, match="did not start"):
        launch_pinecone_emulator("--write-lag", "-1")
"""


def run_pytest(directory: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(directory)]
    done = subprocess.run(
        command,
        cwd=directory,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # conftest.py is all that names a plugin
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_fixture_is_an_empty_emulator_that_the_test_steers(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_mine.py").write_text(TESTS)
    report = run_pytest(tmp_path)
    assert "4 passed" in report, report


def test_it_is_not_loaded_unless_asked_for() -> None:
    assert not [entry for entry in entry_points(group="pytest11") if "pinecone" in entry.value]
