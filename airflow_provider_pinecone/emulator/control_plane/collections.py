"""Collections, before 2026-07: the emulator has none, and says so."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from starlette.responses import JSONResponse

from airflow_provider_pinecone.emulator.protocol.context import before_2026_07
from airflow_provider_pinecone.emulator.protocol.errors import invalid, not_found

router = APIRouter(prefix="/collections", dependencies=[Depends(before_2026_07)])


@router.get("")
async def list_collections() -> Response:
    """There never are any."""
    return JSONResponse({"collections": []})


@router.post("")
async def create_collection() -> Response:
    """Only pod indexes have collections."""
    raise invalid("The emulator has no collections.")


@router.get("/{collection_name}")
@router.delete("/{collection_name}")
async def find_collection(collection_name: str) -> Response:
    """No collection has any name."""
    raise not_found(f"Collection {collection_name}")
