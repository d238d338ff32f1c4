"""How many records an index's stats show: during a restore, and for a while after it, too few."""

from __future__ import annotations

from airflow_provider_pinecone.emulator.clock import fraction
from airflow_provider_pinecone.emulator.resources.indexes import Index
from airflow_provider_pinecone.emulator.state import namespaces
from airflow_provider_pinecone.emulator.state.project import Project


def counts(index: Index, project: Project) -> dict[str, int]:
    """Count the records of each namespace, as far as the stats show them by now."""
    now, settings = project.now(), project.settings
    growing = settings.restore_stats == "growing"
    if not index.is_ready(now) and not (growing and index.state(now) == "Initializing"):
        return {}
    found = namespaces.read_all(project.store.db, index.index_id).values()
    held = {namespace.name: namespace.record_count for namespace in found}
    if index.source_backup_id is None:
        return held
    begun = index.created_at if growing else index.ready_at
    shown = fraction(now, begun=begun, done=index.ready_at + settings.stats_lag)
    if shown == 1:
        return held
    return {name: int(count * shown) for name, count in held.items() if int(count * shown)}
