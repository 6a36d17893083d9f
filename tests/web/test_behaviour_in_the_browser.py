"""What pages do while somebody sits in front of them: in a real browser, under the real policy."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream
from playwright.sync_api import Browser, Page, expect

from app.errors import BudgetExceeded
from app.runs.generate_views import GeneratePage
from app.runs.views import ComponentState, RunPage
from app.web.forms import read_form
from app.web.page import AnyRequest, go_to, render
from app.web.templates import live_partial
from tests.web.gallery import browser, gallery_app, served
from tests.web.samples import BUSY, ESTIMATE, GENERATE, PAGE_FIELDS, READY, TEXT_FIELDS, WRITTEN, form, shell

TEXT_NOW = WRITTEN[4]


class Studio:
    """The server's side of these pages: what was asked, and what is said next on each stream."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.connections: list[str | None] = []
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.status = 200

    def say(self, *frames: bytes | None) -> None:
        """``None`` cuts the connection."""
        assert self.loop is not None
        for frame in frames:
            self.loop.call_soon_threadsafe(self.frames.put_nowait, frame)

    async def stream(self) -> AsyncIterator[bytes]:
        yield b": connected\n\n"
        while (frame := await self.frames.get()) is not None:
            yield frame


def frame(html: str, number: int) -> bytes:
    return f"id: {number}\n".encode() + b"".join(f"data: {line}\n".encode() for line in html.split("\n")) + b"\n"


def handlers(studio: Studio) -> list[Any]:
    @get("/live/{case:str}", sync_to_thread=False)
    def run_page(request: AnyRequest, case: FromPath[str]) -> Response[str]:
        page = RunPage(shell("runs", stream_url="/stream", heartbeat=1 if case == "hanging" else 15), BUSY)
        return render(request, "runs/run.html", page)

    @get("/stream")
    async def stream(request: AnyRequest) -> Stream | Response[str]:
        studio.loop = asyncio.get_running_loop()
        studio.connections.append(request.headers.get("last-event-id"))
        if studio.status != 200:
            return Response("no", status_code=studio.status, media_type="text/plain")
        return Stream(studio.stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def remembered(request: AnyRequest) -> dict[str, str]:
        sent = dict(await read_form(request))
        studio.asked.append((request.url.path, sent))
        return sent

    @get("/generate", sync_to_thread=False)
    def generate(request: AnyRequest) -> Response[str]:
        fields = tuple(replace(field, reshapes=field.name == "language") for field in PAGE_FIELDS)
        return render(request, "runs/generate.html", filled(fields, "page"))

    @post("/fields")
    async def fields(request: AnyRequest) -> Response[str]:
        sent = await remembered(request)
        kept = TEXT_FIELDS if sent["kind"] == "text" else PAGE_FIELDS
        answer = tuple(replace(field, value=sent.get(field.name, field.value)) for field in kept)
        return render(
            request, "runs/generate.html", filled(answer, sent["kind"]), partial="runs/_form.html", status=200
        )

    @post("/estimate", status_code=200)
    async def estimate(request: AnyRequest) -> Response[str]:
        sent = await remembered(request)
        if sent["targetUrl"] == "https://too.dear":
            raise BudgetExceeded("This does not fit the month's budget.")
        words = len(sent["keywords"].split("\n"))
        page = replace(
            filled(PAGE_FIELDS, "page"), estimate=replace(ESTIMATE, lane_reason=f"Because of {words} keywords.")
        )
        return render(request, "runs/generate.html", page, partial="runs/_estimate.html")

    @post("/submit")
    async def submit(request: AnyRequest) -> Response[Any]:
        await remembered(request)
        return go_to(request, "/gallery/run-busy", flash="Queued.")

    return [run_page, stream, generate, fields, estimate, submit]


def filled(fields: tuple[Any, ...], chosen: str) -> GeneratePage:
    urls = {"url": "/submit", "fields_url": "/fields", "estimate_url": "/estimate"}
    return replace(GENERATE, form=form(chosen, fields, **urls))


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture
def address(studio: Studio) -> Iterator[str]:
    with served(gallery_app(*handlers(studio))) as address:
        yield address
        if studio.loop:
            studio.say(None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    opened.set_default_timeout(5_000)
    opened.clock.install()
    yield opened
    opened.close()


def connected(page: Page, studio: Studio, address: str, case: str = "run", count: int = 1) -> None:
    if count == 1:
        page.goto(f"{address}/live/{case}")
    until(page, lambda: len(studio.connections) >= count and studio.loop is not None)


def until(page: Page, is_true: Any) -> None:
    for _ in range(250):
        if is_true():
            return
        page.wait_for_timeout(20)
    raise AssertionError("It never happened.")


def writing(text: str) -> str:
    return live_partial("runs/_component.html", replace(TEXT_NOW, text=text))


def test_text_grows_where_it_stands(page: Page, studio: Studio, address: str) -> None:
    connected(page, studio, address)
    for number, text in enumerate(
        ["Start **here**", "Start **here** and go on", "Start **here** and go on.\n\n## Then"]
    ):
        studio.say(frame(writing(text), number))
    expect(page.locator("#component-sections .prose")).to_have_text(re.compile(r"Start here and go on\.\s*Then"))
    expect(page.locator("#component-sections")).to_have_count(1)
    expect(page.locator("#component-sections strong")).to_have_text("here")


def test_one_message_changes_several_places_and_adds_nothing_between_them(
    page: Page, studio: Studio, address: str
) -> None:
    connected(page, studio, address)
    before = page.evaluate("document.getElementById('stages').parentNode.childNodes.length")
    for number in range(5):
        parts = [live_partial("runs/_stages.html", READY.stages), live_partial("runs/_receipt.html", READY.receipt)]
        studio.say(frame("".join(parts), number))
    expect(page.locator("#stages ol")).to_have_attribute("aria-label", "Progress: 100 %")
    expect(page.locator("#receipt .sum").first).to_have_text("Spent")
    assert page.evaluate("document.getElementById('stages').parentNode.childNodes.length") == before


def test_what_somebody_opened_selected_or_focused_stays(page: Page, studio: Studio, address: str) -> None:
    connected(page, studio, address)
    page.locator("#receipt-calls summary").click()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#component-intro h3'))")
    studio.say(frame(live_partial("runs/_receipt.html", replace(BUSY.receipt, output_tokens=900)), 1))
    studio.say(
        frame(
            live_partial(
                "runs/_output.html",
                replace(
                    BUSY.output, components=(*WRITTEN[:5], replace(WRITTEN[5], state=ComponentState.WRITING, text="Q"))
                ),
            )[:],
            2,
        )
    )
    expect(page.locator("#receipt")).to_contain_text("900")
    expect(page.locator("#component-faq .prose")).to_have_text("Q")
    expect(page.locator("#receipt-calls")).to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert page.evaluate("getSelection().toString()") == "Light that stays where you put it"


def test_a_cut_connection_comes_back_from_where_it_was(page: Page, studio: Studio, address: str) -> None:
    connected(page, studio, address)
    studio.say(frame(writing("one"), 41), None)
    connected(page, studio, address, count=2)
    assert studio.connections == [None, "41"]
    studio.say(frame(writing("one two"), 42))
    expect(page.locator("#component-sections .prose")).to_have_text("one two")
    expect(page.locator("#live-state")).to_be_hidden()


def test_a_lost_connection_is_said_and_taken_back(page: Page, studio: Studio, address: str) -> None:
    connected(page, studio, address)
    studio.status = 503
    studio.say(None)
    connected(page, studio, address, count=2)
    page.clock.fast_forward(2_500)
    expect(page.locator("#live-state")).to_have_text(re.compile("Reconnecting"))
    studio.status = 200
    page.clock.fast_forward(15_000)
    expect(page.locator("#live-state")).to_be_hidden()


def test_a_first_connection_that_fails_is_tried_again(page: Page, studio: Studio, address: str) -> None:
    studio.status = 503
    connected(page, studio, address)
    studio.status = 200
    page.clock.fast_forward(5_000)
    until(page, lambda: len(studio.connections) >= 2)
    studio.say(frame(writing("at last"), 1))
    expect(page.locator("#component-sections .prose")).to_have_text("at last")


def test_an_ended_session_is_named(page: Page, studio: Studio, address: str) -> None:
    connected(page, studio, address)
    studio.status = 401
    studio.say(None)
    expect(page.locator("#live-state")).to_have_text(re.compile("Signed out"))


def test_a_connection_that_hangs_is_replaced(page: Page, studio: Studio, address: str) -> None:
    connected(page, studio, address, case="hanging")
    studio.say(frame(writing("one"), 7))
    expect(page.locator("#component-sections .prose")).to_have_text("one")
    page.clock.fast_forward(3_000)
    until(page, lambda: studio.connections[1:] == ["7"])


def test_heartbeats_keep_a_quiet_connection(page: Page, studio: Studio, address: str) -> None:
    connected(page, studio, address, case="hanging")
    page.evaluate("window.beats = 0; document.addEventListener('heartbeat', () => { window.beats += 1 })")
    for beat in range(1, 4):
        studio.say(b"event: heartbeat\ndata: \n\n")
        until(page, lambda beat=beat: page.evaluate("window.beats") == beat)
        page.clock.fast_forward(2_000)
    assert studio.connections == [None]


def test_a_finished_stream_is_gone_for_good(page: Page, studio: Studio, address: str) -> None:
    connected(page, studio, address)
    studio.say(frame(live_partial("runs/_head.html", READY.head), 1), b"event: done\ndata: \n\n")
    expect(page.locator("#live")).to_have_count(0)
    expect(page.locator("#head .status")).to_have_text("Flagged")
    page.clock.fast_forward(6_000)  # the element would have connected again after five seconds
    page.wait_for_timeout(100)
    assert studio.connections == [None]


def test_the_estimate_follows_what_is_typed(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{address}/generate")
    words = page.get_by_label("Keywords")
    words.fill("desk lamp")
    words.press("Enter")
    expect(page.locator("#estimate")).to_contain_text("Because of 4 keywords.")
    expect(words).to_be_focused()
    page.get_by_role("button", name="Remove dimmable").click()
    expect(page.locator("#estimate")).to_contain_text("Because of 3 keywords.")
    assert studio.asked[-1][1]["keywords"] == "brass desk lamp\nreading light\ndesk lamp"


def test_a_refused_estimate_is_said_and_changes_nothing_that_was_typed(
    page: Page, studio: Studio, address: str
) -> None:
    page.goto(f"{address}/generate")
    page.get_by_label("Address of the page").fill("https://too.dear")
    expect(page.locator("#flash")).to_have_text("This does not fit the month's budget.")
    expect(page.get_by_label("Address of the page")).to_have_value("https://too.dear")
    expect(page.locator("#estimate")).to_contain_text("Before you press")


def test_another_kind_brings_its_fields_and_keeps_what_both_have(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{address}/generate")
    page.get_by_text("More choices").click()
    page.get_by_label("Notes for the writer").fill("Be brief.")
    page.get_by_role("link", name="Text").click()
    expect(page.get_by_label("The text to improve")).to_be_visible()
    expect(page.get_by_label("Keywords")).to_have_count(0)
    expect(page.get_by_label("Notes for the writer")).to_have_value("Be brief.")
    expect(page.get_by_role("link", name="Text")).to_have_attribute("aria-current", "true")
    assert page.url.endswith("?kind=text")
    page.get_by_role("link", name="Page for a shop or a site").click()
    expect(page.get_by_label("Keywords")).to_be_visible()
    expect(page.get_by_role("button", name="Remove dimmable")).to_be_visible()


def test_a_choice_that_reshapes_the_form_asks_for_its_fields(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{address}/generate")
    page.get_by_label("Language").select_option("de")
    until(page, lambda: any(path == "/fields" for path, _ in studio.asked))
    expect(page.get_by_label("Language")).to_have_value("de")
    expect(page.get_by_role("button", name="Remove dimmable")).to_be_visible()


def test_a_second_press_sends_nothing_more(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{address}/generate")
    sent = page.evaluate(
        """() => {
            let sent = 0
            addEventListener("submit", (event) => { if (!event.defaultPrevented) sent += 1 })
            const button = document.querySelector("#estimate button")
            button.click()
            button.click()
            return sent
        }"""
    )
    assert sent == 1
    expect(page.locator("#flash")).to_have_text("Queued.")
    assert [path for path, _ in studio.asked] == ["/submit"]


def test_ctrl_enter_sends_the_form_with_the_last_keyword(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{address}/generate")
    page.get_by_label("Keywords").fill("unfinished")
    page.get_by_label("Keywords").press("Control+Enter")
    expect(page.locator("#flash")).to_have_text("Queued.")
    [sent] = [sent for path, sent in studio.asked if path == "/submit"]
    assert sent["keywords"].endswith("\nunfinished")
    assert sent["kind"] == "page"


def test_without_script_everything_is_still_there(chromium: Browser, studio: Studio, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/generate")
    page.get_by_label("Keywords").fill("one\ntwo")
    page.get_by_role("button", name="Show the fields").click()
    expect(page.get_by_label("Keywords")).to_have_value("one\ntwo")
    page.get_by_role("button", name="Generate page").click()
    expect(page.locator("#flash")).to_have_text("Queued.")
    expect(page.get_by_role("button", name="Dark theme")).to_have_count(0)
    assert studio.asked[-1][1]["keywords"] == "one\ntwo"
    context.close()


def test_a_server_that_does_not_answer_is_said(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{address}/generate")
    page.route("**/estimate", lambda route: route.abort())
    page.get_by_label("Address of the page").fill("https://a.example")
    expect(page.locator("#flash")).to_have_text(re.compile("did not answer"))


def test_the_theme_follows_the_system_until_somebody_chooses(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{address}/generate")
    page.emulate_media(color_scheme="dark")
    assert background(page) == "rgb(20, 18, 16)"
    page.get_by_role("button", name="Light theme").click()
    assert background(page) == "rgb(247, 244, 238)"
    page.reload()
    assert background(page) == "rgb(247, 244, 238)"
    page.get_by_role("button", name="Dark theme").click()
    page.emulate_media(color_scheme="light")
    assert background(page) == "rgb(247, 244, 238)"


def test_keys_lead_somewhere_and_can_be_switched_off(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{address}/gallery/runs")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("g?")
    expect(page.get_by_role("searchbox")).to_have_value("g?")
    page.get_by_role("searchbox").blur()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Keys without Ctrl are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Keyboard help").click()
    page.get_by_label("Keys without Ctrl are on").check()
    page.get_by_role("button", name="Close").click()
    with page.expect_navigation(url="**/p/lighting/desk"):
        page.keyboard.press("g")
        page.keyboard.press("d")


def test_what_went_wrong_is_read_first(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{address}/gallery/generate-faulty")
    expect(page.locator("#errors")).to_be_focused()
    page.get_by_role("link", name="Address of the page").click()
    expect(page.get_by_label("Address of the page")).to_be_focused()


def test_a_field_that_is_being_mended_is_not_called_wrong_any_more(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{address}/gallery/generate-faulty")
    field = page.get_by_label("Address of the page")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.press_sequentially("x")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(field).not_to_have_attribute("aria-describedby", re.compile("."))
    expect(page.locator(".field.bad, .field .error, #errors")).to_have_count(0)
    expect(field).to_be_focused()


def test_the_time_of_a_running_stage_goes_on_until_it_ends(page: Page, studio: Studio, address: str) -> None:
    connected(page, studio, address)
    took = page.locator("#stages .running .took")
    expect(took).to_have_text("4 of 6 · 3.1 s")
    page.clock.run_for(2_000)
    expect(took).to_have_text(re.compile(r"4 of 6 · [4-9]\.\d s"))
    page.clock.run_for(60_000)
    expect(took).to_have_text(re.compile(r"4 of 6 · 1 min \d+ s"))
    studio.say(frame(live_partial("runs/_stages.html", READY.stages), 1))
    expect(page.locator("#stages .completed .took").nth(2)).to_have_text("3.1 s")
    page.clock.run_for(5_000)
    expect(page.locator("#stages .completed .took").nth(2)).to_have_text("3.1 s")


def test_nothing_moves_while_a_page_loads(page: Page, studio: Studio, address: str) -> None:
    page.add_init_script(
        """window.shift = 0
        const add = (list) => list.getEntries().forEach((entry) => { window.shift += entry.value })
        new PerformanceObserver(add).observe({type: "layout-shift", buffered: true})"""
    )
    for name in ("run-ready", "generate", "desk"):
        page.goto(f"{address}/gallery/{name}", wait_until="networkidle")
        assert page.evaluate("window.shift") < 0.01


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
