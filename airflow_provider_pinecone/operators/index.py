"""Tasks that list and delete indexes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_pinecone.api.checks import check_id
from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.operators._base import PineconeOperator, told_failures
from airflow_provider_pinecone.policies.arguments import given
from airflow_provider_pinecone.policies.indexes import IndexFilter

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class PineconeListIndexesOperator(PineconeOperator):
    """Lists the names of the project's serverless indexes. Only these can be backed up.

    The indexes of restore drills are left out: they are copies, and are deleted when their drill ends.

    An empty list fails the task: otherwise a nightly backup mapped over it would succeed without backing up
    anything.

    :param name_pattern: list only matching names, with ``*`` and ``?`` as in a shell (templated).
    :param tags: list only indexes that have all these tags (templated).
    :param exclude: patterns of names to leave out (templated).
    :param allow_empty: succeed with an empty list.
    :return: the names, sorted.

    .. code-block:: python

        indexes = PineconeListIndexesOperator(task_id="list_indexes", exclude=["*-restored-*"])
        PineconeCreateBackupOperator.partial(task_id="back_up").expand(index_name=indexes.output)
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "name_pattern", "tags", "exclude")

    def __init__(
        self,
        *,
        name_pattern: str = "*",
        tags: Mapping[str, str] | None = None,
        exclude: Collection[str] = (),
        allow_empty: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name_pattern = name_pattern
        self.tags = tags
        self.exclude = exclude
        self.allow_empty = allow_empty

    def execute(self, context: Context) -> list[str]:
        """List the indexes that match."""
        with told_failures(context):
            tags = given(self.tags)
            wanted = IndexFilter(name_pattern=self.name_pattern, tags=tags or {}, exclude=self.exclude)
            indexes = self.hook.list_indexes()
            others = sorted(index.name for index in indexes if not index.is_serverless)
            if others:
                self.hook.tell(f"Skipped, since only serverless indexes have backups: {', '.join(others)}.")
            excluded = wanted.excluded(indexes)
            if excluded:
                self.hook.tell(f"Skipped, since exclude matches them: {', '.join(excluded)}.")
            drills = wanted.drills(indexes)
            if drills:
                self.hook.tell(f"Skipped, since they belong to restore drills: {', '.join(drills)}.")
            names = wanted.names(indexes)
            if not names and not self.allow_empty:
                raise PineconeInputError(
                    f"{wanted.nothing_matches(of=len(indexes))} Change the filters, or pass allow_empty=True."
                )
        self.hook.tell(f"{len(names)} of {len(indexes)} indexes: {', '.join(names) or 'none'}.")
        return names


class PineconeDeleteIndexOperator(PineconeOperator):
    """Deletes an index with all its records. Its backups stay.

    :param index_name: the index (templated).
    :param missing_ok: succeed, with a warning, if there is no such index.
    :return: whether an index was deleted.

    .. code-block:: python

        PineconeDeleteIndexOperator(task_id="drop_trial", index_name="movies-trial")
    """

    template_fields: Sequence[str] = ("pinecone_conn_id", "index_name")

    def __init__(self, *, index_name: str, missing_ok: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.index_name = index_name
        self.missing_ok = missing_ok

    def execute(self, context: Context) -> bool:
        """Delete the index."""
        from airflow_provider_pinecone.flows.delete import delete_index

        with told_failures(context, index_name=self.index_name):
            check_id("index_name", self.index_name)
            index = self.hook.run(delete_index(self.index_name, missing_ok=self.missing_ok))
        if index is None:
            self.hook.tell(f"Nothing deleted: there is no index {self.index_name}.", warning=True)
        else:
            self.hook.tell(f"Index {self.index_name} deleted. Its backups stay.")
        return index is not None
