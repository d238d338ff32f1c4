"""Which backup or index belongs to which run: tokens, and the names, descriptions and tags that bear them.

The API has no idempotency key. So a run derives a token from what stays the same over its retries, writes it
on what it makes, and finds what it made by it, whatever was forgotten in between.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from airflow_provider_pinecone.api.checks import MOST_TAGS
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.models import Backup

RUN_TAG = "airflow-provider-pinecone-run"
"""The tag of a restored index that names the run which made it. Never copied from a backup."""

# 22 + 1 + 13 + 1 + 8 = 45 characters, the API's limit for a backup's name.
_INDEX_PART = 22
_TOKEN_PART = 8
MOST_CLEARED = 1000
"""How many generations back what was left unfinished is looked for."""

_MARK = re.compile(
    r"\[airflow-provider-pinecone deployment=(?P<deployment>\S+) token=(?P<token>[0-9a-f]{32}) "
    r"generation=(?P<generation>-?\d{1,9})\]"
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one task, over all its retries.

    :param deployment: this Airflow, among those that share a Pinecone project.
    :param moment: when the run began: its logical date or the like.
    :param generation: grows when the task is cleared, and stays the same when it is retried.
    :param survives_clear: what it makes stays the same when the task is cleared.
    """

    deployment: str
    dag_id: str
    task_id: str
    run_id: str
    moment: datetime
    generation: int = 0
    survives_clear: bool = False

    def token(self, index_name: str, *, source: tuple[str, ...] = ()) -> str:
        """What marks the one thing that this run makes of, or as, this index: 32 hexadecimal digits.

        :param source: what an index is restored from, so that two restores into one name are two things.
        """
        run = (self.deployment, self.dag_id, self.task_id, self.run_id)
        generation = "any" if self.survives_clear else str(self.generation)
        parts = (*run, index_name, generation, *source)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def earlier_tokens(self, index_name: str, *, source: tuple[str, ...] = ()) -> frozenset[str]:
        """The tokens of the generations before this one.

        Airflow takes a task that is cleared while it is deferred for one that had ended. What such a task
        left unfinished its next try goes on with.
        """
        if self.survives_clear:
            return frozenset()
        earlier = (replace(self, generation=number) for number in range(min(self.generation, MOST_CLEARED)))
        return frozenset(run.token(index_name, source=source) for run in earlier)

    def backup_name(self, index_name: str) -> str:
        """A name that sorts by time and says what it is of: at most 45 characters, as the API demands."""
        index = re.sub(r"[^a-z0-9-]", "-", index_name.lower())[:_INDEX_PART].strip("-") or "index"
        return f"{index}-{self.moment:%Y%m%d-%H%M}-{self.token(index_name)[:_TOKEN_PART]}"

    def description(self, index_name: str, *, text: str | None = None) -> str:
        """A description that bears the token, where nothing cuts it off, and then tells people more."""
        about = text or f"{self.dag_id} {self.task_id} {self.run_id}"
        return (
            f"[airflow-provider-pinecone deployment={self.deployment} "
            f"token={self.token(index_name)} generation={self.generation}] {about}"
        )


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Who made a backup, read back from its description."""

    deployment: str
    token: str
    generation: int


def maker_of(backup: Backup) -> Maker | None:
    """The run that made a backup; None where it was made by hand, by a schedule or by another tool."""
    # At the beginning: whatever the user wrote stands behind it.
    mark = _MARK.match(backup.description or "")
    if mark is None:
        return None
    deployment, token, generation = mark.group("deployment", "token", "generation")
    return Maker(deployment=deployment, token=token, generation=int(generation))


def bears(backup: Backup, *, tokens: Collection[str]) -> bool:
    """Whether a backup is one that one of these tokens marks."""
    maker = maker_of(backup)
    return maker is not None and maker.token in tokens


def restore_tags(backup: Backup, *, given: Mapping[str, str] | None, token: str) -> dict[str, str]:
    """The tags of a restored index: those given, or else the backup's; and the run's.

    :raises PineconeInputError: if there is no room for the run's.
    """
    return {**check_room_for_mark(backup.tags if given is None else given), RUN_TAG: token}


def check_room_for_mark(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags without another run's. :raises PineconeInputError: if there is no room for this run's."""
    own = {key: value for key, value in tags.items() if key != RUN_TAG}
    if len(own) >= MOST_TAGS:
        raise PineconeInputError(
            f"tags may hold at most {MOST_TAGS - 1}, since this run adds its own, got {len(own)}. "
            f"Tags that you pass replace the backup's."
        )
    return own
