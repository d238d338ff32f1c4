"""From an Airflow connection to Pinecone."""

from __future__ import annotations
