"""Each kind of damage to a restored index of 10,000 records is found, at the level that promises it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import Emulator
from tests.resilience.verification.proof import back_up, damages, verify

RECORDS = 10_000
SAMPLE = 500
"""The default: it shows damage to 1% of the records with a probability of 99.3%."""


@pytest.fixture
def restored(
    connected: Emulator,
    create_index: Callable[..., Any],
    upsert: Callable[..., None],
    restore_of: Callable[..., str],
    tmp_path: Path,
) -> Callable[..., dict[str, Any]]:
    """Back up an index of two namespaces, restore it with a damage, and verify it."""
    chances = random.Random(14)
    index = create_index("movies")
    for start in range(0, RECORDS, 1000):
        namespace = "small" if start == 0 else ""
        records = {f"r-{n}": [chances.uniform(-1, 1) for _ in range(3)] for n in range(start, start + 1000)}
        upsert(index, records, namespace=namespace)
    storage = f"file://{tmp_path}"

    def restored(*damage: dict[str, Any], level: str) -> dict[str, Any]:
        backup_id = back_up(storage, records_per_namespace=SAMPLE)
        connected.change_settings(restore_damages=list(damage))
        restore_of(backup_id)
        return verify(backup_id, storage, level=level)

    return restored


def test_no_damage(restored: Callable[..., dict[str, Any]]) -> None:
    report = restored(level="sample")
    assert report["verdict"] == "passed"
    assert report["sample"]["certain"] == 2 * SAMPLE


def test_a_missing_namespace(restored: Callable[..., dict[str, Any]]) -> None:
    report = restored({"damage": "lose_namespace", "namespace": "small"}, level="counts")
    assert damages(report) == {"records": RECORDS - 1000, "namespaces": 1, "records in 'small'": 0}


def test_one_lost_record(restored: Callable[..., dict[str, Any]]) -> None:
    report = restored({"damage": "lose_records", "count": 1, "namespace": ""}, level="counts")
    assert damages(report) == {"records": RECORDS - 1, "records in ''": RECORDS - 1001}


@pytest.mark.parametrize(
    ("damage", "what"), [("change_values", "other values"), ("change_metadata", "other metadata")]
)
def test_one_percent_of_the_records_changed(
    restored: Callable[..., dict[str, Any]], damage: str, what: str
) -> None:
    report = restored({"damage": damage, "fraction": 0.01}, level="sample")
    assert list(damages(report)) == [what]
    # The chance of 1,000 records, two namespaces of 500.
    assert report["sample"]["detection_probability"]["1%"] == pytest.approx(1 - 0.99**1000, abs=1e-6)


def test_another_metric(restored: Callable[..., dict[str, Any]]) -> None:
    report = restored({"damage": "change_metric", "metric": "euclidean"}, level="metadata")
    assert damages(report)["metric"] == "euclidean"
