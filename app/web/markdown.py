"""Markdown by people and models as HTML that is safe to show.

Raw HTML in it is text. What ``markdown-it-py`` makes is cleaned again by ``nh3``, so that neither library has to be
right alone. Pictures are dropped: a model must not make a reader's browser load an address.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import nh3
from inscriptis import get_text
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = {"p", "br", "hr", "a", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li"} | HEADINGS | TABLES
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
LINK_REL = "nofollow noopener noreferrer"
DEEPEST_HEADING = 6


def to_html(text: str) -> str:
    """For handing on: headings stay what they are."""
    return _clean(_parser().render(text))


def on_page(text: str, under: int = 2) -> Markup:
    """For showing on one of our pages: headings are moved below level ``under``, and no level is skipped."""
    parser = _parser()
    environment: dict[str, Any] = {}
    tokens = parser.parse(text, environment)
    _fit_headings(tokens, under)
    return Markup(_clean(parser.renderer.render(tokens, parser.options, environment)))  # noqa: S704 - cleaned by nh3


def to_text(text: str) -> str:
    """Without any marks, as it would be read aloud."""
    return str(get_text(to_html(text))).strip() + "\n"


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def _clean(html: str) -> str:
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=LINK_REL, strip_comments=True
    )


def _fit_headings(tokens: Sequence[Token], under: int) -> None:
    headings = [token for token in tokens if token.tag in HEADINGS]
    top = min((int(token.tag[1]) for token in headings), default=1)
    level = under
    for token in headings:
        if token.type == "heading_open":
            level = min(int(token.tag[1]) - top + under + 1, level + 1, DEEPEST_HEADING)
        token.tag = f"h{level}"
