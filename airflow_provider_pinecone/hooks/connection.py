"""Reading an Airflow connection: how to reach Pinecone."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_pinecone.api.errors import PineconeInputError
from airflow_provider_pinecone.api.redaction import one_line, quoted
from airflow_provider_pinecone.api.settings import DEFAULT_API_VERSION, DEFAULT_HOST, Settings

log = logging.getLogger(__name__)

_INDEX_HOST = re.compile(r"\.svc\.[^/]*pinecone\.io")
_USUAL_PORTS = {"http": 80, "https": 443}
_DEPLOYMENT = re.compile(r"[A-Za-z0-9._-]{1,40}")


@dataclass(frozen=True, kw_only=True)
class PineconeConnection:
    """What an Airflow connection says.

    :param settings: how to reach Pinecone.
    :param deployment: a name for this Airflow, unique among those sharing the Pinecone project; None if the
        connection has none.
    """

    settings: Settings
    deployment: str | None = None


def read_connection(connection: Any, *, is_named: bool = True) -> PineconeConnection:
    """Read a connection of our own type, or one made for the official Pinecone provider.

    Both hold the API key in ``password``. The official provider documents ``host`` as an *index* host; this
    provider needs the control plane's, so it ignores an index host in those connections.

    :param connection: an Airflow ``Connection``, of any Airflow version.
    :param is_named: whether errors name it, here and when it is used.
    :raises PineconeInputError: if a field is invalid; the message names the field.
    """
    try:
        # Not extra_dejson: it registers every value for masking, which blocks a triggerer's event loop.
        extra = _extra(connection.extra)
        return PineconeConnection(
            settings=Settings(
                api_key=connection.password or "",
                host=_host(connection),
                api_version=extra.get("api_version") or DEFAULT_API_VERSION,
                allow_insecure_http=_flag("allow_insecure_http", extra.get("allow_insecure_http")),
                source=f"connection {connection.conn_id}" if is_named else None,
            ),
            deployment=_deployment(extra.get("deployment")),
        )
    except PineconeInputError as error:
        if not is_named:
            raise
        raise PineconeInputError(f"Connection {quoted(connection.conn_id)}: {error}") from None


def _extra(text: str | None) -> dict[str, Any]:
    try:
        extra = json.loads(text or "{}")
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        raise PineconeInputError("extra must be a JSON object.")
    return extra


def _host(connection: Any) -> str:
    host = (connection.host or "").strip() or DEFAULT_HOST
    if connection.conn_type == "pinecone" and _INDEX_HOST.search(host):
        log.info(
            "Connection %r: host %s serves one index; using the control plane at %s.",
            connection.conn_id,
            one_line(host),
            DEFAULT_HOST,
        )
        return DEFAULT_HOST
    return _with_port(host, connection.port)


def _with_port(host: str, port: int | None) -> str:
    if not port:
        return host
    try:
        parts = urlsplit(host if "://" in host else f"https://{host}")
        named = parts.port
    except ValueError:
        return host  # refused by Settings, which says why
    if named not in (None, port):
        raise PineconeInputError(
            f"port is {port}, but host {quoted(host)} names {named}. Make them the same, or leave one out."
        )
    if named or port == _USUAL_PORTS.get(parts.scheme):
        return host
    return parts._replace(netloc=f"{parts.netloc}:{port}").geturl()


def _flag(field: str, value: object) -> bool:
    match value:
        case bool():
            return value
        case None | "" | "false" | "False":
            return False
        case "true" | "True":
            return True
    raise PineconeInputError(f"{field} must be true or false, got {quoted(value)}.")


def _deployment(value: object) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not _DEPLOYMENT.fullmatch(value):
        raise PineconeInputError(
            f"deployment must have 1 to 40 letters, digits, '.', '_' or '-', got {quoted(value)}."
        )
    return value
