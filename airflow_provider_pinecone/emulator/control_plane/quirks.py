"""Known deviations of the live API from its specs (``--quirks real``).

A quirk changes only responses; the state behind them stays correct. Random quirks draw on the project's
`chance`, so the same seed repeats them.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from airflow_provider_pinecone.emulator.protocol.paging import Window
from airflow_provider_pinecone.emulator.resources.restores import RestoreJob
from airflow_provider_pinecone.emulator.state.store import Json

COUNTS = ("record_count", "namespace_count", "size_bytes")

# Often enough for tests to meet them, rarely enough for clients to get through.
UNREADABLE = 0.1
DROPPED = 0.1
REPEATED = 0.5


def hides(job: RestoreJob, chance: Random) -> bool:
    """Say whether reading a job now gives 404, as the live API does at random.

    After the target index has been deleted, it always does.
    """
    return job.target_deleted_at is not None or chance.random() < UNREADABLE


def overlapping(window: Window, chance: Random) -> Window:
    """Sometimes begin a later page of restore jobs with the last row of the page before."""
    repeats = window.offset > 0 and chance.random() < REPEATED
    return replace(window, offset=window.offset - 1) if repeats else window


def thinned(jobs: list[RestoreJob], chance: Random) -> list[RestoreJob]:
    """Drop some jobs of a page. A short page ends the listing early."""
    return [job for job in jobs if job.target_deleted_at is None and chance.random() >= DROPPED]


def backup(body: Json, schema: dict[str, Json]) -> Json:
    """Give null for unknown counts, and keep the `dimension` and `metric` that the specs have dropped."""
    dense = [field for field in schema.values() if field.get("type") == "dense_vector"]
    kept = {name: dense[0][name] for name in ("dimension", "metric")} if dense else {}
    return dict.fromkeys(COUNTS) | kept | body


def planned_run(body: Json, schema: dict[str, Json]) -> Json:
    """Show the next run of a schedule as a backup like any other."""
    body.pop("scheduled_execution_at")
    return backup(body | {"status": "Initializing"}, schema)
