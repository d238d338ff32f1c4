"""Which indexes belong to restore drills, and which of them may be deleted.

A drill restores a backup into an index of its own, and deletes that in the end. Two things make an index a
drill's: its name, which begins with a reserved prefix and ends with the drill's id, and a tag, which holds
the same id and when the drill has surely ended. Neither proves anything alone: tags travel into backups and
on into restores, and anybody may choose a name. Whoever switches on its deletion protection adopts an index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow_provider_pinecone.api.checks import LONGEST_NAME, check_moment, check_name
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted

if TYPE_CHECKING:
    # Parsing a DAG should not pay for the models.
    from airflow_provider_pinecone.api.models import Index

DRILL_PREFIX = "airflow-drill-"
"""How the names of drills' indexes begin."""

DRILL_TAG = "airflow-provider-pinecone-drill"
"""The tag that holds a drill's id and expiry. Restores outside of drills never copy it from a backup."""

LENGTH_OF_ID = 8

_SOURCE_PART = LONGEST_NAME - len(DRILL_PREFIX) - 1 - LENGTH_OF_ID
_ID = rf"[0-9a-f]{{{LENGTH_OF_ID}}}"
_NAME = re.compile(rf"{DRILL_PREFIX}.*-(?P<id>{_ID})")
# ISO 8601 without colons, which the API does not allow in the value of a tag.
_EXPIRY = "%Y%m%dT%H%M%SZ"
_TAG = re.compile(rf"(?P<id>{_ID}) (?P<expiry>[0-9]{{8}}T[0-9]{{6}}Z)")


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One drill.

    :param id: 8 hexadecimal digits.
    :param source_index_name: the index whose backup is restored.
    :param expires_at: when the drill has surely ended: from then on, its index is a leftover.
    :raises PineconeInputError: if one of them cannot be.
    """

    id: str
    source_index_name: str
    expires_at: datetime

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not re.fullmatch(_ID, self.id):
            raise PineconeInputError(
                f"A drill's id has {LENGTH_OF_ID} hexadecimal digits, got {quoted(self.id)}."
            )
        check_name("source_index_name", self.source_index_name)
        check_moment("expires_at", self.expires_at)

    @property
    def index_name(self) -> str:
        """The name of the drill's index: prefix, source and id, in at most 45 characters, the API's limit."""
        source = self.source_index_name[:_SOURCE_PART].strip("-")
        return f"{DRILL_PREFIX}{source}-{self.id}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the drill's index. They replace the backup's."""
        return {DRILL_TAG: f"{self.id} {self.expires_at.astimezone(UTC):{_EXPIRY}}"}


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """Whether an index may be deleted, and why or why not."""

    is_allowed: bool
    why: str


def claims_to_be_drill(index: Index) -> bool:
    """Whether an index has the name or the tag of a drill's index."""
    return index.name.startswith(DRILL_PREFIX) or DRILL_TAG in index.tags


def is_drill(index: Index) -> bool:
    """Whether an index is a drill's: name and tag agree, and nobody has adopted it."""
    return isinstance(_mark_of(index), _Mark) and index.deletion_protection != "enabled"


def leftover(index: Index, *, now: datetime) -> Deletion:
    """Whether an index was left by a drill that has surely ended.

    Only if its name, its tag, a passed expiry and its deletion protection, which is off, all agree.
    """
    mark = _unprotected_mark_of(index)
    if isinstance(mark, str):
        return Deletion(is_allowed=False, why=mark)
    if now < mark.expires_at:
        return Deletion(
            is_allowed=False, why=f"its drill may still be running, until {_stamp(mark.expires_at)}"
        )
    return Deletion(is_allowed=True, why=f"its drill has ended, at {_stamp(mark.expires_at)} at the latest")


def own_index(index: Index, *, drill_id: str) -> Deletion:
    """Whether an index is the one of this drill, which deletes it even before its expiry."""
    mark = _unprotected_mark_of(index)
    if isinstance(mark, str):
        return Deletion(is_allowed=False, why=mark)
    if mark.id != drill_id:
        return Deletion(is_allowed=False, why=f"it belongs to drill {mark.id}, not to {drill_id}")
    return Deletion(is_allowed=True, why=f"drill {drill_id} made it")


@dataclass(frozen=True)
class _Mark:
    id: str
    expires_at: datetime


def _unprotected_mark_of(index: Index) -> _Mark | str:
    """The drill's mark, or why the index is not to be deleted."""
    mark = _mark_of(index)
    if isinstance(mark, str) or index.deletion_protection == "disabled":
        return mark
    if index.deletion_protection == "enabled":
        return "its deletion protection is enabled, so somebody has adopted it"
    return f"its deletion protection is {quoted(index.deletion_protection)}, which is not known to be off"


def _mark_of(index: Index) -> _Mark | str:
    """What name and tag agree on, or where they do not."""
    name = _NAME.fullmatch(index.name)
    if name is None:
        return f"its name is not a drill's, such as {DRILL_PREFIX}movies-1a2b3c4d: a tag alone proves nothing"
    if DRILL_TAG not in index.tags:
        return f"it has no tag {DRILL_TAG}: a name alone proves nothing"
    mark = _read(index.tags[DRILL_TAG])
    if mark is None:
        return f"its tag {DRILL_TAG} is not a drill's: {quoted(index.tags[DRILL_TAG])}"
    if mark.id != name["id"]:
        return f"its tag is that of another drill, {mark.id}"
    return mark


def _read(tag: str) -> _Mark | None:
    """A tag's id and expiry; None if it is not exactly as a drill writes it."""
    written = _TAG.fullmatch(tag)
    if written is None:
        return None
    try:
        expires_at = datetime.strptime(written["expiry"], _EXPIRY).replace(tzinfo=UTC)
    except ValueError:
        return None
    return _Mark(written["id"], expires_at)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
