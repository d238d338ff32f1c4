"""Which backup or index belongs to which run: tokens, and the names, descriptions and tags that carry them.

The API has no idempotency key. So a run derives a token from what stays the same over its retries, writes it
on whatever it creates, and later finds that by its token, even if everything else was forgotten.

A backup carries the token in a mark, which opens its description and is followed by the user's words::

    [airflow-provider-pinecone token=688c... deployment=default generation=0
     dag=nightly task=back_up run=scheduled__2026-03-01T03:00:00+00:00 map_index=-1] before the migration

on a single line. Marks outlive releases, so the format only grows: new fields go after ``map_index``, and
readers ignore fields they do not know. Values are percent-encoded, so none can end its field or the mark. If
a description was cut, the fields before the cut still count; the first three identify the run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, unquote

from airflow_provider_pinecone.api.checks import MOST_TAGS
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.models import Backup
from airflow_provider_pinecone.policies.drills import DRILL_TAG

TAG_PREFIX = "airflow-provider-pinecone-"
"""Tags that begin so are this provider's, and no part of what a backup holds."""

RUN_TAG = f"{TAG_PREFIX}run"
"""The tag of a restored index that holds the token of the run that made it. Never copied from a backup."""

UNNAMED_DEPLOYMENT = "default"
"""What stands in marks and tokens if the connection does not name the deployment."""

# 22 + 1 + 13 + 1 + 8 = 45 characters, the API's limit for a backup's name.
_INDEX_PART = 22
_TOKEN_PART = 8
MOST_CLEARED = 1000
"""How many earlier generations a run searches for unfinished backups and indexes."""

_NUMBER = r"-?[0-9]{1,9}"
_MARK = re.compile(
    r"\[airflow-provider-pinecone token=(?P<token>[0-9a-f]{32}) deployment=(?P<deployment>[^\s\[\]]+) "
    rf"generation=(?P<generation>{_NUMBER})(?=[ \]])"
    # Something cut may look whole, so a field counts only if another one or the end of the mark follows it.
    r"(?P<others>(?: [a-z_]+=[^\s\[\]]*(?=\]| [a-z_]+=))*)"
)
# Run ids contain these, and people read them more easily unescaped.
_UNESCAPED = ":+"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one task, over all its retries.

    :param deployment: a name for this Airflow, unique among those that share the Pinecone project.
    :param moment: when the run was due: its logical date or, if it has none, the nearest equivalent.
    :param map_index: -1 if the task is not mapped. Not part of the token, which holds the index's name.
    :param generation: grows when the task is cleared, and stays the same when it is retried.
    :param survives_clear: keep the token when the task is cleared.
    """

    deployment: str
    dag_id: str
    task_id: str
    run_id: str
    moment: datetime
    map_index: int = -1
    generation: int = 0
    survives_clear: bool = False

    def token(self, index_name: str, *, source: tuple[str, ...] = ()) -> str:
        """The mark of the one backup of this index, or the one index of this name, that this run makes.

        :param source: what the index is restored from: restores from two sources have two tokens.
        :return: 32 hexadecimal digits.
        """
        run = (self.deployment, self.dag_id, self.task_id, self.run_id)
        generation = "any" if self.survives_clear else str(self.generation)
        parts = (*run, index_name, generation, *source)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def earlier_tokens(self, index_name: str, *, source: tuple[str, ...] = ()) -> frozenset[str]:
        """The tokens of earlier generations.

        If a deferred task is cleared, Airflow counts it as finished and starts a new generation, which
        continues what the old one left unfinished.
        """
        if self.survives_clear:
            return frozenset()
        earlier = (replace(self, generation=number) for number in range(min(self.generation, MOST_CLEARED)))
        return frozenset(run.token(index_name, source=source) for run in earlier)

    def backup_name(self, index_name: str) -> str:
        """Index, time and part of the token, in at most 45 characters, the API's limit."""
        index = re.sub(r"[^a-z0-9-]", "-", index_name.lower())[:_INDEX_PART].strip("-") or "index"
        return f"{index}-{self.moment:%Y%m%d-%H%M}-{self.token(index_name)[:_TOKEN_PART]}"

    def description(self, index_name: str, *, text: str | None = None) -> str:
        """The mark, then the user's words.

        The API documents no limit. Ids of 250 characters, Airflow's limit, make a mark of about 900 if they
        are ASCII.
        """
        fields = {
            "token": self.token(index_name),
            "deployment": self.deployment,
            "generation": self.generation,
            "dag": self.dag_id,
            "task": self.task_id,
            "run": self.run_id,
            "map_index": self.map_index,
        }
        written = (f"{name}={quote(str(value), safe=_UNESCAPED)}" for name, value in fields.items())
        mark = f"[airflow-provider-pinecone {' '.join(written)}]"
        return f"{mark} {text}" if text else mark


@dataclass(frozen=True, kw_only=True)
class Maker:
    """The run that made a backup, as its description names it; None stands for what was cut off."""

    token: str
    deployment: str
    generation: int
    dag_id: str | None = None
    task_id: str | None = None
    run_id: str | None = None
    map_index: int | None = None


def maker_of(backup: Backup) -> Maker | None:
    """The run that made a backup; None if a person, a schedule or another tool made it."""
    # Only at the start: everything behind the mark is the user's.
    mark = _MARK.match(backup.description or "")
    if mark is None:
        return None
    others = {name: unquote(value) for name, value in re.findall(r" (\w+)=(\S*)", mark["others"])}
    map_index = others.get("map_index", "")
    return Maker(
        token=mark["token"],
        deployment=unquote(mark["deployment"]),
        generation=int(mark["generation"]),
        dag_id=others.get("dag"),
        task_id=others.get("task"),
        run_id=others.get("run"),
        map_index=int(map_index) if re.fullmatch(_NUMBER, map_index) else None,
    )


def deployment_of(backup: Backup) -> str | None:
    """The deployment that made a backup; None if no run did. Cheaper than all of the run."""
    mark = _MARK.match(backup.description or "")
    return None if mark is None else unquote(mark["deployment"])


def bears(backup: Backup, *, tokens: Collection[str]) -> bool:
    """Whether a backup carries one of these tokens."""
    maker = maker_of(backup)
    return maker is not None and maker.token in tokens


def restore_tags(backup: Backup, *, given: Mapping[str, str] | None, token: str) -> dict[str, str]:
    """The tags of a restored index: those given, or else the backup's, but a drill's; and the run's.

    :raises PineconeInputError: if there is no room for the run's.
    """
    if given is None:
        given = {key: value for key, value in backup.tags.items() if key != DRILL_TAG}
    return {**check_room_for_mark(given), RUN_TAG: token}


def check_room_for_mark(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags without another run's. :raises PineconeInputError: if there is no room for this run's."""
    own = {key: value for key, value in tags.items() if key != RUN_TAG}
    if len(own) >= MOST_TAGS:
        raise PineconeInputError(
            f"tags may hold at most {MOST_TAGS - 1}, since this run adds its own, got {len(own)}. "
            f"Tags that you pass replace the backup's."
        )
    return own
