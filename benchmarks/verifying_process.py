"""A process that reads or verifies a restored index as a worker does; it prints what that cost, as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from airflow_provider_pinecone.api import endpoints
from airflow_provider_pinecone.flows.records import batches
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from airflow_provider_pinecone.operators._storage import Folder, read_fingerprint
from airflow_provider_pinecone.operators.fingerprint import (
    PineconeConfirmFingerprintOperator,
    PineconeTakeFingerprintOperator,
)
from airflow_provider_pinecone.operators.verification import PineconeVerifyRestoreOperator

CONTEXT: Any = {"ti": SimpleNamespace(run_id="benchmark", xcom_push=lambda **pushed: None)}

Read = Callable[[], int]
"""Reads all records of an index once, and says how many."""


def take(index_name: str, *, storage: str, records: int) -> None:
    """Take a fingerprint of that many records of each namespace."""
    task = PineconeTakeFingerprintOperator(
        task_id="take", index_name=index_name, storage=storage, records_per_namespace=records
    )
    task.execute(CONTEXT)


def confirm(backup_id: str, *, storage: str) -> None:
    """Confirm it for a backup."""
    task = PineconeConfirmFingerprintOperator(task_id="confirm", backup_id=backup_id, storage=storage)
    task.execute(CONTEXT)


def fetcher(index_name: str, backup_id: str, *, storage: str) -> Read:
    """Fetches records and throws them away; their ids are in memory already."""
    stored = read_fingerprint(Folder(storage).fingerprint(backup_id))
    assert stored is not None
    hook = PineconeBackupHook()
    host = hook.describe_index(index_name).host
    ids: dict[str, list[str]] = {}
    for row in stored.rows():
        ids.setdefault(row.namespace, []).append(row.id)

    def fetch() -> int:
        fetched = 0
        for namespace, those in ids.items():
            for batch in batches((id, None) for id in those):
                call = endpoints.fetch_vectors(host, ids=batch, namespace=namespace)
                fetched += len(hook.send(call))
        return fetched

    return fetch


def verifier(index_name: str, backup_id: str, *, storage: str | None, records: int) -> Read:
    """Verifies records with a fingerprint or, without a storage, against the source."""
    task = PineconeVerifyRestoreOperator(
        task_id="verify",
        index_name=index_name,
        backup_id=backup_id,
        level="sample",
        records_per_namespace=records,
        storage=storage,
    )

    def verify() -> int:
        report = task.execute(CONTEXT)
        against = "fingerprint" if storage else "source"
        assert (report["verdict"], report["sample"]["against"]) == ("passed", against), report
        return int(report["sample"]["checked"])

    return verify


def reader(way: str, index_name: str, backup_id: str, *, storage: str, records: int) -> Read:
    """Reads in one of the ways."""
    if way == "fetch":
        return fetcher(index_name, backup_id, storage=storage)
    kept = storage if way == "fingerprint" else None
    return verifier(index_name, backup_id, storage=kept, records=records)


def read_all(way: str, *, storage: str, restored: list[tuple[str, str]], records: int, trace: bool) -> None:
    """Read indexes in one of the ways, and measure the last of them: those before it warm up.

    :param restored: the indexes, each with its backup.
    :param trace: measure the memory, which takes time itself.
    """
    *warm_ups, read = [
        reader(way, index_name, backup_id, storage=storage, records=records)
        for index_name, backup_id in restored
    ]
    for warm_up in warm_ups:
        warm_up()
    # What imports left behind must not be collected amid one way and not the other.
    gc.collect()
    if trace:
        tracemalloc.start()
    started, cpu_started = time.perf_counter(), time.process_time()
    number = read()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    peak = tracemalloc.get_traced_memory()[1] if trace else None
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak": peak, "records": number}))


PROGRAMS: dict[str, Callable[..., None]] = {"take": take, "confirm": confirm, "read": read_all}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](**json.loads(sys.argv[2]))
