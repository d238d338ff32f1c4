"""One Airflow and one browser for all browser tests; a failed test shows what the page showed."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.system.airflow_settings import PASSWORD, USERNAME
from tests.system.browser.ui import AirflowUi
from tests.system.report import Report
from tests.system.stage import REPOSITORY, Stage, new_stage

CHROMIUM = shutil.which("chromium")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = REPOSITORY / ".demo" / "screenshots"


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """What `make up` starts: the tests share it, so each brings what it looks at. Backups end at once."""
    with new_stage(tmp_path_factory.mktemp("browser"), Report()) as stage:
        stage.emulator.configure(backup_seconds=0, restore_seconds=0)
        yield stage


# Not for the whole session: while Playwright runs, no other test in this thread could run an event loop.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def signed_in(chromium: Browser, stage: Stage) -> BrowserContext:
    """A browser that has signed in once for all tests."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    AirflowUi(page, stage.airflow.url).sign_in(USERNAME, PASSWORD)
    page.close()
    return context


@pytest.fixture
def ui(signed_in: BrowserContext, stage: Stage) -> Iterator[AirflowUi]:
    """Airflow's UI in a new tab, signed in."""
    page = signed_in.new_page()
    yield AirflowUi(page, stage.airflow.url)
    page.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failed test what its page showed: the text, and the path of a screenshot."""
    report = yield
    ui = getattr(item, "funcargs", {}).get("ui")
    if report.when == "call" and report.failed and ui is not None:
        report.sections.append(("Page", f"{ui.page.url}\n{ui.visible_text()}"))
        report.sections.append(("Screenshot", str(_screenshot(ui, item.name))))
    return report


def _screenshot(ui: AirflowUi, name: str) -> Path:
    path = SCREENSHOTS / f"{name}.png"
    ui.page.screenshot(path=path, full_page=True)
    return path
