"""With ``--quirks real`` the emulator does what the live API does although its specs say otherwise."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.contract.conftest import Emulator


@pytest.fixture
def jobs(emulator: Emulator, api: httpx.Client, create_index: Callable[..., Any]) -> list[str]:
    """The ids of 30 restore jobs, newest first, in a project with quirks."""
    create_index("docs")
    backup_id = api.post("/indexes/docs/backups", json={}).json()["backup_id"]
    made = [
        api.post(f"/backups/{backup_id}/create-index", json={"name": f"copy-{number}"}).json()
        for number in range(30)
    ]
    emulator.change_settings(quirks="real")
    return [job["restore_job_id"] for job in made[::-1]]


def walk(api: httpx.Client, *, limit: int) -> list[list[str]]:
    """List all restore jobs that the listing lets one see, page by page."""
    pages, params = [], {"limit": str(limit)}
    while True:
        page = api.get("/restore-jobs", params=params).json()
        pages.append([job["restore_job_id"] for job in page["data"]])
        if page["pagination"] is None:
            return pages
        params = {"paginationToken": page["pagination"]["next"]}


def with_seed(emulator: Emulator, api: httpx.Client, seed: int, *, limit: int) -> list[list[str]]:
    emulator.change_settings(quirks_seed=seed)
    return walk(api, limit=limit)


def test_the_listing_of_restore_jobs_drops_some_and_stops_early(
    emulator: Emulator, api: httpx.Client, jobs: list[str]
) -> None:
    walks = [with_seed(emulator, api, seed, limit=5) for seed in range(10)]

    seen = [[job for page in pages for job in page] for pages in walks]
    assert all(set(found) < set(jobs) for found in seen)
    assert all(len(pages[-1]) < 5 for pages in walks)
    assert any(jobs[-1] not in found and len(pages) < 6 for found, pages in zip(seen, walks, strict=True))


def test_the_listing_of_restore_jobs_repeats_some(
    emulator: Emulator, api: httpx.Client, jobs: list[str]
) -> None:
    walks = [with_seed(emulator, api, seed, limit=2) for seed in range(10)]
    repeated = [pages for pages in walks if len(set(chain(*pages))) < len(list(chain(*pages)))]
    assert repeated
    assert all(job in jobs for pages in walks for page in pages for job in page)


def test_a_job_cannot_be_read_now_and_then(emulator: Emulator, api: httpx.Client, jobs: list[str]) -> None:
    answers = [api.get(f"/restore-jobs/{jobs[0]}") for _ in range(100)]

    missed = [answer for answer in answers if answer.status_code == 404]
    assert 0 < len(missed) < 50
    assert missed[0].json()["error"]["message"] == f"Restore job {jobs[0]} not found."
    assert {answer.status_code for answer in answers} == {200, 404}


def test_a_job_whose_target_is_gone_is_neither_read_nor_listed_again(
    emulator: Emulator, api: httpx.Client, jobs: list[str]
) -> None:
    api.delete("/indexes/copy-29")
    walks = [with_seed(emulator, api, seed, limit=5) for seed in range(10)]
    assert all(jobs[0] not in page for pages in walks for page in pages)
    assert {api.get(f"/restore-jobs/{jobs[0]}").status_code for _ in range(20)} == {404}


def test_the_same_seed_brings_the_same_quirks(emulator: Emulator, api: httpx.Client, jobs: list[str]) -> None:
    def play(seed: int) -> tuple[list[list[str]], list[int]]:
        pages = with_seed(emulator, api, seed, limit=5)
        return pages, [api.get(f"/restore-jobs/{jobs[0]}").status_code for _ in range(30)]

    assert play(3) == play(3)
    assert play(3) != play(4)


def test_without_quirks_nothing_is_dropped(emulator: Emulator, api: httpx.Client, jobs: list[str]) -> None:
    emulator.change_settings(quirks="off")
    api.delete("/indexes/copy-29")
    assert list(chain(*walk(api, limit=7))) == jobs
    assert {api.get(f"/restore-jobs/{job}").status_code for job in jobs} == {200}
