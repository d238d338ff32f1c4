"""Which indexes a task is about: serverless ones, by their names and tags. Only these can be backed up."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_provider_pinecone.api.checks import check_tags, check_text

if TYPE_CHECKING:
    # Parsing a DAG should not pay for the models.
    from airflow_provider_pinecone.api.models import Index


@dataclass(frozen=True, kw_only=True)
class IndexFilter:
    """Tells which indexes a task is about.

    :param name_pattern: matches their names, with ``*`` and ``?`` as in a shell.
    :param tags: tags that they all have.
    :raises PineconeInputError: if one of them is invalid.
    """

    name_pattern: str = "*"
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an invalid filter."""
        check_text("name_pattern", self.name_pattern)
        check_tags("tags", self.tags)

    def names(self, indexes: Iterable[Index]) -> list[str]:
        """The names of the serverless indexes that match, sorted."""
        return sorted(index.name for index in indexes if index.is_serverless and self._matches(index))

    def _matches(self, index: Index) -> bool:
        return fnmatch.fnmatchcase(index.name, self.name_pattern) and self.tags.items() <= index.tags.items()

    def nothing_matches(self, *, of: int) -> str:
        """Say that no index matches.

        :param of: how many indexes there are.
        """
        return (
            f"None of the project's {of} indexes is serverless and matches name_pattern "
            f"{self.name_pattern!r} and tags {dict(self.tags)!r}."
        )
