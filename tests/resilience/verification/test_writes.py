"""While the source goes on being written to, undamaged restores pass, one after the other."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.contract.conftest import Emulator
from tests.resilience.verification.proof import back_up, verify

TIMES = 20
RECORDS = 2000
NAMESPACES = ("", "new")


def vector(number: int, chances: random.Random) -> dict[str, Any]:
    values = [chances.uniform(-1, 1) for _ in range(3)]
    return {"id": f"r-{number}", "values": values, "metadata": {"at": chances.random()}}


@contextmanager
def writer(host: str, client: httpx.Client) -> Iterator[list[int]]:
    """Overwrite, add and delete records of both namespaces, again and again. Counts its requests."""
    chances, ended, written = random.Random(20), threading.Event(), [0]

    def write() -> None:
        while not ended.wait(0.02):
            namespace = chances.choice(NAMESPACES)
            if chances.random() < 0.3:
                doomed = [f"r-{chances.randrange(2 * RECORDS)}" for _ in range(3)]
                answer = client.post(f"{host}/vectors/delete", json={"ids": doomed, "namespace": namespace})
            else:
                vectors = [vector(chances.randrange(2 * RECORDS), chances) for _ in range(3)]
                answer = client.post(
                    f"{host}/vectors/upsert", json={"vectors": vectors, "namespace": namespace}
                )
            answer.raise_for_status()
            written[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        ended.set()
        thread.join()


def test_undamaged_restores_pass_twenty_times_in_a_row(
    connected: Emulator,
    create_index: Callable[..., Any],
    restore_of: Callable[..., str],
    tmp_path: Path,
) -> None:
    host = create_index("movies")["host"]
    chances, storage = random.Random(1), f"file://{tmp_path}"
    with connected.client() as client:
        for namespace in NAMESPACES:
            for start in range(0, RECORDS, 500):
                vectors = [vector(number, chances) for number in range(start, start + 500)]
                client.post(f"{host}/vectors/upsert", json={"vectors": vectors, "namespace": namespace})
        with writer(host, client) as written:
            reports = []
            for time in range(TIMES):
                before = written[0]
                backup_id = back_up(storage, records_per_namespace=RECORDS, run_id=f"run-{time}")
                restore_of(backup_id, name=f"movies-{time}")
                reports.append(
                    verify(backup_id, storage, index_name=f"movies-{time}", records_per_namespace=RECORDS)
                )
                assert written[0] > before
    assert [report["verdict"] for report in reports] == ["passed"] * TIMES
    # Some records were left out, but most were compared, and for certain.
    parts = [report["sample"]["certain"] / report["sample"]["records"] for report in reports]
    assert 0.5 < min(parts) <= max(parts) < 1, parts
