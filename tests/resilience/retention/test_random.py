"""A hundred thousand random histories: the plan agrees with the oracle, and a missing row does no harm."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from airflow_provider_pinecone.policies.retention.reasons import Delete, Keep
from tests.unit.policies.retention.histories import a_case
from tests.unit.policies.retention.oracle import agree

HISTORIES = 100_000
BEYOND_THE_UNIT_TESTS = 1_000_000
"""The first seed."""


def test_random_histories_agree_with_the_oracle(capsys: pytest.CaptureFixture[str]) -> None:
    codes: Counter[str] = Counter()
    backups = deleted = 0
    for seed in range(BEYOND_THE_UNIT_TESTS, BEYOND_THE_UNIT_TESTS + HISTORIES):
        chance = Random(seed)
        case = a_case(chance)
        agree(case)
        made = case.plan()
        doomed = {decision.backup.backup_id for decision in made.deletions}
        if case.backups:
            missing = chance.choice(case.backups)
            without = case.plan([backup for backup in case.backups if backup is not missing])
            assert {decision.backup.backup_id for decision in without.deletions} <= doomed, seed
        backups += len(case.backups)
        deleted += len(doomed)
        codes.update(str(code) for decision in made.decisions for code in decision.codes)
    with capsys.disabled():
        print(f"\n  {HISTORIES:,} histories of {backups:,} backups, {deleted:,} of them deleted. Reasons:")
        print("  " + ", ".join(f"{code}: {times:,}" for code, times in codes.most_common()))
    assert codes.keys() == {*map(str, Keep), *map(str, Delete)}
