"""How tasks fail: one error with the line that tells why, without the way it took through the provider."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_pinecone.api.errors import PineconeBackupFailedError, PineconeError
from airflow_provider_pinecone.operators.backup import PineconeCreateBackupOperator
from airflow_provider_pinecone.sensors.backup import PineconeBackupSensor
from tests.airflow.conftest import context_of
from tests.contract.conftest import Emulator


def failure_of(operator: Any) -> BaseException:
    """What a task of this operator ends with."""
    with pytest.raises((PineconeError, AirflowFailException)) as caught:
        operator.execute(context_of(operator))
    return caught.value


def shown(error: BaseException) -> str:
    """What Airflow logs of it."""
    return "".join(traceback.format_exception(error))


@pytest.fixture
def failing(movies: dict[str, Any], connected: Emulator) -> None:
    """A project in which the next backup fails."""
    connected.change_settings(next_backups=["InitializationFailed"])


def test_a_failure_that_ends_the_task_is_told_once_and_without_a_long_traceback(
    movies: dict[str, Any],
) -> None:
    error = failure_of(PineconeCreateBackupOperator(task_id="back_up", index_name="movies", min_records=7))
    assert isinstance(error, AirflowFailException)
    assert shown(error).count(str(error)) == 1
    assert "/flows/" not in shown(error)


def test_a_failure_that_is_retried_keeps_its_type_and_is_told_as_briefly(failing: None) -> None:
    error = failure_of(PineconeCreateBackupOperator(task_id="back_up", index_name="movies"))
    assert isinstance(error, PineconeBackupFailedError)
    assert shown(error).count(str(error)) == 1
    assert "/flows/" not in shown(error)


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_sensors_failure_is_told_once(
    failing: None, backup_of: Callable[..., str], deferrable: bool
) -> None:
    backup_id = backup_of("movies")
    error = failure_of(
        PineconeBackupSensor(task_id="until_ready", backup_id=backup_id, deferrable=deferrable)
    )
    assert isinstance(error, AirflowFailException)
    assert shown(error).count(str(error)) == 1
    assert "/flows/" not in shown(error)


def test_the_whole_traceback_is_in_the_debug_log(failing: None, caplog: pytest.LogCaptureFixture) -> None:
    operator = PineconeCreateBackupOperator(task_id="back_up", index_name="movies")
    operator.hook._log = logging.getLogger("hook")
    with caplog.at_level(logging.DEBUG, logger="hook"):
        failure_of(operator)
    assert "/flows/finish_backup.py" in caplog.text


def test_an_error_that_is_not_pinecones_keeps_its_traceback(
    movies: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise LookupError("a bug")

    monkeypatch.setattr("airflow_provider_pinecone.flows.submit_backup.all_backups", broken)
    operator = PineconeCreateBackupOperator(task_id="back_up", index_name="movies")
    with pytest.raises(LookupError) as caught:
        operator.execute(context_of(operator))
    assert "/flows/submit_backup.py" in shown(caught.value)
