"""A PostgreSQL server of the tests' own, which can be restarted while an Airflow works with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.system.processes import LoggedError, Process, free_port, stop

READY_SECONDS = 60.0
STOP_SECONDS = 60.0

SERVER_USER = "postgres"
"""Whom the server runs as where the tests run as root, which it refuses to do."""


def server_programs() -> Path | None:
    """Return where the newest server on this machine has its programs; None where there is none."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    programs = [Path(on_path).resolve()] if on_path else debian
    return programs[-1].parent if programs else None


class Postgres:
    """
    A server on loopback, running between ``with`` and the end of its block.

    :param programs: from :func:`server_programs`.
    :param log: the file that the server writes its log to.
    """

    def __init__(self, programs: Path, *, log: Path) -> None:
        self._programs = programs
        # Not below the test's own directory: the server's user may not enter that one.
        self._directory = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._port = free_port()
        data = str(self._directory / "data")
        self._initdb = [
            *_as_server_user(),
            str(programs / "initdb"),
            "--pgdata",
            data,
            "--username=airflow",
            "--locale=C",
            "--encoding=UTF8",
        ]
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self._port,
            "unix_socket_directories": "",
            "max_connections": 200,
            # What is lost when the machine goes down, the tests would have lost all the same.
            "fsync": "off",
        }
        settings = [f"--{name}={value}" for name, value in options.items()]
        self.process = Process(
            "database",
            [*_as_server_user(), str(programs / "postgres"), "-D", data, *settings],
            log=log,
            env=os.environ,
        )

    def __enter__(self) -> Self:
        try:
            if os.geteuid() == 0:
                shutil.chown(self._directory, SERVER_USER, SERVER_USER)
            subprocess.run(
                [*self._initdb, "--auth=trust", "--no-sync"], check=True, capture_output=True, cwd="/"
            )
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._end()

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables by which Airflow uses this database."""
        where = f"airflow@127.0.0.1:{self._port}/postgres"
        return {
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{where}",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://{where}",
        }

    def start(self) -> None:
        """Start it, or start it again after :meth:`stop`, and wait until it lets clients in."""
        self.process.start()
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            self.process.check()
            if time.monotonic() > deadline:
                raise LoggedError("The database did not start in time", log=self.process.log)
            time.sleep(0.2)

    def stop(self) -> None:
        """Shut it down the fast way, as an upgrade does: clients are cut off, nothing is lost."""
        os.kill(self.process.pid, signal.SIGINT)
        self.process.wait(STOP_SECONDS)
        self.process.kill()

    def _is_ready(self) -> bool:
        ask = [str(self._programs / "pg_isready"), "--host=127.0.0.1", f"--port={self._port}", "--quiet"]
        return subprocess.run(ask, check=False).returncode == 0

    def _end(self) -> None:
        stop([self.process])
        shutil.rmtree(self._directory, ignore_errors=True)


def _as_server_user() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={SERVER_USER}", f"--regid={SERVER_USER}", "--clear-groups"]
