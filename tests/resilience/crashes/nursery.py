"""A process that has loaded the emulator once, and bears a fresh one for every line of arguments it reads.

An emulator that is killed a hundred times would else spend most of the test's time on its imports. Each one
prints its process id, and then what the emulator prints.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from airflow_provider_pinecone.emulator.__main__ import main as emulator
from tests.system import guard

if TYPE_CHECKING:
    from collections.abc import Iterator


class Nursery:
    """Starts emulators, one after the other, in processes that can be killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def bear(self, *arguments: str) -> tuple[int, httpx.Client]:
        """Start an emulator; give the id of its process, and a client of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(["--port", "0", *arguments]) + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        ready = json.loads(self._process.stdout.readline())
        return pid, httpx.Client(
            base_url=ready["url"], headers={"Api-Key": ready["api_key"]}, trust_env=False
        )


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Open a nursery; whatever is left of it is gone when it closes."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.resilience.crashes.nursery"],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as process:
        guard.begun(process.pid)
        try:
            yield Nursery(process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            guard.ended(process.pid)


def main() -> None:
    """Bear emulators until there are no more lines."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            print(os.getpid(), flush=True)
            emulator(json.loads(line))
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
