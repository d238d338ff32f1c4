"""A year of nightly runs ends with exactly the backups that the oracle names; and a full quota heals."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest

from airflow_provider_pinecone.api import client, retrying
from airflow_provider_pinecone.api.errors import PineconeQuotaError
from airflow_provider_pinecone.hooks import _driver
from airflow_provider_pinecone.policies.retention import RetentionPolicy
from airflow_provider_pinecone.policies.retention.reasons import Fate
from tests.contract.conftest import Emulator, launch_emulator
from tests.resilience.retention.airflows import Airflow, Clock
from tests.resilience.retention.year import NIGHTS, Year

__all__ = ["launch_emulator"]

BERLIN = "Europe/Berlin"
KEPT = RetentionPolicy(
    keep_daily=7,
    keep_weekly=4,
    keep_monthly=6,
    keep_yearly=1,
    timezone=BERLIN,
    deleted_index_grace=timedelta(days=60),
)


@pytest.fixture
def emulator(launch_emulator: Callable[..., Emulator], monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator of its own whose clock stands still, and the Airflow connection to it."""
    at_once = ("--backup-seconds", "0", "--restore-seconds", "0")
    emulator = launch_emulator(*at_once, "--api-key", "pcsk_test_of_a_year")
    emulator.freeze()
    fields = {"conn_type": "pinecone_backup", "host": emulator.url, "password": emulator.api_key}
    monkeypatch.setenv("AIRFLOW_CONN_PINECONE_DEFAULT", json.dumps(fields))
    return emulator


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Nobody sleeps: the clock goes on instead."""
    clock = Clock()
    monkeypatch.setattr(_driver, "time", SimpleNamespace(sleep=clock.sleep))
    quick = partial(retrying.RetryPolicy, first_wait=0.001)
    monkeypatch.setattr(client, "RetryPolicy", quick)
    monkeypatch.setattr("tenacity.nap.time.sleep", clock.sleep)
    return clock


def test_a_year_ends_with_exactly_the_backups_that_the_oracle_names(
    emulator: Emulator, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow = Airflow("prod", KEPT, clock, pinned_words=("legal-hold",))
    neighbour = Airflow("staging", RetentionPolicy(keep_last=3), clock)
    year = Year(emulator, clock, airflow, neighbour)
    year.begin()
    for night in range(NIGHTS):
        year.pass_night(night)
    year.end()
    with capsys.disabled():
        print(
            f"\n  {NIGHTS} nights: {len(year.ever):,} backups, {len(year.listed())} left, "
            f"{len(year.left_of(airflow))} of them this Airflow's; {dict(year.fates)}; "
            f"tries: {dict(airflow.tries)}; {len(emulator.requests()):,} requests"
        )
    assert year.left_of(airflow) == year.named_by_oracle(airflow)
    assert year.left_of(neighbour) == year.named_by_oracle(neighbour)
    assert {Fate.DELETED, Fate.GONE, Fate.STILL_THERE, Fate.IN_USE} <= set(year.fates)


def test_at_500_of_500_the_next_night_recovers(emulator: Emulator, clock: Clock) -> None:
    airflow = Airflow("prod", KEPT, clock)
    year = Year(emulator, clock, airflow, Airflow("staging", KEPT, clock))
    year.begin()
    night = year.fill(500)
    assert {type(failure) for failure in year.back_up_all(night)} == {PineconeQuotaError}
    assert len(year.listed()) == 500
    assert airflow.prune().as_dict()["deleted"] == 100
    assert year.back_up_all(night + 1) == [None] * 3
    while airflow.prune().as_dict()["left"]:
        pass
    assert year.left_of(airflow) == year.named_by_oracle(airflow)
