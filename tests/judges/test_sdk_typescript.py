"""Pinecone's own TypeScript SDK judges the emulator, and so does the documentation of its backups."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.judges import environments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from tests.contract.conftest import Emulator

TYPESCRIPT = environments.JUDGES / "typescript"
DOCUMENTATION = environments.PROJECT.parent / "shared" / "seed" / "backups.md"
needs_the_documentation = pytest.mark.skipif(
    not DOCUMENTATION.exists(), reason="The SDK's documentation is not at ../shared/seed/backups.md"
)

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DATE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")

# Fields that the documentation shows and 9.0.0 prints otherwise, or the other way round. It was written for
# an SDK that spoke API version 2025-04.
OTHERWISE_SINCE_THEN = {
    "dimension": "stands in the schema since 2026-07",
    "metric": "stands in the schema since 2026-07",
    "schema": "is there since 2026-07",
    "sourceIndexDeletedAt": "is there since 2026-07, and undefined but for deleted indexes",
    "tags": "is undefined rather than {} where there are none, since the API gives null for that",
}
# The documentation shows a backup that is Initializing with counts; the API has none until it is Ready.
UNKNOWN_AT_FIRST = ("recordCount", "namespaceCount", "sizeBytes")


@pytest.fixture(scope="session")
def environment() -> Path:
    """Node and the SDK."""
    return environments.node_environment("sdk-typescript-9.0.0")


@pytest.fixture
def run_node(environment: Path, emulator: Emulator, tmp_path: Path) -> Callable[..., str]:
    """Run a program in a folder where it finds the SDK, and give what it prints."""
    (tmp_path / "node_modules").symlink_to(environment / "node_modules")

    def run(name: str, source: str, *options: str | Path) -> str:
        (tmp_path / name).write_text(source)
        variables = {"EMULATOR_URL": emulator.url, "EMULATOR_KEY": emulator.api_key}
        return environments.run_in(environment, "node", *options, tmp_path / name, **variables)

    return run


@pytest.fixture
def printed_by(run_node: Callable[..., str]) -> Callable[[str], Any]:
    """Run TypeScript and give the one value that it prints, with its ids, dates and numbers made alike."""

    def run(source: str) -> Any:
        output = run_node("snippet.mts", source, "--import", TYPESCRIPT / "print_values.mjs")
        return made_alike(json.loads(output)) if output else None

    return run


@pytest.fixture
def run_snippet(printed_by: Callable[[str], Any], emulator: Emulator) -> Callable[..., tuple[Any, Any]]:
    """Run a snippet, given the ids to put into it; give what it prints, and what it says that it prints."""

    def run(snippet: str, *ids: str) -> tuple[Any, Any]:
        code, comment = split(snippet)
        assert len(UUID.findall(code)) == len(ids)
        for id_ in ids:
            code = code.replace(UUID.findall(code)[0], id_)
        options = f"{{ apiKey: '{emulator.api_key}', controllerHostUrl: '{emulator.url}' }}"
        assert code.count("{ apiKey: 'YOUR_API_KEY' }") == 1
        code = code.replace("{ apiKey: 'YOUR_API_KEY' }", options)
        return printed_by(code), printed_by(f"console.log({comment})") if comment else None

    return run


@pytest.fixture
def my_index(create_index: Callable[..., dict[str, Any]], upsert: Callable[..., None]) -> None:
    """The index that the documentation backs up."""
    index = create_index("my-index")
    upsert(index, {"v1": [1, 0, 0], "v2": [0, 1, 0]}, namespace="one")
    upsert(index, {"v1": [0, 0, 1]}, namespace="two")


def snippets() -> list[str]:
    """Give the TypeScript that the documentation shows, in order."""
    return re.findall(r"```typescript\n(.*?)```", DOCUMENTATION.read_text(), flags=re.DOTALL)


def split(snippet: str) -> tuple[str, str]:
    """Give a snippet's code, and the value that the comment at its end says it prints."""
    code, _, comment = snippet.partition("\n// {\n")
    uncommented = "\n".join(line.removeprefix("// ") for line in comment.splitlines())
    return code, f"{{\n{uncommented}" if comment else ""


def made_alike(value: Any) -> Any:
    """Give a printed value with ids, dates and numbers in whose place there is only what they are."""
    match value:
        case {"date": _}:
            return "a date"
        case dict():
            return {name: made_alike(part) for name, part in value.items()}
        case list():
            return [made_alike(part) for part in value]
        case str() if UUID.fullmatch(value):
            return "an id"
        case str() if DATE.fullmatch(value):
            return "a date"
        case int() | float() if not isinstance(value, bool):
            return "a number"
        case _:
            return value


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: part for name, part in value.items() if name not in names}


def test_the_sdk_finds_what_its_backup_documentation_shows(run_node: Callable[..., str]) -> None:
    print(run_node("judge.mjs", (TYPESCRIPT / "judge.mjs").read_text()))


@needs_the_documentation
@pytest.mark.usefixtures("my_index")
def test_the_snippets_of_the_documentation_print_what_they_say(
    run_snippet: Callable[..., tuple[Any, Any]], api: httpx.Client, emulator: Emulator
) -> None:
    create, restore, describe, list_backups, describe_job, list_jobs, delete = snippets()
    emulator.freeze()
    emulator.change_settings(backup_seconds=60, restore_seconds=60)

    printed, said = run_snippet(create)
    otherwise = (*OTHERWISE_SINCE_THEN, *UNKNOWN_AT_FIRST)
    assert without(printed, *otherwise) == without(said, *otherwise)
    assert {printed[name]["undefined"] for name in UNKNOWN_AT_FIRST} == {True}

    emulator.advance(60)
    (backup,) = api.get("/backups").json()["data"]
    printed, said = run_snippet(describe, backup["backup_id"])
    assert without(printed, *OTHERWISE_SINCE_THEN) == without(said, *OTHERWISE_SINCE_THEN)

    printed, said = run_snippet(restore, backup["backup_id"])
    assert printed == said

    emulator.advance(60)
    (job,) = api.get("/restore-jobs").json()["data"]
    printed, said = run_snippet(describe_job, job["restore_job_id"])
    assert printed == said

    printed, said = run_snippet(list_jobs)
    assert printed == said

    run_snippet(delete, backup["backup_id"])
    assert api.get("/backups").json()["data"] == []

    for number in (1, 2):
        api.post("/indexes/my-index/backups", json={"name": f"my-index-backup-{number}"})
    emulator.advance(60)
    printed, said = run_snippet(list_backups)
    rows, rows_said = (
        [without(row, *OTHERWISE_SINCE_THEN) for row in page["data"]] for page in (printed, said)
    )
    assert rows == rows_said
    # The page is exactly full: the documentation shows none after it, the live API has an empty one.
    assert (printed["pagination"].keys(), said["pagination"].keys()) == ({"next"}, {"undefined"})
