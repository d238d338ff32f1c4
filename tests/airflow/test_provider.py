"""How Airflow finds the package: what it is told, which hook a connection gets, and what an import costs."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import airflow
import jsonschema
import pytest
from airflow.providers.common.compat.sdk import BaseHook, BaseOperator
from airflow.triggers.base import BaseTrigger

import airflow_provider_pinecone
from airflow_provider_pinecone.get_provider_info import get_provider_info
from tests.airflow.versions import HAS_CONNECTION_FORMS

PACKAGE = "airflow_provider_pinecone"
HAS_OFFICIAL_PROVIDER = importlib.util.find_spec("airflow.providers.pinecone") is not None

DISCOVERY = """
import json
from airflow.models.connection import Connection
from airflow.providers_manager import ProvidersManager

manager = ProvidersManager()
hooks = {}
for connection_type in sorted(manager.hooks):
    if connection_type.startswith("pinecone"):
        hook = Connection(conn_id="backups", conn_type=connection_type).get_hook()
        told = manager.hooks[connection_type]
        hooks[connection_type] = [told.package_name, told.hook_name, type(hook).__qualname__]
widgets = [name for name in manager.connection_form_widgets if "pinecone_backup" in name]
versions = {name: provider.version for name, provider in manager.providers.items()}
behaviour = manager.field_behaviours.get("pinecone_backup")
print(json.dumps({"hooks": hooks, "widgets": widgets, "versions": versions, "behaviour": behaviour}))
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a Python of its own."""
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )


@pytest.fixture(scope="module")
def discovery() -> subprocess.CompletedProcess[str]:
    """A process that asks Airflow for its providers."""
    return run(DISCOVERY)


@pytest.fixture(scope="module")
def discovered(discovery: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What it was told."""
    found: dict[str, Any] = json.loads(discovery.stdout.splitlines()[-1])
    return found


def test_airflow_finds_the_package_in_its_version(discovered: dict[str, Any]) -> None:
    version = discovered["versions"]["airflow-provider-pinecone"]
    assert version == airflow_provider_pinecone.__version__
    assert version == importlib.metadata.version("airflow-provider-pinecone")


def test_its_connection_type_gets_its_hook(discovered: dict[str, Any]) -> None:
    assert discovered["hooks"]["pinecone_backup"] == [
        "airflow-provider-pinecone",
        "Pinecone Backup",
        "PineconeBackupHook",
    ]


@pytest.mark.skipif(not HAS_OFFICIAL_PROVIDER, reason="the official provider is a development dependency")
def test_the_official_providers_connection_type_keeps_its_hook(discovered: dict[str, Any]) -> None:
    assert discovered["hooks"]["pinecone"] == [
        "apache-airflow-providers-pinecone",
        "Pinecone",
        "PineconeHook",
    ]


def test_discovery_warns_of_nothing_about_pinecone(discovery: subprocess.CompletedProcess[str]) -> None:
    lines = discovery.stderr.splitlines() + discovery.stdout.splitlines()[:-1]
    about_us = [line for line in lines if "pinecone" in line.lower()]
    assert [line for line in about_us if "warn" in line.lower() or "error" in line.lower()] == []


@pytest.mark.skipif(not HAS_CONNECTION_FORMS, reason="Airflow 3.1 has forms only with Flask AppBuilder")
def test_the_connection_form_has_our_fields(discovered: dict[str, Any]) -> None:
    fields = {widget.removeprefix("extra__pinecone_backup__") for widget in discovered["widgets"]}
    assert fields == {"api_version", "deployment", "allow_insecure_http"}
    assert discovered["behaviour"]["relabeling"]["password"] == "API key"
    assert sorted(discovered["behaviour"]["hidden_fields"]) == ["login", "schema"]


def test_what_airflow_is_told_fits_its_schema() -> None:
    schema = json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)


def listed(kind: str) -> set[str]:
    info = get_provider_info()
    return {module for entry in info[kind] for module in entry["python-modules"]}


def modules_that_define(kind: str, base: type) -> set[str]:
    """The modules of a folder that define public classes of a kind."""
    folder = importlib.import_module(f"{PACKAGE}.{kind}")
    names = [f"{PACKAGE}.{kind}.{module.name}" for module in pkgutil.iter_modules(folder.__path__)]
    return {
        name
        for name in names
        for _, member in inspect.getmembers(importlib.import_module(name), inspect.isclass)
        if member.__module__ == name and issubclass(member, base) and "._" not in name
    }


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        ("hooks", BaseHook),
        ("operators", BaseOperator),
        ("sensors", BaseOperator),
        ("triggers", BaseTrigger),
    ],
)
def test_every_module_that_users_import_from_is_listed(kind: str, base: type) -> None:
    assert listed(kind) == modules_that_define(kind, base)


def test_telling_airflow_about_the_package_needs_no_airflow() -> None:
    program = f"""
import sys
from {PACKAGE}.get_provider_info import get_provider_info
get_provider_info()
print(*sys.modules)
"""
    imported = set(run(program).stdout.split())
    assert f"{PACKAGE}.get_provider_info" in imported
    assert imported & {"airflow", "requests", "httpx", f"{PACKAGE}.api"} == set()


def test_parsing_a_dag_imports_what_constructing_its_tasks_needs_and_no_more() -> None:
    modules = sorted(listed("operators") | listed("sensors"))
    program = f"""
import sys
from airflow.providers.common.compat.sdk import BaseOperator
from airflow.triggers.base import BaseTrigger
before = set(sys.modules)
import {", ".join(modules)}
print(*set(sys.modules) - before)
"""
    imported = set(run(program).stdout.split())
    assert imported >= set(modules)
    only_at_run_time = ("requests", "httpx", f"{PACKAGE}.flows", f"{PACKAGE}.hooks.", f"{PACKAGE}.api.models")
    assert [name for name in imported if name.startswith(only_at_run_time)] == []
