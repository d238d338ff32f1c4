"""What the demo tells: progress while it runs, a table at its end, or the reason of its failure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.system.airflow_api import TaskInstance
from tests.system.processes import LoggedError


@dataclass
class Report:
    """Prints what happens while it happens, and remembers what the table shows."""

    started: float = field(default_factory=time.monotonic)
    facts: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def say(self, line: str) -> None:
        """Print a line of progress, after the seconds since the start."""
        print(f"{time.monotonic() - self.started:6.1f} s  {line}", flush=True)

    def detail(self, line: str) -> None:
        """Print a line about the step that is being done."""
        self.say(f"    {line}")

    def task(self, task: TaskInstance) -> None:
        """Print that a task instance was seen in a new state."""
        self.detail(f"{task.label}: {task.state}")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step and measure it."""
        self.say(name)
        started = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - started

    def print_table(self) -> None:
        """Print the facts, then the seconds of each step."""
        total = {"all": time.monotonic() - self.started}
        durations = {name: f"{seconds:.1f} s" for name, seconds in (self.seconds | total).items()}
        rows = [*self.facts.items(), ("", ""), *durations.items()]
        width = max(len(name) for name, _ in rows)
        print()
        for name, value in rows:
            print(f"  {name:<{width}}  {value}".rstrip())
        print(flush=True)

    def print_failure(self, error: LoggedError) -> None:
        """Print the reason in one line, the log's path, and the lines of it that matter."""
        print(f"\nThe demo failed: {error}\nLog: {error.log}", flush=True)
        for line in error.lines:
            print(f"  | {line}", flush=True)
