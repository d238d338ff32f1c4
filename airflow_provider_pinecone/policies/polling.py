"""When to look again, and how long a restore may take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airflow_provider_pinecone.api.models import Backup, RestoreJob, RestoreJobStatus

SHORTEST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
SHARE_OF_ELAPSED = 0.05
"""How late an end may be noticed, as a part of how long it took."""


def pause(elapsed: float, *, poll_interval: float | None = None) -> float:
    """Seconds until the next look, after ``elapsed`` seconds of waiting.

    Without a ``poll_interval`` the pauses grow with the wait: who has waited for an hour does not mind a
    minute more, and the API is asked the less the longer it takes.
    """
    if poll_interval is not None:
        return poll_interval
    return min(max(SHORTEST_PAUSE, SHARE_OF_ELAPSED * elapsed), LONGEST_PAUSE)


def expected_restore_seconds(
    backup: Backup, *, jobs: Iterable[RestoreJob], backups: Mapping[str, Backup]
) -> float | None:
    """How long restoring this backup may take: the median of what restores of the same index took.

    :param jobs: the project's restore jobs.
    :param backups: the project's backups by their ids.
    :return: seconds, or None where no restore of this index is on record.
    """
    from statistics import median  # slow to import, and seldom needed

    durations = [
        job.seconds
        for job in jobs
        if job.status is RestoreJobStatus.COMPLETED
        and job.seconds is not None
        and job.backup_id in backups
        and backups[job.backup_id].source_index_id == backup.source_index_id
    ]
    return median(durations) if durations else None
