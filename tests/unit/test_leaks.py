"""A test that lets an API key into a log fails, and says by which logger; a key in code is no leak."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks import assert_no_key_in

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "tests.leaks", "-p", "no:cacheprovider")
MEDDLING = """
import logging
import sys

import pytest

KEY = "pcsk_secret"
log = logging.getLogger("some.library")

@pytest.fixture
def loud():
    yield
    log.warning("bye %s", KEY)

def test_message():
    log.warning("hello %s", KEY)

def test_silent_logger():
    logging.getLogger("deaf").propagate = False
    logging.getLogger("deaf").addHandler(logging.NullHandler())
    logging.getLogger("deaf").error(KEY)

def test_error_behind_an_error():
    try:
        try:
            raise ValueError(KEY)
        except ValueError:
            raise KeyError("x") from None
    except KeyError:
        log.exception("no")

def test_stdout():
    print(KEY)

def test_stderr():
    print(KEY, file=sys.stderr)

def test_read_stdout(capsys):
    print(KEY)
    capsys.readouterr()

def test_teardown(loud):
    pass

def test_key_in_code():
    key = "pcsk_secret"
    try:
        assert key == "pcsk_secret"; raise ValueError("some error")  # "pcsk_secret"
    except ValueError:
        log.exception("no")
"""


def test_each_way_of_letting_a_key_out_fails_the_test_that_did(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(MEDDLING)
    ended = subprocess.run(
        [*PYTEST, "-c", os.devnull, "--rootdir", tmp_path, tmp_path],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = ended.stdout
    for test, way in [
        ("test_message", "logger some.library"),
        ("test_silent_logger", "logger deaf"),
        ("test_error_behind_an_error", "logger some.library"),
        ("test_stdout", "Captured stdout call"),
        ("test_stderr", "Captured stderr call"),
        ("test_read_stdout", "stdout or stderr"),
        ("test_teardown", "logger some.library"),
    ]:
        assert f"An API key came out of test_it.py::{test}: {way}." in said
    # The two that pass are the one whose teardown failed, and the one that has the key in its code alone.
    assert "6 failed, 2 passed, 1 error" in said
    assert ended.returncode == 1


def test_a_key_in_a_file_is_told_by_file_and_line_and_not_by_itself(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "task.log").write_bytes(b"one\ntwo \xff\nkey=pcsk_secret\n")
    (tmp_path / "clean.log").write_text("nothing")
    with pytest.raises(AssertionError, match=r"deep/task\.log:3\.") as caught:
        assert_no_key_in(tmp_path, ["other-key", "pcsk_secret"])
    assert "pcsk_secret" not in str(caught.value)
    assert_no_key_in(tmp_path, ["other-key"])


def test_there_must_be_something_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no file"):
        assert_no_key_in(tmp_path, ["pcsk_secret"])
    (tmp_path / "clean.log").write_text("nothing")
    with pytest.raises(AssertionError, match="no key"):
        assert_no_key_in(tmp_path, [])
