"""What a DAG file pays for importing the operators, beside the official Pinecone provider's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from statistics import median

from benchmarks.table import Table

ROUNDS = 9
OURS = """
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.operators.index import PineconeListIndexesOperator
from airflow_provider_pinecone.operators.restore import PineconeCreateIndexFromBackupOperator
"""
SENSORS_TOO = (
    OURS
    + """
from airflow_provider_pinecone.sensors.backup import PineconeBackupSensor
from airflow_provider_pinecone.sensors.restore import PineconeRestoreJobSensor
"""
)
OFFICIAL = "from airflow.providers.pinecone.operators.pinecone import PineconeIngestOperator"
CASES = {
    "our operators": OURS,
    "our operators and sensors": SENSORS_TOO,
    "the official provider's operators": OFFICIAL,
}
PROGRAM = """
import gc, json, sys, time
from airflow.sdk import DAG, BaseOperator
gc.disable()  # a collection costs more than what is measured, and strikes at random
before = len(sys.modules)
started = time.process_time()
{statements}
seconds = time.process_time() - started
print(json.dumps([seconds, len(sys.modules) - before, "requests" in sys.modules]))
"""


def measure() -> Table:
    """Import each in fresh processes, taking turns."""
    samples: dict[str, list[tuple[float, int, bool]]] = {case: [] for case in CASES}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "AIRFLOW_HOME": home}
        for _ in range(ROUNDS):
            for case, statements in CASES.items():
                program = PROGRAM.format(statements=statements)
                printed = subprocess.run(
                    [sys.executable, "-c", program],
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
                samples[case].append(json.loads(printed.splitlines()[-1]))
    rows = []
    for case, runs in samples.items():
        milliseconds = median(seconds for seconds, _, _ in runs) * 1000
        _, modules, requests = runs[0]
        rows.append([case, f"{milliseconds:.0f} ms", str(modules), "yes" if requests else "no"])
    return Table(
        title="Importing the operators",
        method="The table shows how much CPU time each import takes, without garbage collection, and how "
        "many modules it loads, in a process that has already imported Airflow's `DAG` and `BaseOperator`. "
        f"Each row is the median of {ROUNDS} fresh processes, which take turns with those of the other rows.",
        header=["imported", "CPU time", "modules", "loads requests"],
        rows=rows,
    )


if __name__ == "__main__":
    print(measure().markdown(script=__file__))
