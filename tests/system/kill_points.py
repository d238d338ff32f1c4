"""At which moments of its work a task is killed: every one, of every request that an operator makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Mode = Literal["worker", "triggerer"]
Operator = Literal["backup", "restore"]
Moment = Literal["before", "acted", "answered"]
"""Before a request is sent; when the server has acted, before its answer is looked at; and after that."""

MOMENTS: tuple[Moment, ...] = ("before", "acted", "answered")

LOOK = "GET /indexes/*/backups"
POST_BACKUP = "POST /indexes/*/backups"
READ_BACKUP = "GET /backups/*"
EARLIER_BACKUPS = "GET /indexes/*/backups?include_deleted"
READ_INDEX = "GET /indexes/*"
READ_JOB = "GET /restore-jobs/*"
REMEMBER = "set airflow_provider_pinecone"

BEGIN_BACKUP = (LOOK, POST_BACKUP, REMEMBER, "xcom_push backup_id", READ_BACKUP)
_BEGIN_RESTORE = (
    READ_INDEX,
    READ_BACKUP,
    "POST /backups/*/create-index",
    REMEMBER,
    "xcom_push restore_job_id",
    "xcom_push index_name",
    "xcom_push index_id",
    EARLIER_BACKUPS,
    "GET /restore-jobs",
    READ_JOB,
)

STEPS: dict[tuple[Operator, Mode], tuple[tuple[str, ...], ...]] = {
    ("backup", "worker"): ((*BEGIN_BACKUP, EARLIER_BACKUPS),),
    ("backup", "triggerer"): (BEGIN_BACKUP, (READ_BACKUP, EARLIER_BACKUPS)),
    ("restore", "worker"): ((*_BEGIN_RESTORE, READ_INDEX, "xcom_push host"),),
    ("restore", "triggerer"): (_BEGIN_RESTORE, (READ_JOB, READ_INDEX, "xcom_push host")),
}
"""
What each process of a task does in turn: the one that begins, and the one that goes on after a deferral.

Requests that are repeated until they say what is hoped for stand here once. What is put on record, as an XCom
(``xcom_push``) or in the task state store (``set``), counts as a step.
"""


@dataclass(frozen=True)
class Point:
    """
    One moment to die at.

    :param process: 0 for the process that begins, 1 for the one that goes on after a deferral.
    :param step: the number of the step in that process.
    """

    operator: Operator
    mode: Mode
    process: int
    step: int
    moment: Moment

    @property
    def name(self) -> str:
        """What the step does."""
        return STEPS[self.operator, self.mode][self.process][self.step]

    @property
    def index_name(self) -> str:
        """The index that the killed task backs up, or makes: one of its own for each point."""
        return f"{self.operator}-{self.mode}-{self.process}-{self.step}-{self.moment}"

    @property
    def told(self) -> str:
        """The point in words."""
        when = "after" if self.moment == "answered" else self.moment
        resumed = ", resumed" if self.process else ""
        return f"{self.operator} in {self.mode}{resumed}: {when} {self.name}"


def points_of(operator: Operator, mode: Mode) -> Iterator[Point]:
    """Return every point of an operator that waits in a mode."""
    for process, steps in enumerate(STEPS[operator, mode]):
        for step, name in enumerate(steps):
            for moment in MOMENTS if name.startswith(("GET ", "POST ")) else ("answered",):
                yield Point(operator, mode, process, step, moment)


POINTS = [point for operator, mode in STEPS for point in points_of(operator, mode)]


def unharmed(operator: Operator, mode: Mode) -> str:
    """The index of the one task that nobody kills."""
    return f"{operator}-{mode}-unharmed"
