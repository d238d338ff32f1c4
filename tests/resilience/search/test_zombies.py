"""Two tries of one task alive at once leave one backup or index, however they are interleaved."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.resilience.search.runs import Setup
from tests.resilience.search.scene import scene
from tests.resilience.search.tasks import BackupTask, RestoreTask, Task
from tests.resilience.search.test_exhaustive import LITTLE_LAG, MUCH_LAG
from tests.resilience.search.zombies import interleavings

TASKS = [BackupTask("movies"), RestoreTask("movies-again", backup_id=scene().backup.backup_id)]


@pytest.mark.parametrize("has_store", [False, True])
@pytest.mark.parametrize("lag", [0.0, LITTLE_LAG, MUCH_LAG])
@pytest.mark.parametrize("task", TASKS, ids=["backup", "restore"])
def test_a_try_that_goes_on_beside_its_successor_does_no_harm(
    task: Task, lag: float, has_store: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = Setup(task, listing_lag=lag, has_store=has_store)
    made: Counter[int] = Counter()
    for when, meeting in interleavings(setup):
        assert not meeting.objections, f"{setup!r}, {when!r}: {meeting.objections}"
        made[meeting.made] += 1
    with capsys.disabled():
        name, counts = type(task).__name__, dict(sorted(made.items()))
        print(f"\n  {name}, listings lag {lag:g} s: {made.total():,} interleavings, made: {counts}")
    # Both looked before either asked: two backups are made, and an index only once, by its name.
    assert set(made) == ({1, 2} if isinstance(task, BackupTask) else {1})
