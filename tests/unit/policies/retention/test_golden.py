"""The plans of many policies for one long history stay as they are on record, reasons included."""

from __future__ import annotations

import pytest

from tests.unit.policies.retention.goldens import CASES, DELETED_AT, FOLDER, NOW, history, record
from tests.unit.policies.retention.histories import Case
from tests.unit.policies.retention.oracle import agree


@pytest.mark.parametrize("name", CASES)
def test_a_plan_is_the_one_on_record(name: str) -> None:
    assert record(name) == (FOLDER / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", CASES)
def test_a_plan_on_record_agrees_with_the_oracle(name: str) -> None:
    policy, scope = CASES[name]
    agree(Case(backups=history(), policy=policy, scope=scope, now=NOW, deleted_at=DELETED_AT))


def test_each_record_has_its_policy() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(CASES)
