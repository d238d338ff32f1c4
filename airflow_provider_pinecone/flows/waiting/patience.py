"""Which faults one wait tolerates, and for how long: passing ones, refused keys, silence, misses."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_pinecone.api.errors import (
    PineconeAuthError,
    PineconeError,
    PineconeGoneError,
    PineconePermissionError,
    PineconeTransportError,
)
from airflow_provider_pinecone.flows.clock import Clock
from airflow_provider_pinecone.flows.steps import Flow, Reconnect, Tell
from airflow_provider_pinecone.flows.waiting.terms import Terms
from airflow_provider_pinecone.policies.time_text import exact_time

MOST_MISSES = 5
"""The fewest 404s in a row that count: the API also returns 404 for passing faults."""

LONGEST_SILENCE = 60.0
"""Seconds without a response after which the Airflow connection is read again: its host may have changed."""

LONGEST_ASKED_WAIT = 300.0
"""The longest Retry-After that a wait obeys, in seconds."""


@dataclass
class Patience:
    """The faults of one wait, and since when they last.

    :param fault: the last fault, for the error at the deadline; empty once something was read.
    :param asked_to_wait: seconds that the last response asked for.
    """

    what: str
    terms: Terms
    clock: Clock
    fault: str = ""
    asked_to_wait: float = 0.0
    refused_since: float | None = None
    silent_since: float | None = None
    missed_since: float | None = None
    misses: int = 0

    @property
    def troubled_since(self) -> float | None:
        """Since when nothing is found or the key is refused; None if neither."""
        return self.refused_since if self.missed_since is None else self.missed_since

    def relax(self) -> None:
        """Forget the faults: the API has responded."""
        self.fault, self.asked_to_wait = "", 0.0
        self.refused_since = self.silent_since = None

    def tolerate(self, error: PineconeError) -> Flow[None]:
        """Tolerate a fault. :raises PineconeError: the fault, if it is final or has lasted too long."""
        self.asked_to_wait = 0.0
        is_refused_key = isinstance(error, PineconeAuthError | PineconePermissionError)
        if not is_refused_key and not error.passing:
            raise error
        self.fault = f" Last fault: {error}"
        yield from self._tolerate_refused_key(error) if is_refused_key else self._tolerate_passing(error)

    def _tolerate_refused_key(self, error: PineconeError) -> Flow[None]:
        self.refused_since = self.refused_since or self.clock()
        if self.clock() - self.refused_since >= self.terms.key_patience:
            raise error
        yield Tell(f"{self.what}: {error} Reading the connection again; the key may be new.", warning=True)
        yield Reconnect()

    def _tolerate_passing(self, error: PineconeError) -> Flow[None]:
        self.asked_to_wait = min(getattr(error, "retry_after", None) or 0.0, LONGEST_ASKED_WAIT)
        yield Tell(f"{self.what}: could not be read, waiting on: {error}", warning=True)
        if not isinstance(error, PineconeTransportError):
            self.silent_since = None
            return
        self.silent_since = self.silent_since or self.clock()
        if self.clock() - self.silent_since >= LONGEST_SILENCE:
            yield Reconnect()

    def find(self) -> None:
        """Forget the misses: it was found."""
        self.misses, self.missed_since = 0, None

    def miss(self, seen: str) -> Flow[None]:
        """Tolerate a 404. :raises PineconeGoneError: once that has lasted too long."""
        self.missed_since = self.missed_since or self.clock()
        self.misses += 1
        missed_for = self.clock() - self.missed_since
        if self.misses >= MOST_MISSES and missed_for >= self.terms.miss_patience:
            raise PineconeGoneError(
                f"{seen.capitalize()}, {self.misses} times in {exact_time(missed_for)}. Was it deleted? "
                f"{self.what}."
            )
        if self.misses > 1:
            # The connection may point to another project by now.
            yield Reconnect()
