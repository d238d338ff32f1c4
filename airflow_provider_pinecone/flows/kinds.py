"""What can be read by its id: backups, restore jobs and indexes, one by one or from the project's listing."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.call import Call
from airflow_provider_pinecone.api.checks import LARGEST_PAGE
from airflow_provider_pinecone.api.models import Backup, Index, Page, Resource, RestoreJob

K = TypeVar("K", bound=Resource)


@dataclass(frozen=True, eq=False, kw_only=True)
class Kind(Generic[K]):
    """One kind of thing.

    :param id_field: the field that holds its id.
    :param describe: the call that reads one.
    :param list_page: the call that reads a page of the project's listing, given the page's token.
    :param rows_field: the field of a page that holds its rows.
    """

    name: str
    id_field: str
    decode: Callable[[Any], K]
    describe: Callable[[str], Call[K]]
    list_page: Callable[[str | None], Call[Any]]
    rows_field: str = "data"

    def page(
        self,
        token: str | None,
        *,
        wanted: Container[str],
        known: Mapping[str, K],
        memo: dict[bytes, Page[K]],
    ) -> Call[Page[K]]:
        """The call that reads one page of the project's listing, decoding only the rows that are wanted.

        A project may hold a thousand backups; most are not wanted, and the others rarely change.

        :param wanted: ids; the page leaves other rows out.
        :param known: what was read before, by id; an unchanged row is not decoded again.
        :param memo: of the same page when the same ids were wanted; an unchanged page is not decoded again.
        """

        def item(row: Any) -> K | None:
            id = row.get(self.id_field) if isinstance(row, dict) else None
            if not isinstance(id, str) or id not in wanted:
                return None
            before = known.get(id)
            return before if before is not None and before.raw == row else self.decode(row)

        def decode(payload: Any) -> Page[K]:
            page = Page.decoder(item, key=self.rows_field)(payload)
            return Page(items=tuple(one for one in page.items if one is not None), next=page.next)

        return replace(self.list_page(token), decode=decode, memo=memo)

    def id_of(self, thing: K) -> str:
        """What the thing is read by."""
        return str(getattr(thing, self.id_field))


BACKUP = Kind(
    name="backup",
    id_field="backup_id",
    decode=Backup.decode,
    describe=endpoints.describe_backup,
    list_page=lambda token: endpoints.list_backups(limit=LARGEST_PAGE, pagination_token=token),
)
RESTORE_JOB = Kind(
    name="restore job",
    id_field="restore_job_id",
    decode=RestoreJob.decode,
    describe=endpoints.describe_restore_job,
    list_page=lambda token: endpoints.list_restore_jobs(limit=LARGEST_PAGE, pagination_token=token),
)
INDEX = Kind(
    name="index",
    id_field="name",
    decode=Index.decode,
    describe=endpoints.describe_index,
    list_page=lambda token: endpoints.list_indexes(),
    rows_field="indexes",
)
