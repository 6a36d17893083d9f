"""A browser in front of a whole installation."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.press import RunningPress
from tests.web.gallery import browser

OWNER = "owner@example.com"


@pytest.fixture(scope="module")
def chromium(running_press: RunningPress) -> Iterator[Browser]:
    """Started after the installation: while Playwright runs, no other event loop may begin."""
    with browser() as opened:
        yield opened


@pytest.fixture
def visitor(chromium: Browser, at_the_press: RunningPress) -> Iterator[BrowserContext]:
    """A fresh browser that has not signed in."""
    context = chromium.new_context(base_url=at_the_press.url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def said(visitor: BrowserContext) -> list[str]:
    """What the consoles of this browser's pages said: errors, and breaches of the content policy."""
    lines: list[str] = []
    visitor.on("console", lambda message: lines.append(message.text) if message.type == "error" else None)
    visitor.on("weberror", lambda error: lines.append(str(error.error)))
    return lines


@pytest.fixture
def page(visitor: BrowserContext, at_the_press: RunningPress) -> Page:
    """The owner of the sample project, on the Desk."""
    opened = visitor.new_page()
    sign_in(opened, at_the_press)
    return opened


def sign_in(page: Page, press: RunningPress) -> None:
    page.goto(press.command("users", "link", OWNER))
    page.get_by_role("button", name=f"Sign in as {OWNER}").click()
    page.wait_for_url("**/p/demo/desk")
