"""What is true of every page: axe finds nothing, nothing breaks the policy, nothing moves sideways."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.web.gallery import browser, gallery_app, served
from tests.web.samples import PAGES


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(gallery_app()) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1440, "height": 900})
    yield opened
    opened.close()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_the_console_stays_silent(page: Page, address: str, name: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for scheme, width in (("light", 1440), ("dark", 390)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark", reduced_motion="reduce")
        page.goto(f"{address}/gallery/{name}")
        open_everything(page)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    assert said == []


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_phone_never_scrolls_sideways(page: Page, address: str, name: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{address}/gallery/{name}")
    open_everything(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("name", PAGES)
def test_everything_that_can_be_pressed_is_24_pixels_or_stands_in_a_sentence(
    page: Page, address: str, name: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/gallery/{name}")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input, textarea, summary, .button, nav a")]
            .filter((element) => element.checkVisibility() && !["radio", "checkbox"].includes(element.type))
            .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
            .filter(([_, box]) => box.height > 0 && (box.width < 24 || box.height < 24))
            .map(([html]) => html)"""
    )
    assert small == []


def open_everything(page: Page) -> None:
    page.evaluate("for (const details of document.querySelectorAll('details:not([data-menu])')) details.open = true")
