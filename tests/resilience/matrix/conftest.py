"""The emulator as Airflow's connection, and waits so short that a thousand tasks fit into two minutes."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest

from airflow_provider_pinecone.api import async_client, client, retrying
from airflow_provider_pinecone.api.settings import Settings
from airflow_provider_pinecone.flows import deferring, finish_backup, once
from airflow_provider_pinecone.flows.steps import Sleep
from airflow_provider_pinecone.hooks import connection
from airflow_provider_pinecone.policies import polling
from tests.contract.conftest import Emulator, launch_emulator
from tests.resilience.matrix.faults import READ_TIMEOUT
from tests.resilience.matrix.stage import Stage

__all__ = ["launch_emulator"]

ABREAST = 3
"""Tasks that are played at once, each with an emulator of its own: most of their time they wait."""

SCALE = 0.05
"""What becomes of a pause. The pauses keep their proportions, as what they wait for does."""


@pytest.fixture(scope="session")
def emulators(launch_emulator: Callable[..., Emulator]) -> list[Emulator]:
    """Emulators whose backups and restores are done at once."""
    at_once = ("--backup-seconds", "0", "--restore-seconds", "0", "--api-key", "pcsk_test_of_the_matrix")
    return [launch_emulator(*at_once) for _ in range(ABREAST)]


@pytest.fixture
def stages(emulators: list[Emulator], monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """Each emulator, and the Airflow connection to it."""
    stages = [Stage(emulator, f"pinecone_{number}") for number, emulator in enumerate(emulators)]
    for stage in stages:
        fields = {
            "conn_type": "pinecone_backup",
            "host": stage.emulator.url,
            "password": stage.emulator.api_key,
        }
        monkeypatch.setenv(f"AIRFLOW_CONN_{stage.conn_id.upper()}", json.dumps(fields))
    return stages


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten every pause and every time that a client gives an answer, and defer at the first chance."""
    policy = partial(retrying.RetryPolicy, first_wait=0.01)
    monkeypatch.setattr(client, "RetryPolicy", policy)
    monkeypatch.setattr(async_client, "RetryPolicy", policy)
    monkeypatch.setattr(
        connection, "Settings", partial(Settings, read_timeout=READ_TIMEOUT, answer_timeout=READ_TIMEOUT)
    )
    monkeypatch.setattr(once, "Sleep", lambda seconds: Sleep(seconds * SCALE))
    monkeypatch.setattr(
        finish_backup, "SHOWN_PAUSES", tuple(pause * SCALE for pause in finish_backup.SHOWN_PAUSES)
    )
    # Longer than what is late is late.
    monkeypatch.setattr(finish_backup, "FOUND_PATIENCE", 0.3)
    monkeypatch.setattr(polling, "SHORTEST_PAUSE", 0.03)
    # What has not ended at the first look is handed over.
    monkeypatch.setattr(deferring, "SHORT_WAIT", 0.0)
    monkeypatch.setattr(deferring, "EARLIEST_EVENT", 0.0)
