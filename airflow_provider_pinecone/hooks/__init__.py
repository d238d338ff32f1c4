"""From an Airflow connection to Pinecone."""

from __future__ import annotations

DEFAULT_CONN_ID = "pinecone_default"
"""The connection that hooks, operators and sensors use by default. It is also the official provider's."""
