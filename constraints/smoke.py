"""Try the pins: install each supported Airflow from them, migrate a database, start its API and ask it.

Prints one line for each Airflow; exits non-zero if one of them failed.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from resolve import RELEASES

ROOT = Path(__file__).parent.parent
START_WITHIN = 120  # seconds
STOP_WITHIN = 20  # seconds


class Failure(Exception):
    """A step that failed, with what there is to read about it."""


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run ``command`` in the project's folder; its last words go into the failure."""
    done = subprocess.run(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command))} exited {done.returncode}\n{done.stdout[-3000:]}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as unbound:
        unbound.bind(("127.0.0.1", 0))
        port: int = unbound.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], *, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``command`` with its children in a process group of their own, and leave none of them behind."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield server
        finally:
            stop_group(server)


def stop_group(leader: subprocess.Popen[bytes]) -> None:
    """Ask the group to end, wait for its last member, and then no longer ask."""
    deadline = time.monotonic() + STOP_WITHIN
    try:
        os.killpg(leader.pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            leader.poll()
            os.killpg(leader.pid, 0)
            time.sleep(0.1)
        os.killpg(leader.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    leader.wait()


def answered_version(url: str, server: subprocess.Popen[bytes], log: Path) -> str:
    """The version that the API at ``url`` says it is, once it answers."""
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return str(httpx.get(url, timeout=5, trust_env=False).raise_for_status().json()["version"])
        except httpx.HTTPError:
            time.sleep(0.25)
    end = f"exited {server.returncode}" if server.returncode is not None else "did not answer"
    raise Failure(f"the API {end}\n{log.read_text()[-3000:]}")


def try_out(airflow: str) -> float:
    """Take one Airflow from its pins to an answer of its API.

    :return: the seconds its API took to answer.
    :raises Failure: at the first step that fails.
    """
    run("make", "--silent", f".venvs/airflow-{airflow}")
    environment = ROOT / ".venvs" / f"airflow-{airflow}"
    run(sys.executable, "-m", "uv", "pip", "check", "--python", environment)
    with tempfile.TemporaryDirectory(prefix="airflow-smoke-") as home:
        env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        env |= {"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        executable = str(environment / "bin" / "airflow")
        run(executable, "db", "migrate", env=env)
        port = str(free_port())
        if airflow.startswith("2."):
            serve, path = [executable, "webserver", "--hostname", "127.0.0.1"], "/api/v1/version"
        else:
            serve, path = [executable, "api-server", "--host", "127.0.0.1"], "/api/v2/version"
        log = Path(home, "api.log")
        started = time.monotonic()
        with running([*serve, "--port", port, "--workers", "1"], env=env, log=log) as server:
            version = answered_version(f"http://127.0.0.1:{port}{path}", server, log)
            seconds = time.monotonic() - started
    if version != airflow:
        raise Failure(f"its API says that it is Airflow {version}")
    return seconds


def main() -> int:
    """Try all releases, each to its end."""
    failed = False
    for release in RELEASES:
        try:
            seconds = try_out(release.airflow)
        except Failure as failure:
            failed = True
            print(f"Airflow {release.airflow}: failed, {failure}", flush=True)
        else:
            print(f"Airflow {release.airflow}: its API answered after {seconds:.0f} s", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
