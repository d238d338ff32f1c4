"""The API's versions, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_pinecone.emulator.protocol.errors import invalid

HEADER = "x-pinecone-api-version"
DEFAULT = "2026-07"


@dataclass(frozen=True)
class ApiVersion:
    """One version of the API.

    :param name: as the header has it.
    :param schema_shape: True for indexes described by schema and deployment (since 2026-07), False for
        the classic dimension, metric and spec.
    :param backup_schema: whether a classic backup shows which metadata fields are filterable.
    :param read_capacity: whether a classic serverless spec shows its read capacity.
    :param namespace_schemas: whether namespaces are created, counted and shown with their schemas.
    """

    name: str
    schema_shape: bool = False
    backup_schema: bool = True
    read_capacity: bool = True
    namespace_schemas: bool = True

    @property
    def backup_created_status(self) -> int:
        """HTTP status of a created backup."""
        return 200 if self.schema_shape else 201

    @property
    def configured_status(self) -> int:
        """HTTP status of a configured index."""
        return 200 if self.schema_shape else 202

    @property
    def default_limit(self) -> int:
        """Rows on a page if the request gives no limit."""
        return 100 if self.schema_shape else 10

    @property
    def max_limit(self) -> int | None:
        """The most rows on a page; the schema-shaped spec gives no limit."""
        return None if self.schema_shape else 100


VERSIONS = {
    version.name: version
    for version in (
        ApiVersion("2025-04", backup_schema=False, read_capacity=False, namespace_schemas=False),
        ApiVersion("2025-10"),
        ApiVersion("2026-01.alpha"),
        ApiVersion("2026-04"),
        ApiVersion("2026-07", schema_shape=True),
        ApiVersion("unstable", schema_shape=True),
    )
}


def version_named(name: str | None) -> ApiVersion:
    """Find the version that a request asks for; the newest if it names none."""
    try:
        return VERSIONS[name or DEFAULT]
    except KeyError:
        raise invalid(f"Unknown API version {name!r}. Known versions: {', '.join(VERSIONS)}.") from None
