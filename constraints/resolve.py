"""Resolve every supported Airflow, as of its release, into a plain file of pins.

Airflow is only known to work with the packages that existed when it was released; resolved without an end
date, older releases no longer start. Each set is made on the lowest Python it must install on; what a newer
Python needs besides is added, so that one file serves them all.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PYPROJECT = HERE.parent / "pyproject.toml"

# The judges of our work are those that users install now: Pinecone's SDK and the official provider. The tools
# (with what they need) are never imported by Airflow. Neither has to be as old as an Airflow.
TODAY = "2026-11-20T00:00:00Z"
JUDGES = ("apache-airflow-providers-pinecone", "pinecone")
TOOLS = ("ast-serialize", "grimp", "import-linter", "librt", "mypy", "mypy-extensions", "ruff", "uv")


@dataclass(frozen=True)
class Release:
    """An Airflow release and what is resolved with it.

    :param airflow: the version of ``apache-airflow``.
    :param as_of: nothing uploaded after this moment (UTC) is taken.
    :param pythons: the Pythons the set must install on; it is resolved on the first.
    :param group: the dependency group of pyproject.toml that is resolved along.
    :param besides: requirements of ours that pyproject.toml does not name.
    :param newer: packages that are taken as of ``TODAY`` instead.
    """

    airflow: str
    as_of: str
    pythons: tuple[str, ...]
    group: str = "test"
    besides: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()

    @property
    def pins(self) -> Path:
        """The file that holds the resolved set."""
        return HERE / f"airflow-{self.airflow}.txt"


# `as_of` is about three days after the upload of each release: its sibling distributions (core, task SDK,
# providers) are out by then, and the releases that break it are not.
RELEASES = (
    Release("2.11.2", as_of="2026-03-17T00:00:00Z", pythons=("3.11", "3.12")),  # uploaded 2026-03-14
    Release("3.1.8", as_of="2026-03-14T00:00:00Z", pythons=("3.11", "3.12", "3.13")),  # uploaded 2026-03-11
    Release("3.2.2", as_of="2026-06-01T00:00:00Z", pythons=("3.11", "3.12", "3.13")),  # uploaded 2026-05-29
    Release(
        "3.3.2",
        as_of="2026-09-20T00:00:00Z",  # uploaded 2026-09-17
        pythons=("3.11", "3.12", "3.13"),
        group="dev",
        besides=("apache-airflow-providers-postgres",),  # docker-compose.yml runs Airflow on Postgres
        newer=(*JUDGES, *TOOLS),
    ),
)


def resolve(release: Release, *, python: str, pins: Mapping[str, str]) -> dict[str, str]:
    """Resolve ``release`` on ``python``, together with the ``pins`` already made on other Pythons.

    :return: versions by package name.
    :raises SystemExit: where no set of packages fits; uv has said why.
    """
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", str(PYPROJECT)]
    command += ["--quiet", "--no-header", "--no-annotate"]
    command += ["--python-version", python, "--python-platform", "x86_64-unknown-linux-gnu"]
    command += ["--extra", "emulator", "--group", release.group, "--exclude-newer", release.as_of]
    for package in release.newer:
        command += ["--exclude-newer-package", f"{package}={TODAY}"]
    wanted = [f"apache-airflow=={release.airflow}", *release.besides, *lines(pins)]
    run = subprocess.run(command, input="\n".join(wanted), stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"Airflow {release.airflow} has no pins for Python {python} as of {release.as_of}.")
    return dict(line.split("==") for line in run.stdout.splitlines())


def lines(pins: Mapping[str, str]) -> list[str]:
    """The ``pins`` as requirements, by name."""
    return [f"{name}=={version}" for name, version in sorted(pins.items())]


def write(pins: Mapping[str, str], path: Path) -> None:
    """Write ``pins`` to ``path``, leaving an equal file untouched so that make installs nothing anew."""
    text = "\n".join(lines(pins)) + "\n"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main() -> None:
    """Resolve all releases and say what came of it."""
    for release in RELEASES:
        pins: dict[str, str] = {}
        for python in release.pythons:
            pins = resolve(release, python=python, pins=pins)
        write(pins, release.pins)
        print(f"Airflow {release.airflow}: {len(pins)} packages as of {release.as_of}, {release.pins.name}")


if __name__ == "__main__":
    main()
