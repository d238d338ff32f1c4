"""``make demo`` as a user runs it: what it shows, and that it leaves nothing behind."""

from __future__ import annotations

import re

from tests.system.demo_process import Demo


def test_the_demo_backs_up_and_restores_and_leaves_nothing_behind(demo: Demo) -> None:
    exit_code, output = demo.end()

    assert exit_code == 0
    assert re.search(r"^  backup_id +[0-9a-f-]{36}$", output, re.MULTILINE)
    assert re.search(r"^  restore_job_id +[0-9a-f-]{36}$", output, re.MULTILINE)
    assert re.search(r"^  restored index +movies-restored$", output, re.MULTILINE)
    assert re.search(r"^  records +1000$", output, re.MULTILINE)
    for step in ("start Airflow", "back up", "restore", "compare"):
        assert re.search(rf"^  {step} +\d+\.\d s$", output, re.MULTILINE)
    assert "back_up[movies]: deferred" in output
    assert "restore: deferred" in output
    assert demo.running() == []
    assert list(demo.directory.iterdir()) == []
