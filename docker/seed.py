"""Write an index to back up, unless there is one: the records that a first look at the example DAGs needs."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.api.client import PineconeClient
from airflow_provider_pinecone.api.models import Vector
from airflow_provider_pinecone.api.settings import Settings

INDEX = "movies"
NAMESPACES = ("action", "comedy", "documentary", "drama")
RECORDS_PER_NAMESPACE = 250
DIMENSION = 8


def records(namespace: str) -> Iterator[Vector]:
    """The records of one namespace: the same ones each time."""
    dice = random.Random(namespace)  # noqa: S311 - vectors want to be repeatable, not secret
    for number in range(RECORDS_PER_NAMESPACE):
        yield Vector(id=f"{namespace}-{number}", values=tuple(dice.uniform(-1, 1) for _ in range(DIMENSION)))


def main() -> None:
    """Seed the emulator that the Airflow connection names."""
    connection = json.loads(os.environ["AIRFLOW_CONN_PINECONE_DEFAULT"])
    settings = Settings(
        api_key=connection["password"],
        host=connection["host"],
        allow_insecure_http=connection["extra"]["allow_insecure_http"],
    )
    with PineconeClient(settings) as client:
        if INDEX in {index.name for index in client.send(endpoints.list_indexes())}:
            print(f"Index {INDEX} is there already.")
            return
        index = client.send(endpoints.create_index(INDEX, dimension=DIMENSION))
        for namespace in NAMESPACES:
            client.send(endpoints.upsert_vectors(index.host, vectors=records(namespace), namespace=namespace))
        print(f"Index {INDEX} holds {len(NAMESPACES) * RECORDS_PER_NAMESPACE} records.")


if __name__ == "__main__":
    main()
