"""Pinecone's control plane over HTTP: indexes, backups, schedules and restore jobs, in each version."""
