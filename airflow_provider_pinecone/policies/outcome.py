"""One reading of the API, as a verdict: waiting, done, failed or gone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from airflow_provider_pinecone.api.models import (
    Backup,
    BackupStatus,
    Index,
    IndexState,
    RestoreJob,
    RestoreJobStatus,
)


class Verdict(StrEnum):
    """What a reading means for whoever waits."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A verdict, and what was seen, in a few words for the log or the error.

    :param about: what an error is about, such as ``movies: backup``; None if nothing was found.
    """

    verdict: Verdict
    seen: str
    about: str | None = None


def backup_outcome(backup: Backup | None) -> Outcome:
    """What the reading of a backup means; None stands for a 404."""
    if backup is None:
        return Outcome(verdict=Verdict.GONE, seen="not found")
    match backup.status:
        case BackupStatus.READY:
            verdict = Verdict.DONE
        case BackupStatus.INITIALIZING:
            verdict = Verdict.WAITING
        case _:
            # Includes unknown statuses: waiting for them might never end.
            verdict = Verdict.FAILED
    return Outcome(verdict=verdict, seen=str(backup.status), about=f"{backup.source_index_name}: backup")


def restore_job_outcome(
    job: RestoreJob, *, percent_complete: float = 100.0, measured: float | None = None
) -> Outcome:
    """What the reading of a restore job means to someone who waits for ``percent_complete`` of it.

    :param measured: the measured share, from 0 to 100; only the API can say that it is complete.

    ``Completed`` is enough whatever the percentage, since the live API reports none before the end.
    """
    reported = job.percent_complete
    seen = str(job.status) if reported is None else f"{job.status}, {reported:g}%"
    match job.status:
        case RestoreJobStatus.COMPLETED:
            verdict = Verdict.DONE
        case RestoreJobStatus.PENDING if reported is not None and reported >= percent_complete:
            verdict = Verdict.DONE
        case RestoreJobStatus.PENDING if measured is not None and measured >= percent_complete < 100.0:
            verdict = Verdict.DONE
        case RestoreJobStatus.PENDING:
            verdict = Verdict.WAITING
        case _:
            verdict = Verdict.FAILED
    return Outcome(verdict=verdict, seen=seen, about=f"{job.target_index_name}: restore")


def restored_index_outcome(index: Index | None) -> Outcome:
    """What the reading of a restore's target index means; None stands for a 404."""
    if index is None:
        return Outcome(verdict=Verdict.GONE, seen="target index not found")
    match index.state:
        case (
            IndexState.INITIALIZATION_FAILED
            | IndexState.FAILED
            | IndexState.TERMINATING
            | IndexState.DISABLED
        ):
            verdict = Verdict.FAILED
        case _ if index.ready:
            verdict = Verdict.DONE
        case state:
            verdict = Verdict.WAITING if state.is_known else Verdict.FAILED
    return Outcome(verdict=verdict, seen=f"target index {index.state}", about=f"{index.name}: restore")
