"""Wait for a backup or a restore to end: read, judge, sleep, until it has or the time is up.

Faults that pass never end a wait; a key that is refused is given time to be replaced; what cannot be found
is looked for again. Deadlines are absolute, so a wait that moves between worker and triggerer, or is begun
anew by another triggerer, ends when it was to end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from airflow_provider_pinecone.api.errors import (
    PineconeAuthError,
    PineconeBackupFailedError,
    PineconeError,
    PineconeGoneError,
    PineconeNotFoundError,
    PineconePermissionError,
    PineconeRestoreFailedError,
    PineconeWaitTimeoutError,
)
from airflow_provider_pinecone.api.models import Backup, Index, RestoreJob
from airflow_provider_pinecone.flows.once import Clock
from airflow_provider_pinecone.flows.steps import Flow, Kind, Read, Reconnect, Sleep, Tell
from airflow_provider_pinecone.policies import polling
from airflow_provider_pinecone.policies.outcome import (
    Outcome,
    Verdict,
    backup_outcome,
    restore_job_outcome,
    restored_index_outcome,
)

T = TypeVar("T")
MOST_MISSES = 5
"""How often in a row, at least, a 404 is taken for a passing fault. The API answers it on some."""

KEY_PATIENCE = 300.0
"""Seconds that a refused key is given to be replaced in the Airflow connection."""

LONGEST_ASKED_WAIT = 300.0
"""Seconds that a server may have a wait sleep by its Retry-After."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How long to wait, and how often to look.

    :param started_at: when the wait began, in Unix seconds.
    :param deadline: when it must have ended, in Unix seconds.
    :param poll_interval: seconds between looks; None lets them grow with the wait.
    :param pause_at: when to stop for now and return None, in Unix seconds: before a task defers.
    :param key_patience: seconds that a refused key is given to be replaced in the Airflow connection.
    :param miss_patience: seconds that what is not found is given to be found after all.
    """

    started_at: float
    deadline: float
    poll_interval: float | None = None
    pause_at: float | None = None
    key_patience: float = KEY_PATIENCE
    miss_patience: float = 60.0

    def pausing_at(self, moment: float) -> Terms:
        """The same terms, for a first part of the wait."""
        return replace(self, pause_at=moment)


@dataclass(frozen=True, kw_only=True)
class Restored:
    """The end of a restore. ``job`` is None where the API could not tell of it, and only the index could."""

    job: RestoreJob | None
    index: Index | None


@dataclass(frozen=True)
class _Reading(Generic[T]):
    value: T
    outcome: Outcome


Look = Callable[[], Flow[_Reading[T]]]


def wait_for_backup(backup_id: str, *, terms: Terms, clock: Clock) -> Flow[Backup | None]:
    """Wait until a backup is Ready, and return it; None where ``terms`` said to stop for now.

    :raises PineconeBackupFailedError: where it ends in another status.
    :raises PineconeGoneError: where it is not found.
    :raises PineconeWaitTimeoutError: at the deadline.
    """

    def look() -> Flow[_Reading[Backup | None]]:
        backup = yield from _read(Kind.BACKUP, backup_id)
        return _Reading(backup, backup_outcome(backup))

    what = f"Backup {backup_id}"
    return (yield from _wait(look, what=what, failure=PineconeBackupFailedError, terms=terms, clock=clock))


def wait_for_restore(
    restore_job_id: str | None,
    *,
    index_name: str | None = None,
    enough_percent: float = 100.0,
    terms: Terms,
    clock: Clock,
) -> Flow[Restored | None]:
    """Wait until a restore job is done and its index ready; None where ``terms`` said to stop for now.

    :param restore_job_id: the job; None where its id was lost, and the index alone must tell.
    :param index_name: the target index, which also tells when the job can no longer be read.
    :param enough_percent: wait only for this much of the job, and not for the index.
    :raises PineconeRestoreFailedError: where the job or its index fails.
    :raises PineconeGoneError: where neither is found.
    :raises PineconeWaitTimeoutError: at the deadline.
    """
    target = index_name

    def look() -> Flow[_Reading[Restored | None]]:
        nonlocal target
        job = None
        if restore_job_id is not None:
            job = yield from _read(Kind.RESTORE_JOB, restore_job_id)
        if job is not None:
            target = job.target_index_name
            outcome = restore_job_outcome(job, enough_percent=enough_percent)
            if outcome.verdict is not Verdict.DONE or enough_percent < 100.0:
                return _Reading(Restored(job=job, index=None), outcome)
        if target is None:
            return _Reading(None, Outcome(verdict=Verdict.GONE, seen="not found"))
        index = yield from _read(Kind.INDEX, target)
        return _Reading(Restored(job=job, index=index), restored_index_outcome(index))

    what = f"Restore job {restore_job_id}" if restore_job_id else f"The restore of index {index_name}"
    return (yield from _wait(look, what=what, failure=PineconeRestoreFailedError, terms=terms, clock=clock))


def patiently(read: Callable[[], Flow[T]], *, what: str, terms: Terms, clock: Clock) -> Flow[T | None]:
    """Do something else while waiting: faults that pass are waited out; None where ``terms`` pause.

    :raises PineconeWaitTimeoutError: at the deadline.
    """
    watch = _Watch(what=what, failure=PineconeError, terms=terms, clock=clock)

    def look() -> Flow[_Reading[T]]:
        value = yield from read()
        return _Reading(value, Outcome(verdict=Verdict.DONE, seen="read"))

    while True:
        reading = yield from watch.read(look)
        if reading is not None:
            return reading.value
        if watch.is_to_pause():
            return None
        yield watch.rest()


def _read(kind: Kind, id: str) -> Flow[Any]:
    """Read one thing; None stands for a 404."""
    try:
        return (yield Read(kind, id))
    except PineconeNotFoundError:
        return None


def _wait(
    look: Look[T], *, what: str, failure: type[PineconeError], terms: Terms, clock: Clock
) -> Flow[T | None]:
    watch = _Watch(what=what, failure=failure, terms=terms, clock=clock)
    while True:
        reading = yield from watch.read(look)
        if reading is not None and (yield from watch.is_done(reading.outcome)):
            return reading.value
        if watch.is_to_pause():
            return None
        yield watch.rest()


@dataclass
class _Watch:
    """What one wait remembers from look to look."""

    what: str
    failure: type[PineconeError]
    terms: Terms
    clock: Clock
    seen: str = "nothing yet"
    fault: str = ""
    misses: int = 0
    missed_since: float = 0.0
    refused_since: float | None = None
    asked_to_wait: float = 0.0

    @property
    def elapsed(self) -> float:
        return self.clock() - self.terms.started_at

    def read(self, look: Look[T]) -> Flow[_Reading[T] | None]:
        """One reading; None where a fault that may pass was in its way."""
        self.asked_to_wait = 0.0
        try:
            reading = yield from look()
        except (PineconeAuthError, PineconePermissionError) as error:
            self.refused_since = self.refused_since or self.clock()
            if self.clock() - self.refused_since >= self.terms.key_patience:
                raise
            self.fault = f" Last fault: {error}"
            yield Tell(
                f"{self.what}: {error} Reading the connection again; the key may be new.", warning=True
            )
            yield Reconnect()
            return None
        except PineconeError as error:
            if not error.passing:
                raise
            self.asked_to_wait = min(getattr(error, "retry_after", None) or 0.0, LONGEST_ASKED_WAIT)
            self.fault = f" Last fault: {error}"
            yield Tell(f"{self.what}: could not be read, waiting on: {error}", warning=True)
            return None
        self.refused_since = None
        self.fault = ""
        return reading

    def is_done(self, outcome: Outcome) -> Flow[bool]:
        """Whether the wait is over. :raises PineconeError: where it ended badly."""
        if outcome.seen != self.seen:
            self.seen = outcome.seen
            yield Tell(f"{self.what}: {self.seen} after {duration(self.elapsed)}.")
        if outcome.verdict is Verdict.FAILED:
            raise self.failure(
                f"{self.what} ended as {self.seen} after {duration(self.elapsed)}. Pinecone gives no reason."
            )
        self._count_misses(outcome)
        return outcome.verdict is Verdict.DONE

    def _count_misses(self, outcome: Outcome) -> None:
        if outcome.verdict is not Verdict.GONE:
            self.misses = 0
            return
        if not self.misses:
            self.missed_since = self.clock()
        self.misses += 1
        missed_for = self.clock() - self.missed_since
        if self.misses >= MOST_MISSES and missed_for >= self.terms.miss_patience:
            raise PineconeGoneError(
                f"{self.what}: {self.seen}, {self.misses} times in {duration(missed_for)}. Was it deleted?"
            )

    def is_to_pause(self) -> bool:
        """Whether to stop for now. :raises PineconeWaitTimeoutError: where it is to stop for good."""
        now = self.clock()
        if now >= self.terms.deadline:
            deadline = datetime.fromtimestamp(self.terms.deadline, tz=UTC)
            raise PineconeWaitTimeoutError(
                f"{self.what} had not ended by {deadline:%Y-%m-%d %H:%M:%S} UTC, {duration(self.elapsed)} "
                f"after the wait began. Last seen: {self.seen}.{self.fault} It goes on in Pinecone."
            )
        # Who looks anew after a pause knows nothing of the misses before it, and would count for ever.
        return self.terms.pause_at is not None and now >= self.terms.pause_at and not self.misses

    def rest(self) -> Sleep:
        """The pause before the next look, which ends no later than the wait does."""
        usual = polling.pause(self.elapsed, poll_interval=self.terms.poll_interval)
        if self.misses:
            usual = polling.pause(self.clock() - self.missed_since)
        end = self.terms.deadline
        if self.terms.pause_at is not None and not self.misses:
            end = min(end, self.terms.pause_at)
        return Sleep(max(0.0, min(max(usual, self.asked_to_wait), end - self.clock())))


def duration(seconds: float) -> str:
    """A span of time for people: ``42 s``, ``7 min 5 s``, ``2 h 3 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
