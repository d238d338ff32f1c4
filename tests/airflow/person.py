"""A person who answers what a task with an approval asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.airflow.versions import ApprovalOperator

LOOKS_AGAIN = 1
"""Seconds that ``dag.test`` sleeps while it waits for a person."""


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Let a person answer ``Approve`` or ``Reject``. :return: the questions, once they were asked."""

    def answer(choice: str) -> list[str]:
        questions: list[str] = []
        if hasattr(ApprovalOperator, "hitl_summary"):
            _answer_over_http(choice, questions, monkeypatch)
        else:
            _answer_at_once(choice, questions, monkeypatch)
        return questions

    return answer


def _answer_over_http(choice: str, questions: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Since 3.3, the task waits for no trigger: it is Airflow's API that resumes it."""
    from airflow.api_fastapi.app import create_app
    from fastapi.testclient import TestClient

    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True")
    really_sleep = time.sleep

    def sleep(seconds: float) -> None:
        if seconds != LOOKS_AGAIN:
            really_sleep(seconds)
            return
        with TestClient(create_app(apps="core")) as client:
            token = client.get("/auth/token").json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            query = {"response_received": "false", "state": "awaiting_input"}
            asked = client.get("/api/v2/dags/~/dagRuns/~/hitlDetails", params=query).json()["hitl_details"]
            for one in asked:
                questions.append(one["body"])
                of = one["task_instance"]
                run = f"/api/v2/dags/{of['dag_id']}/dagRuns/{of['dag_run_id']}"
                path = f"{run}/taskInstances/{of['task_id']}/{of['map_index']}/hitlDetails"
                client.patch(path, json={"chosen_options": [choice], "params_input": {}}).raise_for_status()

    monkeypatch.setattr(time, "sleep", sleep)


def _answer_at_once(choice: str, questions: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 3.3, the task waits for a trigger that ``dag.test`` cannot run."""

    def execute(task: Any, context: Any) -> Any:
        questions.append(task.body)
        user = {"id": "someone", "name": "someone"}
        return task.execute_complete(
            context,
            {
                "chosen_options": [choice],
                "params_input": {},
                "responded_at": datetime.now(UTC),
                "responded_by_user": user,
            },
        )

    monkeypatch.setattr(ApprovalOperator, "execute", execute)
