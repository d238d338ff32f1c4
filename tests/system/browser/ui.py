"""Airflow's UI in a browser, used in a person's words: open a task's log, read what stands there."""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from tests.system.airflow_api import DagRun

PATIENCE_MILLISECONDS = 30_000
"""Long, because the browser shares two cores with all of Airflow."""

expect.set_options(timeout=PATIENCE_MILLISECONDS)


_IS_WHOLE = """
(text) => {
    const log = document.querySelector('[data-testid="virtualized-list"]');
    const nodes = log ? document.createTreeWalker(log, NodeFilter.SHOW_TEXT) : null;
    while (nodes?.nextNode()) {
        const node = nodes.currentNode, start = node.data.indexOf(text);
        if (start < 0) continue;
        const range = document.createRange();
        range.setStart(node, start);
        range.setEnd(node, start + text.length);
        return [...range.getClientRects()].every((box) =>
            [box.left + 1, box.right - 1].every((x) =>
                document.elementFromPoint(x, (box.top + box.bottom) / 2)?.contains(node)));
    }
    return false;
}
"""


class AirflowUi:
    """
    A tab of a browser, showing one Airflow.

    What is not in a method is done with ``page``: Playwright waits for what it is told to click, and
    ``expect(...)`` for what should be seen.
    """

    def __init__(self, page: Page, url: str) -> None:
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        self.page = page
        self._url = url

    def open(self, path: str) -> None:
        """Open a page by its path: ``connections``, ``dags/pinecone_nightly_backup``."""
        self.page.goto(f"{self._url}/{path}")

    def sign_in(self, username: str, password: str) -> None:
        """Sign in by the form that Airflow shows to strangers."""
        self.open("")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.shows("Admin")

    def open_task_log(
        self, dag_run: DagRun, task_id: str, *, map_index: int = -1, try_number: int | None = None
    ) -> None:
        """Open the log of a task: of its last try, unless told of another."""
        path = f"dags/{dag_run.dag_id}/runs/{quote(dag_run.run_id)}/tasks/{task_id}"
        path += f"/mapped/{map_index}" if map_index >= 0 else ""
        self.open(path + (f"?try_number={try_number}" if try_number else ""))
        self.shows("Log message source details")

    def log_lines(self) -> list[str]:
        """The lines that can be read in an open log, and the headings of folded groups (▶)."""
        return [re.sub(r"\s*\n\s*", " ", line) for line in self._log_rows().all_inner_texts()]

    def open_trigger_form(self, dag_id: str) -> None:
        """Open the form that asks for a DAG's params."""
        self.open(f"dags/{dag_id}")
        self.page.get_by_test_id("trigger-dag-button").click()
        expect(self.page.get_by_role("dialog")).to_be_visible()

    def trigger(self) -> DagRun:
        """Start a run from the open form."""
        with self.page.expect_response(lambda answer: answer.url.endswith("/dagRuns")) as answer:
            self.page.get_by_role("dialog").get_by_role("button", name="Trigger").last.click()
        return DagRun.from_json(answer.value.json())

    def open_connection_form(self) -> None:
        """Open the form for a new connection of the provider's type."""
        self.open("connections")
        self.page.get_by_role("button", name="Add Connection").click()
        self.page.get_by_role("combobox").last.click()
        self.page.get_by_role("option", name="Pinecone Backup").click()

    def add_connection(self, conn_id: str, **fields: str) -> None:
        """Fill in that form, with ``host``, ``port`` and ``password``, and save it."""
        self.open_connection_form()
        for name, value in {"connection_id": conn_id, **fields}.items():
            self.page.locator(f"input[name={name}]").fill(value)
        self.page.get_by_role("button", name="Save").click()
        expect(self._row(conn_id)).to_be_visible()

    def press_test_button(self, conn_id: str) -> None:
        """Test a connection in the list of connections."""
        self._test_button(conn_id).click()

    def test_button_turns(self, conn_id: str, color: str) -> None:
        """Wait until a connection's Test button has a color: ``green`` says that the connection works."""
        expect(self._test_button(conn_id).locator("svg")).to_have_attribute("color", color)

    def shows(self, text: str | re.Pattern[str]) -> None:
        """Wait until a text can be seen, wherever on the page."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def shows_whole(self, text: str) -> None:
        """Wait until a text in an open log can be read from its start to its end: nothing hides a part."""
        self.page.wait_for_function(_IS_WHOLE, arg=text)

    def visible_text(self) -> str:
        """Return all text on the page, as a person would copy it."""
        return self.page.locator("body").inner_text()

    def _row(self, name: str) -> Locator:
        """The row of a table that has a cell with just this name."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("cell", name=name, exact=True))

    def _test_button(self, conn_id: str) -> Locator:
        return self._row(conn_id).get_by_role("button", name="Test Connection")

    def _log_rows(self) -> Locator:
        return self.page.get_by_test_id("virtualized-list").locator("[data-index]")
