"""Requests for the records of an index, dense and sparse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.json()["code"]) == (400, 3), answer.text
    return str(answer.json()["message"])


def sparse(given: dict[int, float]) -> dict[str, Any]:
    return {"indices": list(given), "values": list(given.values())}


def upsert(api: httpx.Client, host: str, *vectors: dict[str, Any]) -> httpx.Response:
    return api.post(f"{host}/vectors/upsert", json={"vectors": vectors})


def fetched(api: httpx.Client, host: str, *ids: str) -> dict[str, Any]:
    found: dict[str, Any] = ok(api.get(f"{host}/vectors/fetch", params={"ids": ids}))["vectors"]
    return found


def scores(api: httpx.Client, host: str, **asked: Any) -> dict[str, float]:
    """The matches of a query, nearest first."""
    matches = ok(api.post(f"{host}/query", json={"topK": 10, **asked}))["matches"]
    return {match["id"]: match["score"] for match in matches}


def restored(api: httpx.Client, index_name: str) -> str:
    """Back an index up, and give where the index is that is made from the backup."""
    backup = ok(api.post(f"/indexes/{index_name}/backups", json={}))
    api.post(f"/backups/{backup['backup_id']}/create-index", json={"name": "copy"})
    return str(ok(api.get("/indexes/copy"))["host"])
