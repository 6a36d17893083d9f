"""Markdown by people and models as HTML that is safe to show.

Raw HTML in it is text. What ``markdown-it-py`` makes is cleaned again by ``nh3``, so that neither library has to be
right alone. Pictures are dropped: a model must not make a reader's browser load an address.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
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
LINE_ENDS = re.compile(r"\r\n?")
SHOWS_ITS_KIND = 8  # letters of a line after which it is clear whether it goes on with a list, or begins a paragraph


@dataclass(frozen=True, slots=True)
class Settled:
    """The beginning of a text that is being written: all blocks after which another one has begun."""

    source: str = ""
    html: str = ""
    top_heading: int | None = None
    level: int | None = None


NOTHING = Settled()


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


def growing_on_page(text: str, settled: Settled = NOTHING, under: int = 2) -> tuple[Markup, Settled]:
    """Like ``on_page``, for a text that is being written: only what comes after ``settled`` is rendered anew, so that a
    long text costs as little as a short one. Gives the HTML of all of it, and what is settled now.

    What is written later can change what is settled (a link's address at the end of the text); such a thing is put
    right when the text is finished and shown by ``on_page``.
    """
    if not text.startswith(settled.source):
        settled = NOTHING
    rest = LINE_ENDS.sub("\n", text[len(settled.source) :])
    parser = _parser()
    environment: dict[str, Any] = {}
    tokens = parser.parse(rest, environment)
    last, end = _last_block(tokens, rest)
    top, level = _fit_headings(tokens[:last], under, settled.top_heading, settled.level)
    _fit_headings(tokens[last:], under, top, level)
    before, after = (
        _clean(parser.renderer.render(piece, parser.options, environment)) for piece in (tokens[:last], tokens[last:])
    )
    html = Markup(settled.html + before + after)  # noqa: S704 - each part cleaned by nh3
    return html, Settled(settled.source + rest[:end], settled.html + before, top, level)


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


def _last_block(tokens: Sequence[Token], text: str) -> tuple[int, int]:
    """Where the last block begins among the tokens and in the text; nothing is settled (0, 0) as long as what stands
    there may still turn out to belong to the block before: without an empty line between them, or a few letters long.
    """
    blocks = [(index, token) for index, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
    if len(blocks) < 2 or blocks[-1][1].map is None:
        return 0, 0
    index, block = blocks[-1]
    lines = text.split("\n")
    first = block.map[0] if block.map else 0
    if lines[first - 1].strip() or len(lines[first]) < SHOWS_ITS_KIND:
        return 0, 0
    return index, sum(len(line) + 1 for line in lines[:first])


def _fit_headings(
    tokens: Sequence[Token], under: int, top: int | None = None, level: int | None = None
) -> tuple[int | None, int | None]:
    """``top`` is the highest heading of what comes before these tokens, ``level`` the one that its last was given."""
    headings = [token for token in tokens if token.tag in HEADINGS]
    written = [int(token.tag[1]) for token in headings] + ([top] if top else [])
    top = min(written, default=None)
    for token in headings:
        if token.type == "heading_open":
            level = min(int(token.tag[1]) - (top or 1) + under + 1, (level or under) + 1, DEEPEST_HEADING)
        token.tag = f"h{level}"
    return top, level
