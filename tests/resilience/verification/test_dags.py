"""The example DAGs with a storage: fingerprints are kept, and the weekly drill finds each kind of damage."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.airflow.dag_runs import Run, bag, run
from tests.airflow.versions import DagBag
from tests.contract.conftest import Emulator
from tests.resilience.verification.proof import back_up, damages

__all__ = ["bag", "run"]

DAG = "pinecone_weekly_restore_drill"
VERIFY = "drill_movies.verify"
RECORDS = 300


@pytest.fixture(autouse=True)
def storage(airflow_database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the DAG keeps reports: given before it is parsed."""
    monkeypatch.setenv("PINECONE_STORAGE", f"file://{tmp_path}")
    return tmp_path


@pytest.fixture
def backup_id(create_index: Callable[..., Any], upsert: Callable[..., None], storage: Path) -> str:
    """A backup of 600 records in two namespaces, with its fingerprint."""
    index = create_index("movies")
    for namespace in ("", "new"):
        upsert(index, {f"r-{n}": [n + 1, 1, 0] for n in range(RECORDS)}, namespace=namespace)
    return back_up(f"file://{storage}", records_per_namespace=RECORDS)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ({"damage": "lose_namespace", "namespace": "new"}, "namespaces"),
        ({"damage": "lose_records", "count": 1}, "records"),
        ({"damage": "change_values", "fraction": 0.01}, "other values"),
        ({"damage": "change_metadata", "fraction": 0.01}, "other metadata"),
        ({"damage": "change_metric", "metric": "euclidean"}, "metric"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["damage"],
)
def test_a_drill_finds(
    connected: Emulator,
    bag: DagBag,
    run: Callable[..., Run],
    backup_id: str,
    storage: Path,
    damage: dict[str, Any],
    what: str,
) -> None:
    connected.change_settings(restore_damages=[damage])
    # The counts of this emulator are never late.
    bag.dags[DAG].get_task(VERIFY).counts_timeout = 0.0
    done = run(DAG)
    assert not done.succeeded
    report = done.xcom(VERIFY)
    assert what in damages(report)
    assert json.loads((storage / backup_id / f"{report['index_name']}.report.json").read_text()) == report
    with connected.client() as client:
        assert [index["name"] for index in client.get("/indexes").json()["indexes"]] == ["movies"]


def test_what_was_loaded_is_backed_up_with_a_fingerprint(
    run: Callable[..., Run], create_index: Callable[..., Any], storage: Path
) -> None:
    create_index("movies")
    # The write lag of this emulator, which is a second, as minutes.
    done = run("pinecone_etl_then_backup", settle_minutes=1 / 60)
    assert done.succeeded
    confirmed = done.xcom("confirm_fingerprint")
    assert (confirmed["records"], confirmed["dropped"], confirmed["doubt"]) == (100, 0, None)
    assert (storage / confirmed["backup_id"] / "fingerprint.jsonl.gz").exists()
