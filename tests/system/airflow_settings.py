"""What a whole Airflow on one laptop is told, beside its defaults: one mapping of environment variables."""

from __future__ import annotations

import json
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from tests.system.processes import free_port

USERNAME = "admin"
PASSWORD = "admin"

_SQLITE_MODULE = "patient_sqlite"
_SQLITE_BUSY_SECONDS = 60


def prepare_home(home: Path) -> None:
    """Write the two files that Airflow wants to read rather than to be told: the login, SQLite's patience."""
    (home / "config").mkdir(parents=True)
    (home / "logs").mkdir()
    (home / "plugins").mkdir()
    (home / "passwords.json").write_text(json.dumps({USERNAME: PASSWORD}))
    # With SQLite's own 5 seconds the scheduler dies of "database is locked" when many tasks end together.
    (home / "config" / f"{_SQLITE_MODULE}.py").write_text(
        f"SYNC = {{'timeout': {_SQLITE_BUSY_SECONDS}}}\nASYNC = {{'timeout': {_SQLITE_BUSY_SECONDS}}}\n"
    )


def environment(
    *, home: Path, dags_folder: Path, api_port: int, parallelism: int, database: Mapping[str, str] | None
) -> dict[str, str]:
    """
    Return the environment of every component of an Airflow that lives in ``home`` and listens on loopback.

    The caller's own ``AIRFLOW*`` variables are left out: a demo must not touch the Airflow that somebody
    works with.

    :param home: a directory made by :func:`prepare_home`.
    :param dags_folder: where the DAG files are.
    :param api_port: the port of the UI and of both APIs.
    :param parallelism: how many tasks run at the same time.
    :param database: the variables that name the metadata database; None for a file of SQLite's in ``home``.
    """
    url = f"http://127.0.0.1:{api_port}"
    settings = {
        ("core", "executor"): "LocalExecutor",
        ("core", "parallelism"): str(parallelism),
        ("core", "load_examples"): "False",
        ("core", "dags_folder"): str(dags_folder),
        ("core", "plugins_folder"): str(home / "plugins"),
        ("core", "fernet_key"): urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        # The default asks the network for this machine's name, which takes seconds on some laptops.
        ("core", "hostname_callable"): "socket.gethostname",
        ("core", "simple_auth_manager_users"): f"{USERNAME}:admin",
        ("core", "simple_auth_manager_passwords_file"): str(home / "passwords.json"),
        ("core", "execution_api_server_url"): f"{url}/execution/",
        ("api", "host"): "127.0.0.1",
        ("api", "port"): str(api_port),
        ("api", "base_url"): url,
        ("api", "secret_key"): secrets.token_hex(16),
        ("api_auth", "jwt_secret"): secrets.token_hex(32),
        # By default new files are looked for every five minutes.
        ("dag_processor", "refresh_interval"): "5",
        # By default a task gives up on an API server that is kept from the CPU for five seconds.
        ("workers", "execution_api_timeout"): "30",
        ("logging", "base_log_folder"): str(home / "logs"),
        ("logging", "worker_log_server_port"): str(free_port()),
        ("logging", "trigger_log_server_port"): str(free_port()),
        ("usage_data_collection", "enabled"): "False",
    }
    variables = {f"AIRFLOW__{section}__{key}".upper(): value for (section, key), value in settings.items()}
    return {
        **_without_airflow(os.environ),
        **variables,
        **(_sqlite(home) if database is None else database),
        "AIRFLOW_HOME": str(home),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def _sqlite(home: Path) -> dict[str, str]:
    return {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": f"{_SQLITE_MODULE}.SYNC",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS_ASYNC": f"{_SQLITE_MODULE}.ASYNC",
    }


def _without_airflow(variables: Mapping[str, str]) -> dict[str, str]:
    # Bytecode is kept whatever the caller prefers: without it every component compiles all of Airflow anew.
    unwanted = ("AIRFLOW", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in variables.items() if not name.upper().startswith(unwanted)}
