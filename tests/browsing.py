"""A browser without a screen: cookies, forms with their token, and pages as trees."""

from collections.abc import Mapping
from typing import Any

import httpx
from lxml import html
from lxml.html import HtmlElement

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
ADDRESSES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "hx-sse:connect")


class Browser:
    """``cookies`` are those of somebody who is signed in already. Redirects are answers, not followed."""

    def __init__(self, url: str, cookies: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None):
        self.http = httpx.AsyncClient(
            base_url=url, cookies=dict(cookies or {}), headers=dict(headers or {}), timeout=10, verify=False
        )

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def send(
        self, path: str, form: Mapping[str, str | list[str]] | None = None, *, htmx: bool = False
    ) -> httpx.Response:
        """A form with its token, as the page carries it; or, as htmx sends it, with the token in a header."""
        token = await self.form_token()
        if htmx:
            return await self.http.post(path, data=dict(form or {}), headers={**HTMX, "x-csrftoken": token})
        return await self.http.post(path, data={**(form or {}), "_csrf_token": token})

    async def form_token(self) -> str:
        """From a page that anybody may see; the cookie that belongs to it stays in the jar."""
        if "csrftoken" not in self.http.cookies:
            await self.http.get("/sign-in")
        return self.http.cookies["csrftoken"]


def page(answer: httpx.Response) -> HtmlElement:
    assert answer.headers["content-type"].startswith("text/html"), answer.text[:200]
    tree: HtmlElement = html.document_fromstring(answer.text, parser=html.HTMLParser(encoding="utf-8"))
    return tree


def text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def one(tree: HtmlElement, xpath: str) -> HtmlElement:
    found = tree.xpath(xpath)
    assert len(found) == 1, f"{xpath} was found {len(found)} times"
    element: HtmlElement = found[0]
    return element


def shown(tree: HtmlElement, name: str) -> str:
    """The text of the element with this id; empty while it is hidden."""
    element = tree.get_element_by_id(name)
    return "" if element.get("hidden") is not None else text(element)


def typed(tree: HtmlElement) -> dict[str, str]:
    """What the fields of the page's form hold, by their names, as a browser would send them."""
    form = one(tree, "//form[@id='form']")
    values = {name: value for name, value in form.fields.items() if isinstance(value, str)}
    for area in form.xpath(".//textarea"):
        values[area.name] = (area.text or "").removeprefix("\n")
    return values


def complaints(tree: HtmlElement) -> dict[str, str]:
    """What the page says at its fields, by the fields' names."""
    said = {}
    for element in tree.xpath("//form[@id='form']//p[@class='error']"):
        field = element.get("id").removesuffix("-error")
        said[field.removeprefix("field-")] = text(element)
    return said


def scripts(tree: HtmlElement) -> list[str]:
    """Whatever on a page could run beyond our own files: scripts, styles, handlers, addresses that are code."""
    ours = "/static/"
    found = [
        text(element) or "script" for element in tree.iter("script") if not (element.get("src") or "").startswith(ours)
    ]
    found += [text(element) or element.tag for element in tree.iter("style", "iframe", "object", "embed", "base")]
    for element in tree.iter("*"):
        found += [f"{element.tag} {name}={value[:80]}" for name, value in element.attrib.items() if _runs(name, value)]
    return found


def _runs(name: str, value: str) -> bool:
    is_code = value.strip().lower().startswith(("javascript:", "vbscript:", "data:"))
    return name.lower().startswith(("on", "hx-on", "style")) or (name in ADDRESSES and is_code)
