"""Pinecone's own Python SDKs judge the emulator and the client, each in an environment of its own."""

from __future__ import annotations

import pytest

from tests.judges import environments


@pytest.mark.parametrize(
    ("environment", "judge"),
    [
        ("sdk-python-8.1.2", "judge_sdk_8.py"),
        ("sdk-python-10.2.0", "judge_sdk_10.py"),
        ("sdk-python-10.2.0", "judge_sdk_10_records.py"),
    ],
)
def test_the_sdk_finds_what_its_documentation_shows(environment: str, judge: str) -> None:
    folder = environments.python_environment(environment)
    print(environments.run_pytest(folder, environments.JUDGES / judge))


def test_the_clients_backup_schedules_are_the_sdks() -> None:
    folder = environments.python_environment("sdk-python-10.2.0")
    print(environments.run_pytest(folder, environments.JUDGES / "judge_schedules.py"))
