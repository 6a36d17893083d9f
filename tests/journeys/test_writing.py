"""The main job as somebody does it: ask for a page, watch it being written, see what it cost."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.demo_provider import DemoProvider
from tests.journeys.conftest import sign_in
from tests.press import RunningPress, answers, eventually

ADDRESS = "https://shop.example/lamps/brass-desk-lamps"
KEYWORDS = "brass desk lamp\ndimmable"
FACTS = "Models: 42\nArm: 45 cm"


def ask_for_a_page(page: Page, address: str = ADDRESS) -> None:
    page.goto("/p/demo/generate?kind=page")
    page.get_by_label("Address of the page").fill(address)
    page.locator("textarea[name=facts]").fill(FACTS)
    page.locator("#estimate").get_by_role("button").click()
    page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}$"))


def test_from_sign_in_to_finished_content_with_its_cost(
    page: Page, said: list[str], demo_provider: DemoProvider
) -> None:
    demo_provider.hold(match="Write: sections", after_chunks=12)
    ask_for_a_page(page)
    expect(page.locator("#component-title .snippet-title")).not_to_be_empty()
    expect(page.locator("#stages")).to_contain_text("5 of 6")
    half = page.locator("#component-sections").inner_text()
    assert len(half) > 30
    meter = page.locator("#meter").inner_text()
    demo_provider.release()
    expect(page.locator("#output .output-tools")).to_contain_text("words")
    expect(page.locator("#head")).to_contain_text(re.compile("Ready|Flagged"))
    assert page.locator("#output .result :is(h3, h4)").count() > 3
    expect(page.locator("#receipt")).to_contain_text("Spent")
    expect(page.locator("#receipt")).to_contain_text(re.compile(r"\$0\.00\d\d"))
    expect(page.locator("#meter")).not_to_have_text(meter)
    page.goto("/p/demo/runs")
    expect(page.locator("tbody tr").first).to_contain_text("Brass desk lamps")
    assert said == []


def test_reloading_in_mid_stream_loses_no_text_and_repeats_none(page: Page, demo_provider: DemoProvider) -> None:
    demo_provider.hold(match="Write: intro", after_chunks=20)
    ask_for_a_page(page, f"{ADDRESS}?reload")
    intro = page.locator("#component-intro .prose")
    expect(intro).not_to_be_empty()
    calls = demo_provider.wait_for(lambda calls: any(is_held(call, "intro", 20) for call in calls))
    assert calls
    eventually(lambda: len(intro.inner_text()) > 40)
    before = settled_text(intro)
    page.reload()
    expect(intro).to_have_text(before)
    demo_provider.release()
    expect(page.locator("#output .output-tools")).to_contain_text("words")
    text = page.locator("#output").inner_text()
    assert text.count(before.strip()) == 1


def is_held(call: dict[str, object], component: str, chunks: int) -> bool:
    return call["component"] == component and call["chunks_sent"] == chunks


def settled_text(locator: Locator) -> str:
    """The text once two looks a little apart agree: what was sent has arrived."""
    seen = ""

    def is_settled() -> bool:
        nonlocal seen
        now, last = locator.inner_text(), seen
        seen = now
        return bool(now) and now == last

    eventually(is_settled)
    return seen


def test_a_restart_of_the_web_server_in_mid_stream_is_survived(
    page: Page, at_the_press: RunningPress, demo_provider: DemoProvider
) -> None:
    demo_provider.hold(match="Write: intro", after_chunks=15)
    ask_for_a_page(page, f"{ADDRESS}?restart")
    intro = page.locator("#component-intro .prose")
    expect(intro).not_to_be_empty()
    demo_provider.wait_for(lambda calls: any(is_held(call, "intro", 15) for call in calls))
    before = settled_text(intro)
    at_the_press.stop("web")
    at_the_press.start("web")
    eventually(lambda: answers(f"{at_the_press.url}/readyz"), "the web server is back")
    demo_provider.release()
    expect(page.locator("#output .output-tools")).to_contain_text("words", timeout=20_000)
    assert page.locator("#output").inner_text().count(before.strip()) == 1


def test_cancel_closes_the_connection_to_the_provider(page: Page, demo_provider: DemoProvider) -> None:
    demo_provider.hold(after_chunks=5)
    ask_for_a_page(page, f"{ADDRESS}?cancel")
    demo_provider.wait_for(lambda calls: sum(call["chunks_sent"] == 5 for call in calls) >= 4)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#head")).to_contain_text("Canceled")
    demo_provider.wait_for(lambda calls: all(call["closed_by_client"] or call["finished"] for call in calls))
    expect(page.locator("#receipt")).to_contain_text("Spent")
    demo_provider.release()
    page.get_by_role("link", name="Run again").click()
    expect(page.get_by_label("Address of the page")).to_have_value(f"{ADDRESS}?cancel")


def test_a_failure_says_what_happened_and_trying_again_keeps_what_was_finished(
    page: Page, demo_provider: DemoProvider
) -> None:
    demo_provider.fault("500", match="Write: faq", times=3)
    ask_for_a_page(page, f"{ADDRESS}?failure")
    expect(page.locator("#error")).to_contain_text("Write components", timeout=30_000)
    expect(page.locator("#head")).to_contain_text("Failed")
    page.locator("#error").get_by_role("button", name="Retry").click()
    expect(page.locator("#output .output-tools")).to_contain_text("words")
    assert [call["component"] for call in demo_provider.calls()].count("sections") == 1


def test_regenerating_keeps_the_earlier_revision(page: Page) -> None:
    ask_for_a_page(page, f"{ADDRESS}?regenerate")
    page.get_by_role("button", name="Regenerate").click()
    expect(page.locator("#revisions")).to_contain_text("Regenerated", timeout=20_000)
    page.locator("#revisions").get_by_role("link", name=re.compile("1")).first.click()
    expect(page.locator("#output .output-tools")).to_contain_text("words")


def test_wrong_input_is_told_at_its_field_and_nothing_typed_is_lost(page: Page) -> None:
    page.goto("/p/demo/generate?kind=page")
    page.get_by_label("Address of the page").fill("shop.example/lamps")
    page.locator("textarea[name=facts]").fill('42 "lamps" <script>alert(1)</script> {{ 7*7 }} 💡')
    page.locator("#estimate").get_by_role("button").click()
    expect(page.locator("#errors")).to_contain_text("https://")
    expect(page.get_by_label("Address of the page")).to_have_value("shop.example/lamps")
    expect(page.locator("textarea[name=facts]")).to_have_value('42 "lamps" <script>alert(1)</script> {{ 7*7 }} 💡')


def test_the_estimate_follows_while_typing(page: Page) -> None:
    page.goto("/p/demo/generate?kind=text")
    page.locator("textarea[name=instruction]").fill("Say why lamps matter")
    expect(page.locator("#estimate")).to_contain_text("about $")
    page.locator("#field-lengthTarget").fill("2000")
    expect(page.locator("#estimate dd").first).not_to_have_text("not known")
    page.get_by_text("Rewrite", exact=True).click()
    expect(page.locator("textarea[name=text]")).to_be_visible()


@pytest.fixture
def without_script(chromium: Browser, at_the_press: RunningPress) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=at_the_press.url, java_script_enabled=False)
    yield context
    context.close()


def test_everything_but_the_live_updates_works_without_javascript(
    without_script: BrowserContext, at_the_press: RunningPress
) -> None:
    page = without_script.new_page()
    sign_in(page, at_the_press)
    page.goto("/p/demo/generate")
    page.get_by_role("link", name=re.compile("^Text")).click()
    page.locator("textarea[name=instruction]").fill("Say why lamps matter")
    page.locator("#estimate").get_by_role("button").click()
    page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}$"))

    def is_done() -> bool:
        page.reload()
        return page.locator("#output .output-tools").count() == 1

    eventually(is_done, "the run is finished")
    page.get_by_role("button", name="Regenerate").click()
    page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}$"))
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
