"""Schemathesis judges the emulator by one of Pinecone's specs, at SPEC: every answer must stand in it.

Every operation is called with what the spec allows and with what it forbids, the same way in every run.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.judges.programs.project import Project
from tests.judges.programs.spec_exceptions import never_done, unlisted
from tests.judges.programs.spec_fields import response_schema, unnamed

if TYPE_CHECKING:
    from airflow_provider_pinecone.emulator.pytest_plugin import PineconeEmulator


def strictly(part: Any) -> Any:
    """Give a spec in which the values that it names as those known today are the only ones."""
    match part:
        case dict():
            return {("enum" if name == "x-enum" else name): strictly(value) for name, value in part.items()}
        case list():
            return [strictly(item) for item in part]
        case date():
            return part.isoformat()  # YAML took an example for a date
        case _:
            return part


SPEC = strictly(yaml.safe_load(Path(os.environ["SPEC"]).read_text()))
VERSION: str = SPEC["info"]["version"]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
schema = schemathesis.openapi.from_dict(SPEC)
statuses: dict[str, Counter[int]] = {}


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Write the one body that is not JSON, but lines of it."""
    rows = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(row) for row in rows).encode()


@pytest.fixture(scope="session")
def project(pinecone_emulator_process: PineconeEmulator) -> Project:
    """A project to call, which has one of everything."""
    return Project(pinecone_emulator_process, VERSION)


@schema.parametrize()
@settings(
    max_examples=10, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
def test_every_answer_is_in_the_spec(case: schemathesis.Case, project: Project) -> None:
    response = project.call(case)

    definition = case.operation.definition.raw
    operation: str = definition["operationId"]
    statuses.setdefault(operation, Counter())[response.status_code] += 1
    if (operation, response.status_code) in unlisted(VERSION):
        return
    case.validate_response(response, checks=CHECKS)
    described = response_schema(definition, response.status_code)
    if described and case.method == case.operation.method.upper():
        assert set(unnamed(response.json(), described, SPEC)) == set()


def test_every_operation_succeeded_now_and_then() -> None:
    for operation, counts in statuses.items():
        print(f"{VERSION} {operation}: {dict(sorted(counts.items()))}")
    failed = {operation for operation, counts in statuses.items() if min(counts) >= 300}
    assert failed == never_done() & statuses.keys()


def test_every_exception_was_met() -> None:
    met = {(operation, status) for operation, counts in statuses.items() for status in counts}
    assert {exception for exception in unlisted(VERSION) if exception[0] in statuses} <= met
