"""``make up`` as a newcomer runs it: what it prints, and how Ctrl-C ends it."""

from __future__ import annotations

import re
from contextlib import closing

from tests.system.airflow_api import AirflowApi
from tests.system.airflow_settings import PASSWORD, USERNAME
from tests.system.demo_process import REPOSITORY, running_demo

DIRECTORY = REPOSITORY / ".demo"


def test_make_up_says_where_everything_is_until_ctrl_c_ends_it() -> None:
    before = set(DIRECTORY.glob("*"))
    with running_demo(DIRECTORY, ["make", "up"]) as up:
        up.wait_for("Ctrl-C stops it")
        url = re.search(r"^  Airflow +(\S+)$", up.output, re.MULTILINE)
        assert url is not None
        with closing(AirflowApi(url[1], username=USERNAME, password=PASSWORD)) as api:
            dags = api.dag_ids()
        up.press_ctrl_c()
        _, output = up.end()
        left = up.running()

    assert "pinecone_nightly_backup" in dags
    assert f"user {USERNAME}, password {PASSWORD}" in output
    assert re.search(r"^  Pinecone +http://127\.0\.0\.1:\d+,", output, re.MULTILINE)
    assert re.search(r"API key \w+$", output, re.MULTILINE)
    assert "Admin > Connections does not list it" in output
    assert f"First, open {url[1]}/dags/pinecone_nightly_backup and press Trigger" in output
    assert output.endswith("\nStopped. Nothing is left running.\n")  # not make's "Error 130"
    assert left == []
    assert set(DIRECTORY.glob("*")) == before
