"""What the live API is known to do although its specs say otherwise (``--quirks real``).

Each function takes an answer as the specs have it and gives it as the live API does.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

COUNTS = ("record_count", "namespace_count", "size_bytes")


def backup(body: Json, schema: dict[str, Json]) -> Json:
    """Give null for unknown counts, and keep `dimension` and `metric` after the specs dropped them."""
    dense = [field for field in schema.values() if field.get("type") == "dense_vector"]
    kept = {name: dense[0][name] for name in ("dimension", "metric")} if dense else {}
    return dict.fromkeys(COUNTS) | kept | body
