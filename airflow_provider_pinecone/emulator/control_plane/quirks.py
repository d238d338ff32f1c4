"""What the live API is known to do although its specs say otherwise (``--quirks real``).

A quirk changes only what is answered, and when; the state behind it stays correct. Those that come by chance
draw on the project's `chance`, so that the same seed brings the same ones.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from airflow_provider_pinecone.emulator.protocol.paging import Window
from airflow_provider_pinecone.emulator.resources.restores import RestoreJob
from airflow_provider_pinecone.emulator.state.store import Json

COUNTS = ("record_count", "namespace_count", "size_bytes")

# Often enough for a test to meet them, seldom enough for a client to get through.
UNREADABLE = 0.1
DROPPED = 0.1
REPEATED = 0.5


def hides(job: RestoreJob, chance: Random) -> bool:
    """Say whether reading a job answers 404 now, as the live API does whatever the reason.

    Once its target index has been deleted, it always does.
    """
    return _is_lost(job) or chance.random() < UNREADABLE


def overlapping(window: Window, chance: Random) -> Window:
    """Sometimes begin a later page of restore jobs with the last row of the page before."""
    repeats = window.offset > 0 and chance.random() < REPEATED
    return replace(window, offset=window.offset - 1) if repeats else window


def thinned(jobs: list[RestoreJob], chance: Random) -> list[RestoreJob]:
    """Drop some jobs of a page. The page is then short, which ends the listing early."""
    return [job for job in jobs if not _is_lost(job) and chance.random() >= DROPPED]


def backup(body: Json, schema: dict[str, Json]) -> Json:
    """Give null for unknown counts, and keep the `dimension` and `metric` that the specs have dropped."""
    dense = [field for field in schema.values() if field.get("type") == "dense_vector"]
    kept = {name: dense[0][name] for name in ("dimension", "metric")} if dense else {}
    return dict.fromkeys(COUNTS) | kept | body


def planned_run(body: Json, schema: dict[str, Json]) -> Json:
    """Show the next run of a schedule as a backup like any other."""
    shown = {name: value for name, value in body.items() if name != "scheduled_execution_at"}
    return backup(shown | {"status": "Initializing"}, schema)


def _is_lost(job: RestoreJob) -> bool:
    return job.target_deleted_at is not None
