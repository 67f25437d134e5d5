"""Photograph the dashboard, one PNG per tab, and watch what the browser asks for while it draws.

    SUPERSET_ADMIN_PASSWORD=… python take_screenshots.py http://127.0.0.1:8088 pictures/

Needs the development environment (playwright) and a Chromium or Chrome on the PATH. Exit status 1 when a chart's query
fails, when a chart shows an error, or when a tab asks for nothing: a picture of an empty page is worse than none.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, Response, sync_playwright

DASHBOARD = "strategy-rankings"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTH = 1600
SETTLE_MS = 8_000
"""Lines are still being drawn seconds after the last answer, and a half-drawn one looks like truncated data."""

PATIENCE_MS = 30_000

IS_LOADED = "() => !document.querySelector('.dashboard-component .loading, [data-test=loading-indicator]')"
TAB_HEIGHT = """() => {
    const charts = [...document.querySelectorAll('[data-test=dashboard-component-chart-holder]')];
    const bottoms = charts.map((chart) => chart.getBoundingClientRect().bottom + window.scrollY);
    return Math.ceil(Math.max(0, ...bottoms) + 24);
}"""
ERRORS = "[data-test=error-message], .ant-alert-error"


class ScreenshotError(Exception):
    """The dashboard could not be photographed, or does not show what it should."""


@dataclass
class Traffic:
    """What the page asked Superset for, since the last ``clear``."""

    answered: int = 0
    problems: list[str] = field(default_factory=list)

    def watch(self, response: Response) -> None:
        """Count an answer to a chart's query, and keep it when it is an error."""
        if "/api/v1/chart/data" not in response.url:
            return
        self.answered += 1
        if not response.ok:
            self.problems.append(f"a chart's query was answered {response.status}: Superset's log says why")


def find_browser() -> str:
    """Return the path of Chromium or Chrome.

    Raises
    ------
    ScreenshotError
        If there is none on the PATH.
    """
    for name in BROWSERS:
        path = shutil.which(name)
        if path:
            return path
    raise ScreenshotError(f"none of {', '.join(BROWSERS)} is on the PATH; on Debian: apt-get install chromium")


def log_in(page: Page, base_url: str, username: str, password: str) -> None:
    """Log in through the form, as a person does."""
    page.goto(f"{base_url}/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)


def settle(page: Page, traffic: Traffic) -> None:
    """Wait until every chart of the tab is drawn, on a page as tall as the tab: charts out of sight are not loaded."""
    for _ in range(3):
        page.wait_for_timeout(1_000)
        page.wait_for_function(IS_LOADED)
        height = int(page.evaluate(TAB_HEIGHT))
        page.set_viewport_size({"width": WIDTH, "height": min(max(900, height), 6_000)})
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLE_MS)
    traffic.problems += [f"on the page: {text}" for text in page.locator(ERRORS).all_inner_texts()]


def photograph(base_url: str, folder: Path, username: str, password: str, *, dashboard: str = DASHBOARD) -> list[Path]:
    """Save one PNG per tab of the dashboard and return their paths.

    Raises
    ------
    ScreenshotError
        If there is no browser, or a chart failed; the pictures taken so far stay, to be looked at.
    """
    folder.mkdir(parents=True, exist_ok=True)
    base_url = base_url.rstrip("/")
    traffic = Traffic()
    pictures: list[Path] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": 1_200})
        page.set_default_timeout(PATIENCE_MS)
        page.on("response", traffic.watch)
        try:
            log_in(page, base_url, username, password)
            page.goto(f"{base_url}/superset/dashboard/{dashboard}/")
            tabs = page.locator(".dashboard-component-tabs [role=tab]")
            tabs.first.wait_for()
            for index in range(tabs.count()):
                title = tabs.nth(index).inner_text().strip()
                if index:
                    traffic.answered = 0
                    tabs.nth(index).click()
                settle(page, traffic)
                if not traffic.answered:
                    traffic.problems.append(f"the tab {title!r} asked for no data")
                pictures.append(folder / f"{dashboard}-{re.sub(r'[^a-z0-9]+', '-', title.lower())}.png")
                page.screenshot(path=pictures[-1])
        except BrowserError as error:  # a failed query keeps its chart loading: the query is the news, not the wait
            raise ScreenshotError("; ".join([*dict.fromkeys(traffic.problems), f"{page.url}: {error}"])) from error
        finally:
            browser.close()
    if traffic.problems:
        raise ScreenshotError("; ".join(dict.fromkeys(traffic.problems)))
    return pictures


def main() -> int:
    """Save the pictures; return the exit status."""
    parser = argparse.ArgumentParser(description="Save a picture of each tab of the dashboard.")
    parser.add_argument("base_url", help="for example http://127.0.0.1:8088")
    parser.add_argument("folder", type=Path, help="where the PNG files go")
    parser.add_argument("--dashboard", default=DASHBOARD, help="slug (default: %(default)s)")
    arguments = parser.parse_args()
    password = os.environ.get("SUPERSET_ADMIN_PASSWORD")
    if not password:
        print("SUPERSET_ADMIN_PASSWORD is not set", file=sys.stderr)
        return 1
    username = os.environ.get("SUPERSET_ADMIN_USERNAME", "admin")
    try:
        pictures = photograph(arguments.base_url, arguments.folder, username, password, dashboard=arguments.dashboard)
    except ScreenshotError as error:
        print(error, file=sys.stderr)
        return 1
    for picture in pictures:
        print(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
