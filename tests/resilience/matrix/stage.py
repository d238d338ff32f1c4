"""Where a task is played, and what is seen of it there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

from tests.contract.conftest import Emulator
from tests.resilience.matrix.scene import SECONDS, Case, project_of, set_up
from tests.resilience.matrix.tries import Told, play
from tests.resilience.matrix.verdict import objections

C = TypeVar("C")


@dataclass(frozen=True)
class Stage:
    """An emulator, and the Airflow connection that leads to it."""

    emulator: Emulator
    conn_id: str


@dataclass(frozen=True)
class Played:
    """A task that was played to its end.

    :param log: the requests that it sent.
    :param cleared: what became of it after someone cleared it, where its tries had ended for good.
    :param objections: what did not hold in the end.
    """

    told: Told
    log: list[dict[str, Any]]
    objections: list[str]
    cleared: Told | None = None

    @property
    def met_its_fault(self) -> bool:
        return any(entry["outcome"] != "answered" for entry in self.log)


def play_on(
    stage: Stage,
    case: Case,
    *,
    deferrable: bool,
    faults: tuple[dict[str, Any], ...] = (),
    seconds: float | None = None,
) -> Played:
    """Play a task in a project of its own, some of whose requests meet faults.

    :param seconds: how long what it waits for takes. By default it ends at once; or, where the task defers,
        after a minute of a clock that stands still until then.
    """
    emulator = stage.emulator
    source = set_up(emulator)
    before = project_of(emulator)
    stands_still = deferrable and seconds is None
    if stands_still:
        emulator.freeze()
    takes = SECONDS if stands_still else seconds or 0.0
    emulator.change_settings(backup_seconds=takes, restore_seconds=takes)
    earlier = len(emulator.requests())
    emulator.set_faults(*faults)

    def make() -> Any:
        return case.make(source=source, deferrable=deferrable, pinecone_conn_id=stage.conn_id)

    def meanwhile() -> None:
        if stands_still:
            emulator.advance(SECONDS)

    told, cleared, token = play(make, meanwhile=meanwhile), None, case.token(source)
    if told.is_final:
        cleared = play(make, meanwhile=meanwhile, cleared_after=told.tries)
        token = case.token(source, generation=told.tries)
    log = emulator.requests()[earlier:]
    after = project_of(emulator)
    found = objections(case, cleared or told, log, token=token, before=before, after=after)
    return Played(told, log, found, cleared)


def play_abreast(
    stages: Sequence[Stage], cells: Sequence[C], play_cell: Callable[[Stage, C], Played]
) -> dict[C, Played]:
    """Play every cell of a table, as many at once as there are stages."""
    free: SimpleQueue[Stage] = SimpleQueue()
    for stage in stages:
        free.put(stage)

    def play_on_free_stage(cell: C) -> Played:
        stage = free.get()
        try:
            return play_cell(stage, cell)
        finally:
            free.put(stage)

    with ThreadPoolExecutor(len(stages)) as pool:
        return dict(zip(cells, pool.map(play_on_free_stage, cells), strict=True))
