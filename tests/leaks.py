"""Sees to it that no test brings an API key into a log: every record, and all that is printed, is searched.

All keys in tests begin with ``pcsk_``, as Pinecone's do, or are the emulator's own default. A test during
which one was logged or printed fails, and says by which logger. What a test does with keys in its own code is
its own affair: lines of source, as tracebacks show them, are not searched.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

KEY = re.compile(r"pcsk_\w|emulator-key")

_leaks: list[str] = []


def assert_no_key_in(directory: Path, keys: Iterable[str]) -> None:
    """Fail, and name file and line, where a file in or below a directory holds one of these keys."""
    files = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    assert files, f"There is no file in {directory} to look for a key in."
    wanted = re.compile(b"|".join(re.escape(key.encode()) for key in keys))
    assert wanted.pattern, "There is no key to look for."
    found = [
        f"{path}:{number}"
        for path in files
        for number, line in enumerate(path.read_bytes().splitlines(), start=1)
        if wanted.search(line)
    ]
    assert not found, f"An API key stands in {', '.join(found)}."


def pytest_configure() -> None:
    """Look at what is logged, and at what tests read of what was printed, which no report shows any more.

    Records are searched on their way to the handlers: Airflow takes handlers away, and not every logger
    propagates.
    """
    call_handlers = logging.Logger.callHandlers

    def search_and_call(logger: logging.Logger, record: logging.LogRecord) -> None:
        if KEY.search(_told(record)):
            _leaks.append(f"logger {record.name}")
        call_handlers(logger, record)

    logging.Logger.callHandlers = search_and_call  # type: ignore[method-assign] # all loggers

    read = pytest.CaptureFixture.readouterr

    def read_and_search(fixture: pytest.CaptureFixture[Any]) -> Any:
        printed = read(fixture)
        if KEY.search(f"{printed.out}{printed.err}"):
            _leaks.append("stdout or stderr")
        return printed

    pytest.CaptureFixture.readouterr = read_and_search  # type: ignore[method-assign] # all tests


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let each part of a test fail in which a key was logged or printed."""
    report = yield
    parts = [f"Captured {stream} {report.when}" for stream in ("stdout", "stderr")]
    printed = [title for title, text in report.sections if title in parts and KEY.search(text)]
    leaks = sorted({*_leaks, *printed})
    _leaks.clear()
    if leaks:
        complaint = f"An API key came out of {report.nodeid}: {', '.join(leaks)}."
        report.sections.append(("API key", complaint))
        if report.passed:
            report.outcome = "failed"
            report.longrepr = complaint
    return report


def _told(record: logging.LogRecord) -> str:
    """The message of a record, and what its exceptions say."""
    try:
        message = record.getMessage()
    except Exception:
        message = f"{record.msg} {record.args}"
    error = record.exc_info[1] if record.exc_info else None
    return "\n".join([message, *(f"{one} {one!r}" for one in chain_of(error))])


def chain_of(error: BaseException | None) -> list[BaseException]:
    """An exception, and all that it was raised from or while handling, also where that would not be shown."""
    chain: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and one not in chain:
            chain.append(one)
            waiting += [one.__cause__, one.__context__]
    return chain
