"""An environment for each judge of the emulator, made from its pins when it is first needed.

They stand in ``.venvs/``. One that was made from the same pins is taken as it is.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROJECT = Path(__file__).parents[2]
ENVIRONMENTS = PROJECT / ".venvs"
JUDGES = Path(__file__).parent / "programs"
PACKAGES = JUDGES / "typescript" / "package.json"

UV = (sys.executable, "-m", "uv")
ASK_PYPI = ("pip", "compile", "-", "--quiet", "--no-cache", "--no-deps")
ASK_NPM = ("view", "npm", "version", "--prefer-online", "--fetch-retries=0")


def python_environment(name: str) -> Path:
    """Give the folder of an environment with the packages of ``constraints/{name}.txt``."""
    pins = PROJECT / "constraints" / f"{name}.txt"
    folder = ENVIRONMENTS / name
    with made_from(pins, folder) as is_new:
        if is_new:
            _run(*UV, "venv", "--quiet", "--clear", "--python", sys.executable, folder)
            install = (*UV, "pip", "install", "--quiet", "--python", folder, "--requirements", pins)
            _install(install, ask=(*UV, *ASK_PYPI), registry="PyPI")
    return folder


def node_environment(name: str) -> Path:
    """Give the folder of an environment with node and the packages of ``typescript/package.json``."""
    folder = python_environment(name)
    packages = folder / PACKAGES.name
    with made_from(PACKAGES, folder / "node_modules") as is_new:
        if is_new:
            npm = folder / "bin" / "npm"
            packages.write_text(PACKAGES.read_text())
            install = (npm, "install", "--no-package-lock", "--ignore-scripts", "--prefix", folder)
            _install(install, ask=(npm, *ASK_NPM), registry="npm's registry")
    return folder


def run_in(folder: Path, program: str, *arguments: str | Path, **variables: str) -> str:
    """Run a program of an environment in the project's folder and give what it prints; fail as it fails."""
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    environment = {**os.environ, **variables, "PATH": path, "PYTHONPATH": str(PROJECT)}
    done = _run(folder / "bin" / program, *arguments, check=False, env=environment)
    if done.returncode:
        pytest.fail(done.stdout, pytrace=False)
    return done.stdout


def run_pytest(folder: Path, *arguments: str | Path, **variables: str) -> str:
    """Run a judge's own tests, with nothing of the project's configuration, and with its pytest plugin."""
    options = ["-c", os.devnull, "--rootdir", PROJECT, "--confcutdir", JUDGES, "--import-mode", "importlib"]
    plugins = ["-p", "no:cacheprovider", "-p", "airflow_provider_pinecone.emulator.pytest_plugin"]
    return run_in(folder, "pytest", "-q", *options, *plugins, *arguments, **variables)


@contextmanager
def made_from(pins: Path, folder: Path) -> Iterator[bool]:
    """Say whether the folder is to be made anew from the pins, and remember the pins when it has been."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    installed = folder / "installed"
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs must not make it at once
        is_new = not installed.exists() or installed.read_text() != pins.read_text()
        yield is_new
        if is_new:
            installed.write_text(pins.read_text())


def _install(command: Sequence[str | Path], *, ask: Sequence[str | Path], registry: str) -> None:
    for _ in range(2):  # a registry may be out of reach for a moment
        done = _run(*command, check=False)
        if done.returncode == 0:
            return
    # Whatever the installer says: the registry is out of reach if it does not answer a simple question.
    asked = _run(*ask, check=False, stdin="pip")
    if asked.returncode == 0:
        pytest.fail(f"{registry} answers, but not everything can be installed:\n{done.stdout}", pytrace=False)
    reason = " ".join(asked.stdout.split())
    pytest.skip(f"{registry} is out of reach: {reason[:300]}")


def _run(
    *command: str | Path, check: bool = True, stdin: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=check,
        input=stdin,
        env=env,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
