"""Pinecone's published specs judge the emulator, by the hand of Schemathesis."""

from __future__ import annotations

import pytest

from tests.judges import environments

# No copies of the specs are kept in the project.
SPECS = environments.PROJECT.parent / "shared" / "openapi"


@pytest.mark.skipif(not SPECS.is_dir(), reason="Pinecone's specs are not at ../shared/openapi")
@pytest.mark.parametrize(
    "spec",
    [
        "2025-04/db_control_2025-04.oas.yaml",
        "2025-04/db_data_2025-04.oas.yaml",
        "2026-04/db_control_2026-04.oas.yaml",
        "2026-04/db_data_2026-04.oas.yaml",
        "2026-07/db_control_2026-07.extract.oas.yaml",
    ],
)
def test_every_answer_is_one_that_the_spec_allows(spec: str) -> None:
    folder = environments.python_environment("schemathesis")
    judge = environments.JUDGES / "judge_specs.py"
    print(environments.run_pytest(folder, "--capture=no", judge, SPEC=str(SPECS / spec)))
