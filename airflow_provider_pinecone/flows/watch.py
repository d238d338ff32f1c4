"""What one wait knows from look to look, and when it looks again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Generic, TypeVar

from airflow_provider_pinecone.api.errors import (
    PineconeAuthError,
    PineconeError,
    PineconeGoneError,
    PineconePermissionError,
    PineconeTransportError,
    PineconeWaitTimeoutError,
)
from airflow_provider_pinecone.api.models import Backup, BackupStatus
from airflow_provider_pinecone.flows.once import Clock
from airflow_provider_pinecone.flows.steps import Flow, Reconnect, Sleep, Tell
from airflow_provider_pinecone.policies import polling
from airflow_provider_pinecone.policies.durations import Duration, Durations, Expectation, Work
from airflow_provider_pinecone.policies.outcome import Outcome, Verdict
from airflow_provider_pinecone.policies.progress import Progress

T = TypeVar("T")

SURE_OF_END = 0.25
"""Which part of how long something took may lie between its last look but one and its last."""

MOST_MISSES = 5
"""How often in a row, at least, a 404 is taken for a passing fault. The API answers it on some."""

KEY_PATIENCE = 300.0
"""Seconds that a refused key is given to be replaced in the Airflow connection."""

LONGEST_SILENCE = 60.0
"""Seconds without an answer after which the Airflow connection is read again: it may have another host."""

LONGEST_ASKED_WAIT = 300.0
"""Seconds that a server may have a wait sleep by its Retry-After."""


@dataclass
class Past:
    """How long the waits took that one process has seen."""

    durations: Durations = field(default_factory=Durations)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How long to wait, and how often to look.

    :param started_at: when the wait began, in Unix seconds.
    :param deadline: when it must have ended, in Unix seconds.
    :param poll_interval: seconds between looks; None lets them grow with the wait.
    :param pause_at: when to stop for now and return None, in Unix seconds: before a task defers.
    :param key_patience: seconds that a refused key is given to be replaced in the Airflow connection.
    :param miss_patience: seconds that what is not found is given to be found after all.
    :param expected: how long it may take, where that is known.
    :param past: how long waits took that this process has seen, and where it notes this one.
    :param wait_id: what is waited for: waits that began together look at different times by it.
    """

    started_at: float
    deadline: float
    poll_interval: float | None = None
    pause_at: float | None = None
    key_patience: float = KEY_PATIENCE
    miss_patience: float = 60.0
    expected: Expectation | None = None
    past: Past | None = None
    wait_id: str | None = None

    def pausing_at(self, moment: float) -> Terms:
        """The same terms, for a first part of the wait."""
        return replace(self, pause_at=moment)


@dataclass(frozen=True)
class Reading(Generic[T]):
    """What was read, and what that means."""

    value: T
    outcome: Outcome


Look = Callable[[], Flow[Reading[T]]]


@dataclass
class Watch:
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
    silent_since: float | None = None
    asked_to_wait: float = 0.0
    begun_at: float | None = None
    progress: Progress | None = None
    expected: Expectation | None = None
    told_percent: float = 0.0
    unfinished_at: float = 0.0

    def __post_init__(self) -> None:
        """Begin with what is expected."""
        self.expected = self.terms.expected

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began."""
        return self.clock() - self.terms.started_at

    @property
    def age(self) -> float:
        """Seconds since that began which is waited for, by the API's clock where it tells."""
        return self.elapsed if self.begun_at is None else max(self.elapsed, self.clock() - self.begun_at)

    def learn_of_backup(self, backup: Backup) -> None:
        """Expect what other backups of the same index took, and note what this one took."""
        if backup.created_at is None or self.terms.past is None:
            return
        was_seen_unfinished = self.begun_at is not None
        self.begun_at = backup.created_at.timestamp()
        past = self.terms.past
        if backup.status is BackupStatus.INITIALIZING:
            self.unfinished_at = self.clock()
            self.expected = past.durations.expected(Work.BACKUP, source_index_id=backup.source_index_id)
        elif backup.status is BackupStatus.READY and was_seen_unfinished and self._end_was_seen():
            took = Duration(
                work=Work.BACKUP,
                source_index_id=backup.source_index_id,
                seconds=self.age,
                size_bytes=backup.size_bytes,
            )
            past.durations = past.durations.and_also([took])

    def _end_was_seen(self) -> bool:
        """Whether the end is known well enough to learn from: it may have come long before, in an outage."""
        return self.clock() - self.unfinished_at <= SURE_OF_END * self.age

    def tell_progress(self) -> Flow[None]:
        """Log measured progress, once for each tenth of the whole."""
        if self.progress and (self.progress.percent or 0.0) >= self.told_percent + 10:
            self.told_percent = (self.progress.percent or 0.0) // 10 * 10
            yield Tell(f"{self.what}: {self.progress.text(self.age)}")

    def read(self, look: Look[T]) -> Flow[Reading[T] | None]:
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
            yield from self._reconnect_after_silence(error)
            return None
        self.refused_since = self.silent_since = None
        self.fault = ""
        return reading

    def _reconnect_after_silence(self, error: PineconeError) -> Flow[None]:
        """Read the connection again where nothing has answered for a while."""
        if not isinstance(error, PineconeTransportError):
            self.silent_since = None
            return
        self.silent_since = self.silent_since or self.clock()
        if self.clock() - self.silent_since >= LONGEST_SILENCE:
            yield Reconnect()

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
        if self.misses > 1:
            # The connection may lead to another project by now.
            yield Reconnect()
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
        if self.misses:
            usual = polling.pause(self.clock() - self.missed_since)
        elif self.refused_since is not None:
            usual = polling.pause(self.clock() - self.refused_since)
        else:
            usual = polling.pause(
                self.age,
                poll_interval=self.terms.poll_interval,
                expected=self.expected,
                wait_id=self.terms.wait_id,
            )
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
