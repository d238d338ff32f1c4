"""A look: one reading of what is waited for, and what that means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from airflow_provider_pinecone.flows.steps import Flow
from airflow_provider_pinecone.policies.outcome import Outcome
from airflow_provider_pinecone.policies.progress import Progress

T = TypeVar("T", covariant=True)


@dataclass(frozen=True)
class Reading(Generic[T]):
    """What one look saw.

    :param created_at: when what is waited for began, if the API told.
    :param progress: how far it has come, if that was measured.
    """

    value: T
    outcome: Outcome
    created_at: datetime | None = None
    progress: Progress | None = None


Look = Callable[[], Flow[Reading[T]]]
