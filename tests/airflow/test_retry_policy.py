"""The retry rules of docs/guarantees.md, as Airflow evaluates them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_pinecone.api import errors

GUARANTEES = Path(__file__).parents[2] / "docs" / "guarantees.md"
WHERE: dict[str, Any] = {"method": "POST", "path": "/indexes/movies/backups"}


@pytest.fixture(scope="module")
def policy() -> Any:
    """The policy of the documentation, after Airflow stored it with the DAG and read it again."""
    sdk = pytest.importorskip("airflow.sdk", reason="retry policies are there since Airflow 3.3")
    if not hasattr(sdk, "ExceptionRetryPolicy"):
        pytest.skip("retry policies are there since Airflow 3.3")
    (example,) = re.findall(r"```python\n(.*?)```", GUARANTEES.read_text(), flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    written = names["retry_policy"]
    return type(written).deserialize(written.serialize())


@pytest.mark.parametrize(
    ("error", "action", "delay"),
    [
        (errors.PineconeRateLimitedError("slow", status=429, **WHERE), "retry", timedelta(minutes=5)),
        (errors.PineconeServerError("down", status=503, **WHERE), "retry", timedelta(minutes=15)),
        (errors.PineconeTimeoutError("late", **WHERE), "retry", timedelta(minutes=15)),
        (errors.PineconeBackupFailedError("failed"), "retry", timedelta(hours=1)),
        (errors.PineconeWaitTimeoutError("late"), "fail", None),
        (errors.PineconeGoneError("gone"), "default", None),
    ],
)
def test_each_error_meets_its_rule(
    policy: Any, error: Exception, action: str, delay: timedelta | None
) -> None:
    decision = policy.evaluate(error, 1, 3)
    assert (decision.action.value, decision.retry_delay) == (action, delay)


def test_every_error_that_a_rule_names_is_one_that_reaches_a_policy(policy: Any) -> None:
    """Errors that are not worth a retry end the task at once, and no rule is asked about them."""
    for rule in policy.rules:
        for error in rule._resolve_exception_classes():
            assert error.worth_retrying
