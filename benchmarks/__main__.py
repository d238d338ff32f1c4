"""Run every benchmark and write docs/benchmarks.md anew."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks import (
    emulator_copying,
    emulator_listing,
    import_cost,
    polling,
    reading_pages,
    retention,
    triggerer,
    verifying,
    waiting_cost,
)

BENCHMARKS = (
    import_cost,
    reading_pages,
    retention,
    verifying,
    polling,
    waiting_cost,
    triggerer,
    emulator_copying,
    emulator_listing,
)
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

`make bench` runs the scripts in `benchmarks/` one after the other on one machine, and writes their results
here. Compare the rows of a table with each other, not with rows of another run.

Machine: {cores} cores, {system}, Python {python}, Airflow {airflow}.
"""


def main() -> None:
    """Run them all, then write the page."""
    head = HEAD.format(
        cores=os.cpu_count(),
        system=platform.system(),
        python=platform.python_version(),
        airflow=version("apache-airflow"),
    )
    sections = []
    for benchmark in BENCHMARKS:
        table = benchmark.measure()
        script = f"benchmarks/{benchmark.__name__.rsplit('.', 1)[-1]}.py"
        sections.append(table.markdown(script=script))
        print(sections[-1], flush=True)
    PAGE.write_text("\n".join([head, *sections]))


if __name__ == "__main__":
    main()
