"""The table in docs/retention.md is the one that a plan makes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.retention import RetentionPolicy, Scope, plan
from airflow_provider_pinecone.policies.retention.reasons import Fate
from airflow_provider_pinecone.policies.retention.table import table
from tests.unit.builders import a_backup
from tests.unit.policies.retention.histories import OWN

DOCUMENT = Path(__file__).parents[4] / "docs" / "retention.md"
POLICY = RetentionPolicy(keep_daily=3, keep_weekly=2, timezone="Europe/Berlin")
SCOPE = Scope(deployment="prod", pinned_words=["legal-hold"])


def night(day: int, **fields: Any) -> Backup:
    made = {"created_at": datetime(2026, 11, day, 1, tzinfo=UTC), "description": OWN, "record_count": 41_250}
    return a_backup(f"bkp-{day}", **{**made, **fields})


BACKUPS = [
    *(night(day) for day in (15, 16, 18, 19, 20, 21)),
    night(14, description=f"{OWN} before the migration, legal-hold"),
    night(17, name="by-hand", description=None),
    night(22, record_count=0),
]


def test_the_table_before_and_after_is_the_documents() -> None:
    made = plan(BACKUPS, POLICY, now=datetime(2026, 11, 22, 9, tzinfo=UTC), scope=SCOPE)
    document = DOCUMENT.read_text()
    assert "\n".join(table(made)) in document
    after = list(table(made, {"bkp-16": Fate.DELETED, "bkp-18": Fate.IN_USE}))
    assert "\n".join(row for row in after if "bkp-16" in row or "bkp-18" in row) in document
