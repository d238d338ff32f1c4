"""What `make up` tells who has just started it: where everything is, and a first thing to try."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.system.airflow_settings import PASSWORD, USERNAME
from tests.system.stage import BACKUP_DAG, INDEX, RESTORE_DAG, Stage


def guide(stage: Stage) -> str:
    """Return the text: where Airflow and the emulator are, and what to do first."""
    airflow, emulator = stage.airflow, stage.emulator
    host = urlsplit(emulator.url)
    return f"""
  Airflow     {airflow.url}
              user {USERNAME}, password {PASSWORD}
  Pinecone    {emulator.url}, an emulator with the index {INDEX}
              API key {emulator.api_key}
  Connection  pinecone_default, from an environment variable: Admin > Connections does not list it

  First, open {airflow.url}/dags/{BACKUP_DAG} and press Trigger:
  it backs up {INDEX} in about half a minute. Then trigger {RESTORE_DAG}
  with {INDEX} as the source index: it restores the backup into a new index.

  To fill in the connection form and press its Test button, add a connection of type Pinecone Backup with
  the host {host.scheme}://{host.hostname}, the port {host.port} and the API key.
"""
