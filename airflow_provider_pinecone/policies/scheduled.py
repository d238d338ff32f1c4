"""Which backups Pinecone's own schedules made, by their names."""

from __future__ import annotations

import re

from airflow_provider_pinecone.api.models import Backup

_NAME = re.compile(r".+-\d{8}T\d{6}Z", re.DOTALL)
"""``{schedule's name}-{YYYYMMDDTHHMMSSZ}``. Since 2026-07, users cannot name a backup in capitals."""


def is_named_by_schedule(backup: Backup) -> bool:
    """Whether a backup is named as Pinecone's schedules name theirs."""
    return _NAME.fullmatch(backup.name or "") is not None
