"""Is a restored index the one that was backed up: what to look at, how to judge it, and how to report it.

Nothing that was written to the source after the backup counts as damage. So a difference is damage only if
the record is known to have been in the backup: its fingerprint was taken long enough before the backup, and
was the same after it. Any other difference is reported as unknown.
"""

from __future__ import annotations

from airflow_provider_pinecone.policies.verification.levels import LEVELS, Level
from airflow_provider_pinecone.policies.verification.sampling import RECORDS_PER_NAMESPACE, check_records

__all__ = ["LEVELS", "RECORDS_PER_NAMESPACE", "Level", "check_records"]
