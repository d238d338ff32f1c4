"""An emulator behind ``pinecone_default``, and a write lag so short that tests can wait for it."""

from __future__ import annotations

import pytest

from airflow_provider_pinecone.policies.verification import fingerprint
from tests.airflow.conftest import airflow_database, backup_of, connect, connected, restore_of
from tests.contract.conftest import (
    Emulator,
    create_index,
    emulator,
    emulator_process,
    launch_emulator,
    upsert,
)

__all__ = [
    "airflow_database",
    "backup_of",
    "connect",
    "connected",
    "create_index",
    "emulator",
    "emulator_process",
    "launch_emulator",
    "restore_of",
    "upsert",
]

LAG = 1.0
"""Seconds."""


@pytest.fixture(autouse=True)
def short_lag(connected: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "WRITE_LAG", LAG)
    # Emulator and tests have the same clock.
    monkeypatch.setattr(fingerprint, "CLOCK_SKEW", 0.0)
    connected.change_settings(write_lag=LAG, backup_seconds=0, restore_seconds=0)
