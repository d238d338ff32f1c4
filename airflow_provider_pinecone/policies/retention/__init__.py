"""What to keep of each index's backups, and what to delete: the policy, its scope, and the plan they make.

The rules are joined by "or": whatever one of them keeps is kept. They apply to each index by itself, and an
index that was deleted and created again under its name is another one. Only usable backups, those that are
Ready and not empty, count as kept. Taking a backup out of the input never turns another's keep into a delete,
so a listing that omits one does no harm.
"""

from __future__ import annotations

from airflow_provider_pinecone.policies.retention.planning import plan
from airflow_provider_pinecone.policies.retention.policy import RetentionPolicy
from airflow_provider_pinecone.policies.retention.scope import Scope

__all__ = ["RetentionPolicy", "Scope", "plan"]
