"""
Many backups that are ready after a few seconds, through the real scheduler, without a try to lose.

A task that defers for some seconds only can be resumed before the scheduler has read that its worker ended;
it then takes the resumed task for one that has died, and counts a failed try. So short waits must stay in
the worker.
"""

from __future__ import annotations

from pathlib import Path

from tests.system.airflow_process import LocalAirflow
from tests.system.emulator_process import Emulator
from tests.system.pinecone_rest import Contents, PineconeRest

DAG = """
from airflow.sdk import DAG

from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator

with DAG("short_waits", schedule=None):
    PineconeCreateBackupOperator.partial(task_id="back_up", deferrable=True, retries=0).expand(
        index_name=[f"index-{number}" for number in range(50)]
    )
"""


def test_fifty_backups_that_are_ready_after_3_seconds_succeed_on_their_only_try(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "short_waits.py").write_text(DAG)
    with Emulator(tmp_path, backup_seconds=3, restore_seconds=0) as emulator:
        with PineconeRest(emulator.url, api_key=emulator.api_key) as pinecone:
            for number in range(50):
                pinecone.create_index(f"index-{number}", dimension=2)
                pinecone.write(f"index-{number}", Contents({"": {"only": [1.0, 2.0]}}))
        with LocalAirflow(
            tmp_path / "airflow", dags_folder=dags, env=emulator.connection, beside=[emulator.process]
        ) as airflow:
            run = airflow.wait_for_run(airflow.trigger("short_waits"), timeout=900)
            airflow.require_success(run)

    assert [(task.state, task.try_number) for task in run.tasks("back_up")] == [("success", 1)] * 50
    assert ("back_up", "deferred") not in run.states_seen
