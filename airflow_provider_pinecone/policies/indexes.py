"""Which indexes a task is about: serverless ones, by their names and tags. Only these can be backed up.

The indexes of restore drills are left out: they are copies, and are deleted when their drill ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from airflow_provider_pinecone.api.checks import check_tags, check_text, check_texts
from airflow_provider_pinecone.api.redaction import quoted
from airflow_provider_pinecone.policies.drills import is_drill

if TYPE_CHECKING:
    # Parsing a DAG should not pay for the models.
    from airflow_provider_pinecone.api.models import Index


@dataclass(frozen=True, kw_only=True)
class IndexFilter:
    """Tells which indexes a task is about.

    :param name_pattern: matches their names, with ``*`` and ``?`` as in a shell.
    :param tags: tags that they all have.
    :param exclude: patterns of the names of others.
    :raises PineconeInputError: if one of them is invalid.
    """

    name_pattern: str = "*"
    tags: Mapping[str, str] = field(default_factory=dict)
    exclude: Collection[str] = ()

    def __post_init__(self) -> None:
        """Refuse an invalid filter."""
        check_text("name_pattern", self.name_pattern)
        check_tags("tags", self.tags)
        check_texts("exclude", self.exclude)

    def names(self, indexes: Iterable[Index]) -> list[str]:
        """The names of the serverless indexes that match, sorted."""
        matching = (index for index in self._matching(indexes) if not is_drill(index))
        return [index.name for index in matching if not self._is_excluded(index.name)]

    def excluded(self, indexes: Iterable[Index]) -> list[str]:
        """The names of those that match, and that ``exclude`` leaves out, sorted."""
        return [index.name for index in self._matching(indexes) if self._is_excluded(index.name)]

    def drills(self, indexes: Iterable[Index]) -> list[str]:
        """The names of those that match, and are left out since they belong to restore drills, sorted."""
        return [index.name for index in self._matching(indexes) if is_drill(index)]

    def _matching(self, indexes: Iterable[Index]) -> list[Index]:
        matching = (index for index in indexes if index.is_serverless and self._matches(index))
        return sorted(matching, key=lambda index: index.name)

    def _matches(self, index: Index) -> bool:
        return fnmatchcase(index.name, self.name_pattern) and self.tags.items() <= index.tags.items()

    def _is_excluded(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.exclude)

    def nothing_matches(self, *, of: int) -> str:
        """Say that no index matches.

        :param of: how many indexes there are.
        """
        besides = f" and is not excluded by {quoted(list(self.exclude))}" if self.exclude else ""
        return (
            f"None of the project's {of} indexes is serverless and matches name_pattern "
            f"{quoted(self.name_pattern)} and tags {quoted(dict(self.tags))}{besides}."
        )
