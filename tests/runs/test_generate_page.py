"""The Generate page: its fields, what it says about them, and that nothing typed is ever lost."""

from html import unescape

import pytest

from app.accounts.members import grant
from app.accounts.tables import Role
from app.database import execute, fetchval
from app.identity import new_id
from app.recipes.languages import LANGUAGES
from app.recipes.page_types import PAGE_TYPES
from app.studio import Studio
from tests.browsing import Browser, complaints, one, page, scripts, text, typed
from tests.runs.making import completed
from tests.world import PAGE, World, session_of, set_limit, submitted

URL = "/p/lamps/generate"
PAGE_FORM = {
    "kind": "page",
    "pageType": "category",
    "targetUrl": "https://shop.example/lamps",
    "keywords": "brass desk lamp\ndimmable",
    "facts": "Arm: 45 cm\nModels: 42",
    "language": "de",
}
TEXT_FORM = {"kind": "text", "action": "WRITE", "instruction": "A short guide to lamps", "lengthTarget": "80"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><script>alert(1)</script>",
    "' onfocus='alert(1)' autofocus='",
    "{{ 7*7 }} {% include 'web/error.html' %} ${7*7}",
    "javascript:alert(1)",
    "“quotes” 'and' \"more\" &amp; &lt;b&gt;",
    "💡 👩‍🚀 مصباح נורה \u202eevil\u202c",
    "line one\n\n  line two\t.",
)


async def runs() -> int:
    return int(await fetchval("select count(*) from run"))


class TestFields:
    async def test_of_a_page(self, colin: Browser) -> None:
        tree = page(await colin.get(URL))
        fields = typed(tree)
        assert (fields["kind"], fields["pageType"], fields["language"], fields["brandVoiceId"]) == (
            "page", "category", "en", "none",
        )  # fmt: skip
        assert {"targetUrl", "keywords", "facts", "modelProfileId", "priority", "scheduledFor", "deadline"} <= set(
            fields
        )
        assert tree.xpath("//select[@name='pageType']/option/@value") == list(PAGE_TYPES)
        assert set(tree.xpath("//select[@name='language']/option/@value")) == set(LANGUAGES)
        assert "instruction" not in fields

    @pytest.mark.parametrize(
        ("action", "has"),
        [("WRITE", {"instruction", "notes"}), ("REWRITE", {"text", "instruction"}), ("DESCRIBE", {"instruction"})],
    )
    async def test_of_a_text(self, colin: Browser, action: str, has: set[str]) -> None:
        tree = page(await colin.send(f"{URL}/fields", {"kind": "text", "action": action}))
        fields = typed(tree)
        assert has | {"lengthTarget", "tone", "scene", "characters", "previous", "promptSystem"} <= set(fields)
        assert ("text" in fields) is (action == "REWRITE")
        assert fields["action"] == action
        assert complaints(tree) == {}

    async def test_every_field_has_a_label_and_what_is_asked_for_by_address_is_chosen(self, colin: Browser) -> None:
        tree = page(await colin.get(f"{URL}?kind=text"))
        for field in tree.xpath(
            "//form[@id='form']//*[self::textarea or self::select or self::input[@type!='hidden']]"
        ):
            assert tree.xpath(f"//label[@for='{field.get('id')}']") or field.iterancestors("label"), field.name
        assert text(one(tree, "//nav//a[@aria-current='true']")).startswith("Text")

    @pytest.mark.parametrize(
        "query", ["kind=image", "kind=", "kind=%00", "from=1", "from=%00", "kind[]=x", "from=" + "x" * 3000]
    )
    async def test_an_address_with_nonsense_gives_an_empty_form(self, colin: Browser, query: str) -> None:
        assert typed(page(await colin.get(f"{URL}?{query}")))["targetUrl"] == ""

    async def test_a_temperature_is_asked_for_only_where_the_model_takes_one(
        self, colin: Browser, world: World
    ) -> None:
        known = await fetchval(
            "select id from model_profile where project = $1 and model like 'gpt%' limit 1", world.lamps.id
        )
        without = typed(page(await colin.send(f"{URL}/fields", TEXT_FORM | {"modelProfileId": str(known)})))
        other = await fetchval("select count(*) from model_profile where project = $1", world.lamps.id)
        assert other >= 1
        assert without["modelProfileId"] == str(known)

    async def test_as_a_partial_the_form_comes_with_its_estimate(self, colin: Browser) -> None:
        answer = await colin.send(f"{URL}/fields", TEXT_FORM | {"kind": "page"}, htmx=True)
        assert answer.text.startswith("<form")
        assert '<hx-partial hx-target="#estimate" hx-swap="outerMorph">' in answer.text
        assert "<html" not in answer.text
        assert one(page(answer), "//form[@id='form']").fields["_csrf_token"] == colin.http.cookies["csrftoken"]


class TestSubmitting:
    async def test_a_page(self, colin: Browser, world: World) -> None:
        answer = await colin.send(URL, PAGE_FORM)
        run = await fetchval("select id from run")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/p/lamps/runs/{run}")
        assert await fetchval("select (member, recipe, action, language)::text from run") == (
            f"({world.colin},page,category,de)"
        )

    async def test_a_text_by_htmx(self, colin: Browser) -> None:
        answer = await colin.send(URL, TEXT_FORM, htmx=True)
        assert (answer.status_code, answer.headers["hx-redirect"]) == (
            200, f"/p/lamps/runs/{await fetchval('select id from run')}",
        )  # fmt: skip

    async def test_with_everything_that_can_be_chosen(self, colin: Browser) -> None:
        chosen = {"priority": "low", "scheduledFor": "2999-01-01T09:00", "deadline": "2999-01-02T09:00"}
        answer = await colin.send(URL, PAGE_FORM | chosen | {"skipQualityCheck": "on"})
        assert answer.status_code == 303
        assert await fetchval(
            "select (lane, status, skip_quality_check, scheduled_for at time zone 'utc')::text from run"
        ) == ('(2,scheduled,t,"2999-01-01 09:00:00")')

    @pytest.mark.parametrize("htmx", [False, True])
    @pytest.mark.parametrize(
        ("form", "fields"),
        [
            (PAGE_FORM | {"targetUrl": "", "keywords": "x" * 300}, {"targetUrl", "keywords"}),
            (PAGE_FORM | {"targetUrl": "shop.example/lamps"}, {"targetUrl"}),
            (PAGE_FORM | {"targetUrl": "javascript:alert(1)"}, {"targetUrl"}),
            (PAGE_FORM | {"targetUrl": "https://[bad"}, {"targetUrl"}),
            (PAGE_FORM | {"language": "tlh"}, {"language"}),
            (PAGE_FORM | {"modelProfileId": "1", "brandVoiceId": "1"}, {"modelProfileId", "brandVoiceId"}),
            (PAGE_FORM | {"scheduledFor": "2001-01-01T00:00", "deadline": "soon"}, {"scheduledFor", "deadline"}),
            (PAGE_FORM | {"scheduledFor": "0001-01-01T00:00"}, {"scheduledFor"}),
            (PAGE_FORM | {"priority": "urgent"}, {"priority"}),
            (PAGE_FORM | {"pageType": "poem"}, {"pageType"}),
            (TEXT_FORM | {"instruction": ""}, {"instruction"}),
            (TEXT_FORM | {"instruction": "  \n "}, {"instruction"}),
            (TEXT_FORM | {"lengthTarget": "many"}, {"lengthTarget"}),
            (TEXT_FORM | {"lengthTarget": "0"}, {"lengthTarget"}),
            (TEXT_FORM | {"lengthTarget": "9" * 40}, {"lengthTarget"}),
            (TEXT_FORM | {"action": "REWRITE", "instruction": ""}, {"text"}),
            (TEXT_FORM | {"action": "SING"}, {"action"}),
            (TEXT_FORM | {"instruction": "a\x07b"}, {"instruction"}),
            (TEXT_FORM | {"instruction": "x" * 100_000}, {"instruction"}),
            (TEXT_FORM | {"scene": "x" * 100_000, "tone": "x" * 300}, {"scene", "tone"}),
        ],
        ids=lambda value: "" if isinstance(value, dict) else "-".join(sorted(value)),
    )
    async def test_each_problem_stands_at_its_field_and_nothing_is_lost(
        self, colin: Browser, form: dict[str, str], fields: set[str], htmx: bool
    ) -> None:
        answer = await colin.send(URL, form, htmx=htmx)
        tree = page(answer)
        assert answer.status_code == 422
        assert set(complaints(tree)) == fields
        summary = one(tree, "//*[@id='errors']")
        assert summary.get("role") == "alert"
        for link in summary.xpath(".//a/@href"):
            assert tree.get_element_by_id(link.removeprefix("#")) is not None
        kept = typed(tree)
        for name, value in form.items():
            if name in ("pageType", "language", "modelProfileId", "brandVoiceId", "priority", "action"):
                continue  # these were chosen from a list; whoever sends another value has typed nothing
            assert unescape(kept[name]) == value.replace("\x07", kept[name][1:2]), name
        assert await runs() == 0

    async def test_a_nul_is_named_and_the_rest_is_kept(self, colin: Browser) -> None:
        answer = await colin.send(URL, TEXT_FORM | {"instruction": "before\x00after", "tone": "warm"})
        assert answer.status_code == 422
        assert (
            "is not text"
            in complaints(page(answer.__class__(422, headers=answer.headers, text=answer.text.replace("\x00", ""))))[
                "instruction"
            ]
        )
        assert 'value="warm"' in answer.text
        assert await runs() == 0

    async def test_over_the_budget_says_so_and_keeps_the_form(self, colin: Browser, world: World) -> None:
        await set_limit(world.lamps, "0.00001")
        answer = await colin.send(URL, PAGE_FORM)
        tree = page(answer)
        assert answer.status_code == 402
        assert "left" in text(one(tree, "//*[@id='errors']"))
        assert typed(tree)["keywords"] == PAGE_FORM["keywords"]
        assert await runs() == 0

    async def test_a_full_queue_says_when_to_come_back_and_keeps_the_form(
        self, studio: Studio, world: World, strict_web_server: str
    ) -> None:
        for _ in range(2):
            await submitted(studio, world)
        async with Browser(strict_web_server) as browser:
            first = await browser.get("/sign-in")
            cookies = {
                **await session_of(world.colin),
                "csrftoken": first.headers["set-cookie"].split("=")[1].split(";")[0],
            }
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
            answer = await browser.http.post(
                URL, data={**PAGE_FORM, "_csrf_token": cookies["csrftoken"]}, headers=headers
            )
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "30"
        tree = page(answer)
        assert "The queue is full" in text(one(tree, "//*[@id='errors']"))
        assert typed(tree)["facts"] == PAGE_FORM["facts"]

    async def test_a_project_without_a_model_says_what_to_do(self, colin: Browser, world: World) -> None:
        await execute("delete from model_profile where project = $1", world.lamps.id)
        for answer in (await colin.get(URL), await colin.send(URL, PAGE_FORM)):
            assert answer.status_code in (200, 404, 422)
            assert "model profile" in answer.text

    async def test_the_same_form_twice_with_the_same_mark_is_one_run(self, colin: Browser) -> None:
        mark = {"once": str(new_id())}
        first, second = await colin.send(URL, PAGE_FORM | mark), await colin.send(URL, PAGE_FORM | mark)
        assert first.headers["location"] == second.headers["location"]
        assert await runs() == 1

    async def test_another_kind_and_back_again_loses_nothing_and_asks_for_nothing_hidden(self, colin: Browser) -> None:
        words = "Say why\nlamps matter"
        typed_text = {"kind": "text", "action": "REWRITE", "text": words}
        as_page = await colin.send(f"{URL}/fields", typed_text | {"kind": "page"}, htmx=True)
        hidden = {field.get("name"): field.get("value") for field in page(as_page).xpath("//input[@type='hidden']")}
        assert hidden["kept.text"] == words
        assert (await colin.send(URL, PAGE_FORM | {"kept.text": words})).status_code == 303
        assert "lamps matter" not in await fetchval("select inputs::text from run")
        back = await colin.send(f"{URL}/fields", {"kind": "text", "action": "REWRITE", "kept.text": words}, htmx=True)
        assert typed(page(back))["text"] == words

    async def test_the_same_form_with_another_wish_is_another_run(self, colin: Browser) -> None:
        mark = {"once": one(page(await colin.get(URL)), "//input[@name='once']").get("value")}
        await colin.send(URL, PAGE_FORM | mark)
        await colin.send(URL, PAGE_FORM | mark | {"facts": "43 models"})
        assert await runs() == 2

    @pytest.mark.parametrize("mark", ["x" * 300, "a\x00b", "\x07"])
    async def test_a_mark_that_is_none_is_passed_over(self, colin: Browser, mark: str) -> None:
        assert (await colin.send(URL, PAGE_FORM | {"once": mark})).status_code == 303

    @pytest.mark.parametrize(
        "body", [b"%ff=%fe", b"\xff\xfe", b"kind=page&" * 300, b"kind=text&instruction=" + b"x" * 250_000]
    )
    async def test_bytes_that_are_no_form_are_never_a_failure_of_ours(self, colin: Browser, body: bytes) -> None:
        headers = {"x-csrftoken": await colin.form_token(), "Content-Type": "application/x-www-form-urlencoded"}
        for path in (URL, f"{URL}/fields", f"{URL}/estimate"):
            answer = await colin.http.post(path, content=body, headers=headers)
            assert answer.status_code < 500
        assert await runs() == 0


class TestHostileText:
    @pytest.mark.parametrize("hostile", HOSTILE)
    async def test_is_shown_as_it_was_typed_and_runs_nothing(self, colin: Browser, hostile: str) -> None:
        form = PAGE_FORM | {"targetUrl": hostile, "facts": hostile, "keywords": hostile}
        tree = page(await colin.send(URL, form))
        kept = typed(tree)
        assert kept["facts"] == kept["keywords"] == hostile
        assert kept["targetUrl"].split() == hostile.split()
        assert scripts(tree) == []
        assert "49" not in text(tree)

    @pytest.mark.parametrize("hostile", HOSTILE)
    async def test_travels_through_a_run_and_back_into_the_form(
        self, colin: Browser, world: World, hostile: str
    ) -> None:
        location = (await colin.send(URL, TEXT_FORM | {"instruction": hostile})).headers["location"]
        for path in (location, "/p/lamps/runs", "/p/lamps/desk", URL):
            tree = page(await colin.get(path))
            assert scripts(tree) == [], path
            assert hostile.split()[0] in text(tree) or path == "/p/lamps/desk"
        run_id = location.rsplit("/", 1)[1]
        tree = page(await colin.get(f"{URL}?from={run_id}"))
        assert typed(tree)["instruction"] == hostile.strip()
        assert scripts(tree) == []


class TestEstimate:
    @pytest.mark.parametrize("htmx", [True, False])
    async def test_says_cost_time_lane_and_what_is_left(self, colin: Browser, htmx: bool) -> None:
        answer = await colin.send(f"{URL}/estimate", PAGE_FORM, htmx=htmx)
        estimate = one(page(answer), "//*[@id='estimate']")
        told = dict(zip(map(text, estimate.iter("dt")), map(text, estimate.iter("dd")), strict=True))
        assert set(told) == {"Cost", "Ready in", "Lane", "Left this month"}
        assert told["Cost"].startswith(("$", "under $"))
        assert (told["Lane"], told["Left this month"]) == ("high", "$200.00")
        assert "Generate page · about" in text(estimate)
        assert ("<html" in answer.text) is not htmx
        assert await runs() == 0

    async def test_follows_what_is_typed(self, colin: Browser) -> None:
        short = await colin.send(f"{URL}/estimate", TEXT_FORM | {"lengthTarget": "50"}, htmx=True)
        long = await colin.send(f"{URL}/estimate", TEXT_FORM | {"lengthTarget": "9000", "priority": "low"}, htmx=True)
        assert short.text != long.text
        assert "<dd>low</dd>" in long.text

    async def test_says_what_is_missing_in_one_sentence(self, colin: Browser) -> None:
        empty = await colin.send(f"{URL}/estimate", {"kind": "page", "pageType": "faq"}, htmx=True)
        assert "as soon as the form says what to make" in empty.text
        asked = await colin.send(f"{URL}/estimate", {**typed(page(await colin.get(URL))), "facts": "42"}, htmx=True)
        assert "as soon as the form says what to make" in asked.text
        wrong = await colin.send(f"{URL}/estimate", PAGE_FORM | {"targetUrl": "shop"}, htmx=True)
        complaint = one(page(wrong), "//p[a/@href='#field-targetUrl']")
        assert text(complaint).startswith("Address of the page: Begin with https://")
        assert (empty.status_code, wrong.status_code) == (200, 200)

    async def test_says_when_the_budget_does_not_cover_it(self, colin: Browser, world: World) -> None:
        await set_limit(world.lamps, "0.00001")
        estimate = page(await colin.send(f"{URL}/estimate", PAGE_FORM, htmx=True))
        assert "left this month" in text(one(estimate, "//p[contains(@class, 'stop')]"))


class TestRunAgain:
    async def test_fills_the_form_with_a_runs_inputs(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await completed(studio, world, fields=PAGE, language="de")
        form = typed(page(await colin.get(f"{URL}?from={run.id}")))
        assert (form["kind"], form["pageType"], form["language"]) == ("page", "category", "de")
        assert form["targetUrl"] == PAGE["targetUrl"]
        assert form["keywords"].splitlines() == PAGE["keywords"]
        assert (await colin.send(URL, form)).status_code == 303
        second = await fetchval("select inputs::text from run where id <> $1", run.id)
        assert second == await fetchval("select inputs::text from run where id = $1", run.id)

    async def test_a_run_of_another_project_fills_nothing(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await completed(studio, world)
        await grant(world.colin, world.chairs.id, Role.EDITOR)
        form = typed(page(await colin.get(f"/p/chairs/generate?from={run.id}&kind=text")))
        assert form["instruction"] == ""


async def test_a_viewer_is_not_offered_what_is_not_theirs(world: World, studio: Studio, web_server: str) -> None:
    run = await submitted(studio, world)
    async with Browser(web_server, await session_of(world.vera)) as vera:
        assert (await vera.get(URL)).status_code == 403
        for path in ("/p/lamps/desk", "/p/lamps/runs", f"/p/lamps/runs/{run.id}"):
            tree = page(await vera.get(path))
            assert [form.get("action") for form in tree.xpath("//form[@method='post']")] == ["/sign-out"], path
            assert tree.xpath("//a[contains(@href, '/generate')]") == [], path
