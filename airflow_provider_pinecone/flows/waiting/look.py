"""A look: one reading of what is waited for, and what that means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any, Generic, TypeVar

from airflow_provider_pinecone.flows.steps import AwaitChange, Flow
from airflow_provider_pinecone.policies.outcome import Outcome
from airflow_provider_pinecone.policies.progress import Progress

T = TypeVar("T", covariant=True)

Pause = Callable[[], float | None]


@dataclass(frozen=True)
class Reading(Generic[T]):
    """What one look saw.

    :param created_at: when what is waited for began, if the API told.
    :param progress: how far it has come, if that was measured.
    :param rest: the step that sleeps until this one thing has changed, given how long to pause between looks.
        None sleeps for just one pause: if nothing was found, or the outcome also depends on something else.
    :param stale_at: when to look again even if nothing has changed, in Unix seconds.
    """

    value: T
    outcome: Outcome
    created_at: datetime | None = None
    progress: Progress | None = None
    rest: Callable[[Pause], AwaitChange[Any]] | None = None
    stale_at: float = inf


Look = Callable[[], Flow[Reading[T]]]
