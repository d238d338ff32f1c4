"""Endpoints of the specs that the emulator does not have, refused in so many words."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import JSONResponse

from airflow_provider_pinecone.emulator.context import CurrentVersion
from airflow_provider_pinecone.emulator.errors import bad_request, invalid, no_such_path, not_found


async def _before_2026_07(request: Request, version: CurrentVersion) -> None:
    if version.schema_shape:
        raise no_such_path(request.method, request.url.path)


collections = APIRouter(prefix="/collections", dependencies=[Depends(_before_2026_07)])
data = APIRouter(prefix="/data/{host}")


@collections.get("")
async def list_collections() -> Response:
    """There never are any."""
    return JSONResponse({"collections": []})


@collections.post("")
async def create_collection() -> Response:
    """Only pod indexes have collections."""
    raise invalid("The emulator has no collections.")


@collections.get("/{collection_name}")
@collections.delete("/{collection_name}")
async def find_collection(collection_name: str) -> Response:
    """There is none of any name."""
    raise not_found(f"Collection {collection_name}")


@data.post("/namespaces")
async def create_namespace() -> Response:
    """Namespaces are made by writing to them."""
    raise bad_request("A namespace comes with its first record; the emulator has no empty ones.")


@data.post("/records/namespaces/{namespace}/upsert")
@data.post("/records/namespaces/{namespace}/search")
async def embed_text(namespace: str) -> Response:
    """Texts are not embedded."""
    raise bad_request("The emulator does not embed texts: upsert and query vectors.")


@data.api_route("/bulk/imports", methods=["GET", "POST"])
@data.api_route("/bulk/imports/{import_id}", methods=["GET", "DELETE"])
async def import_records() -> Response:
    """Nothing is imported."""
    raise bad_request("The emulator does not import: upsert the records.")
