"""Signing in by link and out again, as a browser meets it."""

import asyncio
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import httpx
import pytest

from app.accounts import sessions
from app.accounts.secrets import hash_of
from app.accounts.sign_in import new_link
from app.database import execute, fetchval
from tests.browsing import HTMX, Browser, one, page, scripts, text
from tests.world import World, session_of

GONE = "This link was used already. Ask for a new one."


@pytest.fixture
async def nobody(world: World, web_server: str) -> AsyncIterator[Browser]:
    """A browser that has never been here."""
    async with Browser(web_server) as browser:
        yield browser


@pytest.fixture
async def link(world: World) -> str:
    """The path of a fresh link of Mara's."""
    return await new_link(world.mara, "")


def cookie(answer: httpx.Response, name: str) -> SimpleCookie:
    """The cookie that an answer sets under this name, once."""
    [found] = [header for header in answer.headers.get_list("set-cookie") if header.startswith(f"{name}=")]
    return SimpleCookie(found)


async def is_open(link: str) -> bool:
    used = await fetchval("select used_at from sign_in_link where token_hash = $1", hash_of(link.rsplit("/")[-1]))
    return used is None


async def test_looking_at_a_link_says_whose_it_is_and_does_not_use_it_up(nobody: Browser, link: str) -> None:
    for _ in range(2):
        tree = page(await nobody.get(link))
        assert "mara@example.com" in text(one(tree, "//main"))
    assert (await nobody.http.head(link)).status_code < 500
    assert (await nobody.http.options(link)).status_code < 500
    assert await is_open(link)
    assert await fetchval("select count(*) from session") == 0


async def test_a_link_signs_in_once(nobody: Browser, link: str, web_server: str) -> None:
    answer = await nobody.send(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await nobody.get("/")).headers["location"] == "/p/lamps/desk"
    assert (await nobody.get("/p/lamps/desk")).status_code == 200
    async with Browser(web_server) as somebody_else:
        for answer in (await somebody_else.get(link), await somebody_else.send(link)):
            assert answer.status_code == 404
            assert GONE in answer.text
        assert sessions.COOKIE not in somebody_else.http.cookies


async def test_two_at_the_same_time_are_one_too_many(nobody: Browser, link: str) -> None:
    await nobody.form_token()
    answers = await asyncio.gather(*(nobody.send(link) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404, 404]
    assert await fetchval("select count(*) from session") == 1


async def test_an_expired_link_says_so(nobody: Browser, link: str) -> None:
    await execute("update sign_in_link set expires_at = now()")
    for answer in (await nobody.get(link), await nobody.send(link)):
        assert answer.status_code == 404
        assert "This link has expired. Ask for a new one." in text(one(page(answer), "//*[@role='alert']"))
    assert await is_open(link)


@pytest.mark.parametrize("token", ["made-up", "%00", "💡", "x" * 5_000, "..%2f..", "%3Cscript%3E", "%ff%fe"])
async def test_a_link_that_is_none_of_ours_says_so(nobody: Browser, token: str) -> None:
    for answer in (await nobody.get(f"/sign-in/{token}"), await nobody.send(f"/sign-in/{token}")):
        assert answer.status_code == 404
        assert scripts(page(answer)) == []
    assert await fetchval("select count(*) from session") == 0


async def test_a_link_cut_short_by_one_letter_is_none(nobody: Browser, link: str) -> None:
    assert (await nobody.send(link[:-1])).status_code == 404
    assert await is_open(link)


async def test_the_session_is_kept_from_scripts_and_other_sites(nobody: Browser, link: str) -> None:
    made = cookie(await nobody.send(link), sessions.COOKIE)[sessions.COOKIE]
    assert (made["httponly"], made["samesite"], made["path"], made["secure"]) == (True, "lax", "/", "")
    assert int(made["max-age"]) == sessions.LIFETIME.total_seconds()
    assert len(made.value) >= 43
    assert await fetchval("select count(*) from session where token_hash = $1", made.value) == 0


async def test_a_session_that_was_there_before_is_not_taken_over(nobody: Browser, link: str) -> None:
    """Whoever plants a session in a browser must not be signed in when its owner is."""
    nobody.http.cookies.set(sessions.COOKIE, "planted")
    made = cookie(await nobody.send(link), sessions.COOKIE)[sessions.COOKIE].value
    assert made != "planted"
    assert await fetchval("select count(*) from session where token_hash = $1", hash_of("planted")) == 0


async def test_signing_in_again_ends_the_session_of_before(world: World, link: str, web_server: str) -> None:
    cookies = await session_of(world.colin)
    async with Browser(web_server, cookies) as browser, Browser(web_server, cookies) as stolen:
        assert (await stolen.get("/p/lamps/desk")).status_code == 200
        await browser.send(link)
        assert (await stolen.get("/p/lamps/desk")).status_code == 303


async def test_signing_out_ends_the_session_on_the_server(world: World, web_server: str) -> None:
    cookies = await session_of(world.mara)
    async with Browser(web_server, cookies) as mara, Browser(web_server, cookies) as copy:
        answer = await mara.send("/sign-out")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert int(cookie(answer, sessions.COOKIE)[sessions.COOKIE]["max-age"]) == 0
        assert (await copy.get("/p/lamps/desk")).headers["location"].startswith("/sign-in")
        assert "You are signed out." in (await mara.get("/sign-in")).text
        assert "You are signed out." not in (await mara.get("/sign-in")).text
    assert await fetchval("select count(*) from session") == 0


async def test_signing_out_twice_or_as_nobody_is_no_failure(nobody: Browser) -> None:
    for _ in range(2):
        assert (await nobody.send("/sign-out")).status_code == 303


async def test_looking_around_makes_no_session(nobody: Browser) -> None:
    for path in ("/", "/sign-in", "/p/lamps/desk", "/nowhere", "/healthz", "/api/v1/generations/1"):
        await nobody.get(path)
    assert await fetchval("select count(*) from session") == 0
    assert sessions.COOKIE not in nobody.http.cookies


async def test_who_is_not_signed_in_is_sent_to_do_so(nobody: Browser) -> None:
    answer = await nobody.get("/p/lamps/runs?q=a b&status=failed")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    asked = await nobody.get("/p/lamps/runs", headers=HTMX)
    assert asked.status_code == 401
    assert 'href="/sign-in"' in asked.text


async def test_a_member_of_nothing_is_told_so(world: World, web_server: str) -> None:
    await execute("delete from membership where member = $1", world.otto)
    async with Browser(web_server, await session_of(world.otto)) as otto:
        answer = await otto.get("/")
    assert answer.status_code == 404
    assert "You are not a member of any project yet." in answer.text


class TestForms:
    """A form is taken only from a page of ours."""

    async def test_without_its_token(self, nobody: Browser, link: str) -> None:
        answer = await nobody.http.post(link)
        assert answer.status_code == 403
        assert "Load the page again" in text(one(page(answer), "//main"))
        assert await is_open(link)

    @pytest.mark.parametrize("token", ["", "made-up", "0" * 128])
    async def test_with_another_token(self, nobody: Browser, link: str, token: str) -> None:
        await nobody.form_token()
        for answer in (
            await nobody.http.post(link, data={"_csrf_token": token}),
            await nobody.http.post(link, headers={"x-csrftoken": token or "x"}),
        ):
            assert answer.status_code == 403
        assert await is_open(link)

    async def test_with_a_pair_of_tokens_that_somebody_made_up(self, nobody: Browser, link: str) -> None:
        nobody.http.cookies.set("csrftoken", "a" * 128)
        assert (await nobody.http.post(link, data={"_csrf_token": "a" * 128})).status_code == 403
        assert await is_open(link)

    async def test_every_page_with_a_form_has_its_token(self, world: World, link: str, web_server: str) -> None:
        async with Browser(web_server, await session_of(world.mara)) as mara:
            for path in (link, "/p/lamps/desk", "/p/lamps/generate", "/p/lamps/runs"):
                tree = page(await mara.get(path))
                forms = tree.xpath("//form[@method='post']")
                assert forms
                for form in forms:
                    assert form.fields["_csrf_token"] == mara.http.cookies["csrftoken"]


class TestBehindHttps:
    async def test_every_cookie_is_for_https_alone(self, world: World, link: str, strict_web_server: str) -> None:
        async with Browser(strict_web_server) as browser:
            first = await browser.get("/sign-in")
            token = cookie(first, "csrftoken")["csrftoken"]
            assert token["secure"] is True
            # A browser would not send these over http, as this test does.
            cookies = {"Cookie": f"csrftoken={token.value}"}
            signed_in = await browser.http.post(link, data={"_csrf_token": token.value}, headers=cookies)
            assert cookie(signed_in, sessions.COOKIE)[sessions.COOKIE]["secure"] is True
            out = await browser.http.post("/sign-out", data={"_csrf_token": token.value}, headers=cookies)
            assert cookie(out, "flash")["flash"]["secure"] is True
            assert [header for header in out.headers.get_list("set-cookie") if "secure" not in header.lower()] == []

    async def test_a_browser_is_told_to_stay_with_https(self, strict_web_server: str, web_server: str) -> None:
        async with Browser(strict_web_server) as browser, Browser(web_server) as plain:
            assert (await browser.get("/sign-in")).headers["strict-transport-security"].startswith("max-age=")
            assert "strict-transport-security" not in (await plain.get("/sign-in")).headers


async def test_every_kind_of_answer_carries_the_security_headers(world: World, web_server: str) -> None:
    async with Browser(web_server, await session_of(world.mara)) as mara:
        await mara.form_token()
        answers = [
            await mara.get("/sign-in"),
            await mara.get("/p/lamps/desk"),
            await mara.get("/p/nowhere/desk"),
            await mara.get("/nowhere"),
            await mara.get("/"),
            await mara.get("/healthz"),
            await mara.get("/static/css/tokens.css"),
            await mara.get("/static/none.css"),
            await mara.get("/api/v1/generations/1"),
            await mara.get("/api/v1/openapi/openapi.json"),
            await mara.http.post("/sign-out"),
            await mara.http.put("/sign-in"),
            await mara.http.post("/p/lamps/generate", content=b"x" * 2_200_000, headers={"x-csrftoken": "x"}),
            await mara.send("/p/lamps/generate/estimate", htmx=True),
        ]
        async with mara.http.stream("GET", "/p/lamps/desk/stream") as stream:
            answers.append(stream)
    assert sorted({answer.status_code for answer in answers}) == [200, 303, 401, 403, 404, 405]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy, answer.url
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "server" not in answer.headers


async def test_no_page_runs_anything_but_our_own_files(world: World, link: str, web_server: str) -> None:
    async with Browser(web_server, await session_of(world.mara)) as mara:
        for path in ("/sign-in", link, "/p/lamps/desk", "/p/lamps/generate", "/p/lamps/runs", "/nowhere", "/p/x/desk"):
            assert scripts(page(await mara.get(path))) == [], path


@pytest.mark.parametrize("value", ["made-up", "bm90IGpzb24", "WyJnb29kIiw8XQ", "=", "é", "x" * 3000])
async def test_a_message_that_is_none_of_ours_is_not_shown(world: World, web_server: str, value: str) -> None:
    async with Browser(web_server) as browser:
        answer = await browser.get("/sign-in", headers={"Cookie": f"flash={value}".encode()})
    assert answer.status_code == 200
    assert page(answer).get_element_by_id("flash").get("hidden") is not None
