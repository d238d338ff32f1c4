"""What the live API is known to do although its specs say otherwise (``--quirks real``).

What is answered here, and when, is all that there is to a quirk: the state behind it stays as it should be.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_pinecone.emulator.paging import Window
    from airflow_provider_pinecone.emulator.restores import RestoreJob

Json = dict[str, Any]

COUNTS = ("record_count", "namespace_count", "size_bytes")

# How often things go wrong: often enough to be met in a test, seldom enough to get through.
UNREADABLE = 0.1
DROPPED = 0.1
REPEATED = 0.5


class Quirks:
    """What befalls requests by chance, in the same order for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def hides(self, job: RestoreJob) -> bool:
        """Say whether reading a job fails now, which the live API answers with 404 whatever the reason.

        Once its target index has been deleted it fails for ever.
        """
        return _is_lost(job) or self._happens(UNREADABLE)

    def overlapping(self, window: Window) -> Window:
        """Give the rows that a later page of restore jobs begins with: sometimes the last one once more."""
        repeats = window.offset > 0 and self._happens(REPEATED)
        return replace(window, offset=window.offset - 1) if repeats else window

    def thinned(self, jobs: list[RestoreJob]) -> list[RestoreJob]:
        """Drop some jobs of a page. A page that is short for that reason ends the listing early."""
        return [job for job in jobs if not _is_lost(job) and not self._happens(DROPPED)]

    def _happens(self, probability: float) -> bool:
        return self._random.random() < probability


def backup(body: Json, schema: dict[str, Json]) -> Json:
    """Give null for unknown counts, and keep `dimension` and `metric` after the specs dropped them."""
    dense = [field for field in schema.values() if field.get("type") == "dense_vector"]
    kept = {name: dense[0][name] for name in ("dimension", "metric")} if dense else {}
    return dict.fromkeys(COUNTS) | kept | body


def planned_run(body: Json, schema: dict[str, Json]) -> Json:
    """Show the next run of a schedule as a backup like any other."""
    shown = {name: value for name, value in body.items() if name != "scheduled_execution_at"}
    return backup(shown | {"status": "Initializing"}, schema)


def _is_lost(job: RestoreJob) -> bool:
    return job.target_deleted_at is not None
