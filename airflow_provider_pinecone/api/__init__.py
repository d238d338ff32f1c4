"""Pinecone over HTTP. Knows no Airflow."""

from __future__ import annotations
