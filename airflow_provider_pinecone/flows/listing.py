"""Reading a listing to its end."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.checks import LARGEST_PAGE
from airflow_provider_pinecone.api.endpoints import Call
from airflow_provider_pinecone.api.errors import PineconeUnreadableAnswerError
from airflow_provider_pinecone.api.models import Backup, Index, Page, RestoreJob
from airflow_provider_pinecone.flows.steps import Flow, Kind, Send

T = TypeVar("T")

MOST_PAGES = 1000


def all_backups(index_name: str | None = None, *, include_deleted: bool = False) -> Flow[list[Backup]]:
    """Every backup of an index, or of the project, each once."""

    def page(token: str | None) -> Call[Page[Backup]]:
        return endpoints.list_backups(
            index_name, limit=LARGEST_PAGE, pagination_token=token, include_deleted=include_deleted
        )

    return (yield from _all(page, key=lambda backup: backup.backup_id))


def all_restore_jobs() -> Flow[list[RestoreJob]]:
    """Every restore job of the project that the API lists, each once. Its listing leaves some out."""

    def page(token: str | None) -> Call[Page[RestoreJob]]:
        return endpoints.list_restore_jobs(limit=LARGEST_PAGE, pagination_token=token)

    return (yield from _all(page, key=lambda job: job.restore_job_id))


def page_of(kind: Kind, *, token: str | None, wanted: Container[str], known: Mapping[str, Any]) -> Send:
    """The step that reads one page of all things of a kind in the project, of which some are wanted.

    A project may hold a thousand things, of which most are not wanted and the rest does not change.

    :param wanted: ids; other rows are not decoded, and left out.
    :param known: what was read before, by its id; a row that says the same is not decoded again.
    """
    decode: Callable[[Any], Any]
    match kind:
        case Kind.BACKUP:
            call: Call[Any] = endpoints.list_backups(limit=LARGEST_PAGE, pagination_token=token)
            key, rows, decode = "backup_id", "data", Backup.decode
        case Kind.RESTORE_JOB:
            call = endpoints.list_restore_jobs(limit=LARGEST_PAGE, pagination_token=token)
            key, rows, decode = "restore_job_id", "data", RestoreJob.decode
        case Kind.INDEX:
            call = endpoints.list_indexes()
            key, rows, decode = "name", "indexes", Index.decode

    def item(row: Any) -> Any:
        id = row.get(key) if isinstance(row, dict) else None
        if not isinstance(id, str) or id not in wanted:
            return None
        before = known.get(id)
        return before if before is not None and before.raw == row else decode(row)

    def page(payload: Any) -> Page[Any]:
        whole = Page.decoder(item, key=rows)(payload)
        return replace(whole, items=tuple(one for one in whole.items if one is not None))

    return Send(replace(call, decode=page))


def id_of(item: Backup | RestoreJob | Index) -> str:
    """What a thing is read by."""
    match item:
        case Backup():
            return item.backup_id
        case RestoreJob():
            return item.restore_job_id
        case Index():
            return item.name


def _all(page: Callable[[str | None], Call[Page[T]]], *, key: Callable[[T], str]) -> Flow[list[T]]:
    # Tokens are offsets, so rows shift when something is created or deleted meanwhile: hence by id.
    found: dict[str, T] = {}
    tokens: set[str] = set()
    token: str | None = None
    while True:
        call = page(token)
        answer: Page[T] = yield Send(call)
        found |= {key(item): item for item in answer.items}
        token = answer.next
        if token is None:
            return list(found.values())
        if token in tokens or len(tokens) >= MOST_PAGES:
            # Half a listing taken for the whole would hide backups.
            raise PineconeUnreadableAnswerError(
                "the listing does not come to its end.", method=call.method, path=call.path
            )
        tokens.add(token)
