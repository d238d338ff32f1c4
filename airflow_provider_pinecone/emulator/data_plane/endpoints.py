"""Reading and writing records. Only HTTP: the work is done in `similarity` and `state.records`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from airflow_provider_pinecone.emulator.data_plane import counting, similarity, vectors
from airflow_provider_pinecone.emulator.data_plane.addressing import (
    PREFIX,
    CurrentIndex,
    ReadableOwner,
    namespace_named,
)
from airflow_provider_pinecone.emulator.data_plane.paging import limit_of, pagination, read_token
from airflow_provider_pinecone.emulator.protocol.context import CurrentProject, RawBody
from airflow_provider_pinecone.emulator.protocol.errors import bad_request
from airflow_provider_pinecone.emulator.state import records
from airflow_provider_pinecone.emulator.state.store import Json

router = APIRouter(prefix=PREFIX)


@router.post("/vectors/upsert")
async def upsert(index: CurrentIndex, project: CurrentProject, raw: RawBody) -> Response:
    """Write records."""
    body = vectors.parse(vectors.Upsert, raw)
    written = [vectors.record(vector, index) for vector in body.vectors]
    with project.store.transaction() as db:
        records.write(db, index.index_id, namespace_named(body.namespace), written, moment=project.now())
    return JSONResponse({"upsertedCount": len(written)})


@router.post("/vectors/update")
async def update(
    index: CurrentIndex, owner: ReadableOwner, project: CurrentProject, raw: RawBody
) -> Response:
    """Change one record's values, or some of its metadata."""
    body = vectors.parse(vectors.Update, raw)
    namespace = namespace_named(body.namespace)
    for old in records.fetch(project.store.db, owner, namespace, [body.id]):
        new = vectors.updated(old, body, index)
        with project.store.transaction() as db:
            records.write(db, index.index_id, namespace, [new], moment=project.now())
    return JSONResponse({})


@router.get("/vectors/fetch")
async def fetch(request: Request, owner: ReadableOwner, project: CurrentProject) -> Response:
    """Read records by their ids."""
    ids = request.query_params.getlist("ids")
    if not ids:
        raise bad_request("ids: at least one is needed.")
    namespace = namespace_named(request.query_params.get("namespace"))
    found = records.fetch(project.store.db, owner, namespace, ids)
    return _read(namespace, vectors={record.id: vectors.show(record) for record in found})


@router.get("/vectors/list")
async def list_ids(request: Request, owner: ReadableOwner, project: CurrentProject) -> Response:
    """List ids, in order."""
    query = request.query_params
    limit, namespace = limit_of(query.get("limit")), namespace_named(query.get("namespace"))
    after, prefix = read_token(query.get("paginationToken")), query.get("prefix", "")
    found = records.ids(project.store.db, owner, namespace, prefix=prefix, after=after, limit=limit + 1)
    rows = [{"id": id_} for id_ in found[:limit]]
    return _read(namespace, vectors=rows, **pagination(found, limit))


@router.post("/vectors/delete")
async def delete(index: CurrentIndex, project: CurrentProject, raw: RawBody) -> Response:
    """Delete records by their ids, by a filter, or all of a namespace."""
    body = vectors.parse(vectors.Delete, raw)
    namespace = namespace_named(body.namespace)
    with project.store.transaction() as db:
        if body.deleteAll:
            records.drop_namespace(db, index.index_id, namespace)
        elif body.filter:
            everything = records.read_all(db, index.index_id, namespace)
            found = [record.id for record in vectors.chosen(everything, body.filter)]
            records.remove(db, index.index_id, namespace, found)
        else:
            records.remove(db, index.index_id, namespace, body.ids or ())
    return JSONResponse({})


@router.post("/query")
async def query(index: CurrentIndex, owner: ReadableOwner, project: CurrentProject, raw: RawBody) -> Response:
    """Find the records nearest to a vector, dense, sparse or both."""
    body = vectors.parse(vectors.Query, raw)
    namespace = namespace_named(body.namespace)
    if body.id is None:
        targets = [vectors.target(body, index)]
    else:
        vectors.check_names_no_vector(body)
        targets = records.fetch(project.store.db, owner, namespace, [body.id])
    matches = []
    for target in targets:  # one, or none if no record has the id
        found = vectors.chosen(records.read_all(project.store.db, owner, namespace), body.filter)
        for score, record in similarity.nearest(found, target, metric=index.metric, top_k=body.topK):
            matches.append(vectors.show_match(record, score, body))
    return _read(namespace, matches=matches)


@router.post("/describe_index_stats")
async def describe_index_stats(index: CurrentIndex, project: CurrentProject, raw: RawBody) -> Response:
    """Count the records. Serverless indexes take no filter here."""
    vectors.parse(vectors.Stats, raw or b"{}")
    counts = counting.counts(index, project)
    body: Json = {
        "namespaces": {namespace: {"vectorCount": count} for namespace, count in counts.items()},
        "indexFullness": 0.0,
        "totalVectorCount": sum(counts.values()),
        "metric": index.metric,
        "vectorType": index.vector_type,
    }
    return JSONResponse(body if index.dimension is None else body | {"dimension": index.dimension})


@router.post("/vectors/fetch_by_metadata")
async def fetch_by_metadata(owner: ReadableOwner, project: CurrentProject, raw: RawBody) -> Response:
    """Read the records that pass a filter, in order of their ids."""
    body = vectors.parse(vectors.FetchByMetadata, raw)
    namespace, after = namespace_named(body.namespace), read_token(body.paginationToken)
    everything = records.read_all(project.store.db, owner, namespace)
    found = {record.id: record for record in vectors.chosen(everything, body.filter) if record.id > after}
    ids = sorted(found)
    rows = {id_: vectors.show(found[id_]) for id_ in ids[: body.limit]}
    return _read(namespace, vectors=rows, **pagination(ids, body.limit))


@router.post("/records/namespaces/{namespace}/upsert")
@router.post("/records/namespaces/{namespace}/search")
async def embed_text(namespace: str) -> Response:
    """Refused: texts are not embedded."""
    raise bad_request("The emulator does not embed texts: upsert and query vectors.")


@router.api_route("/bulk/imports", methods=["GET", "POST"])
@router.api_route("/bulk/imports/{import_id}", methods=["GET", "DELETE"])
async def import_records() -> Response:
    """Refused: nothing is imported."""
    raise bad_request("The emulator does not import: upsert the records.")


def _read(namespace: str, **found: object) -> Response:
    return JSONResponse({**found, "namespace": namespace, "usage": {"readUnits": 1}})
