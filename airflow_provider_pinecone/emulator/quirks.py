"""What the live API is known to do although its specs say otherwise (``--quirks real``).

What is answered here, and when, is all that there is to a quirk: the state behind it stays as it should be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_pinecone.emulator.restores import RestoreJob

Json = dict[str, Any]

COUNTS = ("record_count", "namespace_count", "size_bytes")


def backup(body: Json, schema: dict[str, Json]) -> Json:
    """Give null for unknown counts, and keep `dimension` and `metric` after the specs dropped them."""
    dense = [field for field in schema.values() if field.get("type") == "dense_vector"]
    kept = {name: dense[0][name] for name in ("dimension", "metric")} if dense else {}
    return dict.fromkeys(COUNTS) | kept | body


def is_lost(job: RestoreJob) -> bool:
    """Say whether a restore job can no longer be described: once its target has been deleted, for ever."""
    return job.target_deleted_at is not None
