"""Which backups a retention policy applies to. All others are kept."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_pinecone.api.checks import check_flag, check_text, check_texts
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies.retention.reasons import Keep, Reason

if TYPE_CHECKING:
    # Parsing a DAG builds scopes, and should not pay for the models.
    from airflow_provider_pinecone.api.models import Backup

_MADE_BY_HAND = Reason(Keep.MADE_BY_HAND, "out of scope: made by hand")
_SCHEDULED = Reason(Keep.SCHEDULED, "out of scope: made by a schedule of Pinecone's")
_PINNED_BY_ID = Reason(Keep.PINNED_BY_ID, "pinned by id")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which backups may be deleted: give one of ``deployment``, ``name_prefix`` and ``everything``.

    :param deployment: those that this Airflow made.
    :param name_prefix: those whose own name begins so, whoever made them.
    :param everything: all, whoever made them.
    :param include_scheduled: also those that Pinecone's schedules made, though they expire by themselves.
        With ``name_prefix``, only those whose name begins so.
    :param pinned_ids: the ids of backups to keep in any case.
    :param pinned_words: words that pin a backup, whose description holds one of them in any case of letters.
    :raises PineconeInputError: if one of them is invalid, or if they contradict each other.
    """

    deployment: str | None = None
    name_prefix: str | None = None
    everything: bool = False
    include_scheduled: bool = False
    pinned_ids: Collection[str] = ()
    pinned_words: Collection[str] = ()

    def __post_init__(self) -> None:
        """Refuse a scope that is invalid or unclear."""
        if self.deployment is not None:
            check_text("deployment", self.deployment)
        if self.name_prefix is not None:
            check_text("name_prefix", self.name_prefix)
        check_flag("everything", self.everything)
        check_flag("include_scheduled", self.include_scheduled)
        check_texts("pinned_ids", self.pinned_ids)
        for word in check_texts("pinned_words", self.pinned_words):
            if re.search(r"\s", word):
                raise PineconeInputError(f"pinned_words must be single words, got {quoted(word)}.")
        self._check_one_is_given()

    def _check_one_is_given(self) -> None:
        given = {
            "deployment": self.deployment,
            "name_prefix": self.name_prefix,
            "everything": self.everything,
        }
        named = [f"{name}={quoted(value)}" for name, value in given.items() if value]
        if len(named) != 1:
            raise PineconeInputError(
                f"the scope must be one of deployment, name_prefix and everything, "
                f"got {' and '.join(named) or 'none of them'}."
            )

    @property
    def in_words(self) -> str:
        """The backups in scope, in a few words."""
        if self.everything:
            return "all backups" if self.include_scheduled else "all backups but scheduled ones"
        if self.name_prefix is not None:
            backups = f"backups named {quoted(self.name_prefix + '...')}"
        else:
            backups = f"backups made by deployment {quoted(self.deployment)}"
        return f"{backups}, scheduled ones included" if self.include_scheduled else backups

    def exclusion(self, backup: Backup, *, maker: str | None, is_scheduled: bool) -> Reason | None:
        """Why the policy does not apply to a backup; None if it does.

        :param maker: the deployment that made it; None if no run did.
        :param is_scheduled: whether a schedule of Pinecone's made it.
        """
        if is_scheduled and not self.include_scheduled:
            return _SCHEDULED
        if self.name_prefix is not None:
            if (backup.name or "").startswith(self.name_prefix):
                return None
            name = f"named {quoted(backup.name)}" if backup.name else "without a name"
            return Reason(Keep.OTHER_NAME, f"out of scope: {name}")
        if self.everything or is_scheduled:
            return None
        if maker is None:
            return _MADE_BY_HAND
        if maker != self.deployment:
            return Reason(Keep.OTHER_DEPLOYMENT, f"out of scope: made by deployment {quoted(maker)}")
        return None

    def pins(self, backup: Backup, *, maker: str | None) -> tuple[Reason, ...]:
        """What pins a backup.

        :param maker: the deployment that made it; None if no run did.
        """
        by_id = (_PINNED_BY_ID,) if backup.backup_id in self.pinned_ids else ()
        if not self.pinned_words or not backup.description:
            return by_id
        # The mark before the user's words holds names of DAGs and tasks, and no bracket.
        words = backup.description if maker is None else backup.description.partition("]")[2]
        return by_id + tuple(
            Reason(Keep.PINNED_BY_WORD, f"pinned by word {quoted(word)}")
            for word in self.pinned_words
            if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", words, re.IGNORECASE)
        )
