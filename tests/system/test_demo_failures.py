"""How ``make demo`` fails or is interrupted: it names the reason, and leaves nothing running."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import httpx
import pytest

from tests.system.demo_process import Demo


def test_a_backup_that_fails_is_told_with_its_reason_and_log(demo: Demo) -> None:
    emulator = demo.wait_for(r"emulator listens on (\S+)")
    settings, control = {"next_backups": ["InitializationFailed"]}, {"X-Emulator-Control": "1"}
    url = f"{emulator}/_emulator/settings"
    httpx.put(url, json=settings, headers=control, trust_env=False).raise_for_status()

    exit_code, output = demo.end()

    assert exit_code == 1
    reason, log = re.findall(r"^(?:The demo failed|Log): (.*)$", output, re.MULTILINE)
    assert re.match(r"back_up\[.*\] of pinecone_nightly_backup failed: ", reason)
    assert "InitializationFailed" in reason
    assert "InitializationFailed" in Path(log).read_text()
    assert "backup_id " not in output
    assert demo.running() == []


def test_a_scheduler_that_is_killed_is_named_instead_of_waited_for(demo: Demo) -> None:
    demo.wait_for(r"back_up\[.*\]: running")
    for scheduler in demo.running("airflow scheduler"):
        scheduler.kill()

    exit_code, output = demo.end()

    assert exit_code == 1
    assert "\nThe demo failed: The scheduler was killed by SIGKILL\n" in output
    log = re.search(r"^Log: (.*)$", output, re.MULTILINE)
    assert log is not None
    assert Path(log[1]).name == "scheduler.log"
    assert demo.running() == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_ends_all_that_it_started(demo: Demo, signum: signal.Signals) -> None:
    demo.wait_for("the database is made")
    demo.send(signum)

    exit_code, output = demo.end()

    assert exit_code == 130
    assert "Nothing is left running." in output
    assert demo.running() == []
    assert list(demo.directory.iterdir()) == []
