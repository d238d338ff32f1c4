"""Pinecone over HTTP. Knows no Airflow."""
