"""A Pinecone that runs on a laptop: ``python -m airflow_provider_pinecone.emulator``."""
