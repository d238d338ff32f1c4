"""A backup with its fingerprint, and the verification of a restore, as tasks run them."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.fingerprint import (
    PineconeConfirmFingerprintOperator,
    PineconeTakeFingerprintOperator,
)
from airflow_provider_pinecone.operators.verification import PineconeVerifyRestoreOperator
from tests.airflow.conftest import context_of
from tests.resilience.verification.conftest import LAG


def run(task: Any, *, run_id: str) -> Any:
    return task.execute(context_of(task, run_id=run_id))


def back_up(storage: str, *, records_per_namespace: int, run_id: str = "once") -> str:
    """Take a fingerprint, back up once that is older than the write lag, and confirm it."""
    taken = run(
        PineconeTakeFingerprintOperator(
            task_id="take",
            index_name="movies",
            storage=storage,
            records_per_namespace=records_per_namespace,
        ),
        run_id=run_id,
    )
    backup = PineconeCreateBackupOperator(task_id="back_up", settle=LAG, **taken)
    backup_id = run(backup, run_id=run_id)["backup_id"]
    confirm = PineconeConfirmFingerprintOperator(task_id="confirm", backup_id=backup_id, storage=storage)
    assert run(confirm, run_id=run_id)["doubt"] is None
    return str(backup_id)


def verify(backup_id: str, storage: str, **more: Any) -> dict[str, Any]:
    """The report on a restored index, damaged or not."""
    settings = {"index_name": "movies-restored", "level": "sample", "counts_timeout": 0.0}
    task = PineconeVerifyRestoreOperator(
        task_id="verify", backup_id=backup_id, storage=storage, **settings | more
    )
    context = context_of(task)
    try:
        report: dict[str, Any] = task.execute(context)
    except AirflowFailException:
        report = context["ti"].xcoms["return_value"]
        assert report["verdict"] == "damaged"
    return report


def damages(report: dict[str, Any]) -> dict[str, Any]:
    """What a report calls damaged, and what was found instead."""
    return {
        check["what"].split(",")[0]: check["found"]
        for check in report["checks"]
        if check["verdict"] == "damaged"
    }
