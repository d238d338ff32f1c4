"""What listing a thousand backups costs the emulator, beside as many requests that read nothing."""

from __future__ import annotations

from statistics import median

from benchmarks.emulator import Cost, Emulator, running
from benchmarks.table import Table

BACKUPS = 1_000
PAGE = 100
ROUNDS = 5
SCHEMA = {"fields": {"_values": {"type": "dense_vector", "dimension": 8, "metric": "cosine"}}}


def measure() -> Table:
    """List all, by the project and by the index, in pages and at once; ask for health as often."""
    cases: dict[str, list[Cost]] = {}
    with running() as emulator:
        emulator.create("/indexes", name="docs", schema=SCHEMA)
        for number in range(BACKUPS):
            emulator.create("/indexes/docs/backups", name=f"backup-{number}")
        pages = _list(emulator, "/backups", limit=PAGE)
        for _ in range(ROUNDS):
            for case, path, limit in (
                (f"the project, in pages of {PAGE}", "/backups", PAGE),
                (f"the index, in pages of {PAGE}", "/indexes/docs/backups", PAGE),
                ("the project, on one page", "/backups", BACKUPS + 1),
            ):
                with emulator.measured() as cost:
                    _list(emulator, path, limit=limit)
                cases.setdefault(case, []).extend(cost)
            with emulator.measured() as cost:
                for _ in range(pages):
                    emulator.api.get("/_emulator/health").raise_for_status()
            cases.setdefault(f"none, in {pages} requests", []).extend(cost)
    return Table(
        title="Listing backups in the emulator",
        method=f"Each row lists all {BACKUPS:,} backups, one request after the other; the last of the "
        f"{pages} pages is empty. For comparison, the last row sends as many requests that read nothing. "
        f"Each row is the median of {ROUNDS} rounds; each round measures all rows.",
        header=["listing", "time", "CPU time"],
        rows=[
            [
                case,
                f"{median(cost.seconds for cost in costs) * 1000:.0f} ms",
                f"{median(cost.cpu_seconds for cost in costs) * 1000:.0f} ms",
            ]
            for case, costs in cases.items()
        ],
    )


def _list(emulator: Emulator, path: str, *, limit: int) -> int:
    """List all backups, and give the number of pages."""
    ids: list[str] = []
    token, pages = "", 0
    while token is not None:
        asked = {"limit": limit} | ({"paginationToken": token} if token else {})
        answer = emulator.api.get(path, params=asked).raise_for_status().json()
        ids += [row["backup_id"] for row in answer["data"]]
        token = answer["pagination"] and answer["pagination"]["next"]
        pages += 1
    if len(set(ids)) != BACKUPS:
        raise RuntimeError(f"{path} listed {len(set(ids))} backups rather than {BACKUPS}.")
    return pages


if __name__ == "__main__":
    print(measure().markdown(script=__file__))
