"""What one wait has logged, so that it logs only what is new."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_pinecone.flows.steps import Flow, Tell
from airflow_provider_pinecone.flows.waiting.look import Reading
from airflow_provider_pinecone.policies.outcome import Verdict
from airflow_provider_pinecone.policies.time_text import exact_time

NOTHING = "nothing yet"


@dataclass
class Teller:
    """Writes one wait's log lines.

    :param what: what is waited for.
    :param told: the verdict that the part of the wait before this one has logged.
    :param seen: what the last look saw, in a few words.
    """

    what: str
    told: Verdict | None = None
    seen: str = NOTHING
    told_percent: float = 0.0

    def tell(self, reading: Reading[object], *, elapsed: float, age: float) -> Flow[None]:
        """Log what a look saw if it is new, and progress at each tenth. The error tells of a failure.

        :param elapsed: seconds since the wait began.
        :param age: seconds since the backup or restore began.
        """
        is_first, is_new = self.seen == NOTHING, reading.outcome.seen != self.seen
        self.seen = reading.outcome.seen
        verdict = reading.outcome.verdict
        is_told = verdict is Verdict.FAILED or (is_first and verdict is self.told)
        if is_new and not is_told:
            yield Tell(f"{self.what}: {self.seen} after {exact_time(elapsed)}.")
        percent = reading.progress.percent if reading.progress else None
        if reading.progress and percent is not None and percent >= self.told_percent + 10:
            self.told_percent = percent // 10 * 10
            yield Tell(f"{self.what}: {reading.progress.text(age)}")
