"""What the README and the docstrings show can be copied: every example runs as it stands."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG

from airflow_provider_pinecone.get_provider_info import get_provider_info
from airflow_provider_pinecone.hooks.pinecone import PineconeBackupHook
from tests.contract.conftest import Emulator

ROOT = Path(__file__).parents[2]


def public_classes() -> dict[str, type]:
    """Every operator, sensor and hook of the package, by name."""
    info = get_provider_info()
    modules = [
        importlib.import_module(module)
        for kind in ("hooks", "operators", "sensors")
        for group in info[kind]
        for module in group["python-modules"]
    ]
    return {
        name: thing
        for module in modules
        for name, thing in vars(module).items()
        if inspect.isclass(thing) and thing.__module__ == module.__name__
    }


def example_of(thing: type) -> str:
    block = re.search(r"\.\. code-block:: python\n\n((?: {4}.*\n|\n)+)", inspect.getdoc(thing) + "\n")
    assert block, f"{thing.__name__} shows no example"
    return textwrap.dedent(block[1])


@pytest.mark.parametrize("name", sorted(set(public_classes()) - {"PineconeBackupHook"}))
def test_the_example_of_an_operator_or_sensor_makes_tasks(name: str) -> None:
    names: dict[str, Any] = {**public_classes()}
    with DAG("example", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
        exec(example_of(names[name]), names)
    assert name in {task.task_type for task in dag.tasks}


def test_the_example_of_the_hook_lists_backups(
    movies: dict[str, Any], connected: Emulator, backup_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    backup_id = backup_of("movies")
    names: dict[str, Any] = {**public_classes()}
    exec(example_of(names["PineconeBackupHook"]), names)
    assert backup_id in capsys.readouterr().out


def test_the_example_of_the_backup_schedules_lists_them(
    movies: dict[str, Any], connected: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    schedules = PineconeBackupHook().backup_schedules
    schedules.create(index_name="movies", name="nightly", frequency="daily", retention_days=7)
    names: dict[str, Any] = {**public_classes()}
    exec(example_of(type(schedules)), names)
    assert "nightly daily" in capsys.readouterr().out


def test_the_first_dag_of_the_readme_is_one() -> None:
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert code
    on_airflow_2 = re.sub(r"from airflow.sdk import dag +# on Airflow 2.11: (.*)", r"\1", code[1])
    assert on_airflow_2 != code[1]
    names: dict[str, Any] = {}
    exec(code[1] if find_spec("airflow.sdk") else on_airflow_2, names)
    dag = names["back_up_movies"]()
    assert [task.task_type for task in dag.tasks] == ["PineconeCreateBackupOperator"]


@pytest.mark.parametrize(
    ("document", "printed"),
    [
        ("alerting.md", ["movies: never backed up"]),
        ("drills.md", []),
        ("schedules.md", ["nightly-", "movies: nightly disabled"]),
        ("settling.md", []),
    ],
)
def test_what_a_document_shows_runs(
    movies: dict[str, Any], capsys: pytest.CaptureFixture[str], document: str, printed: list[str]
) -> None:
    text = (ROOT / "docs" / document).read_text()
    blocks = re.findall(r"```python\n(from .*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block, {})
    shown = capsys.readouterr().out
    assert [line for line in printed if line not in shown] == []


def test_the_readme_names_every_operator_and_sensor() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name for name in public_classes() if name not in readme] == []


def test_every_link_of_the_documents_leads_somewhere() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for document in documents:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
